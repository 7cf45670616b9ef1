import type { Secret } from '../../core/index.ts';

/**
 * Runs `make` with these variables in the place of all of OpenTelemetry's: where a file says everything, no other variable
 * counts, and the official exporters read the environment. `make` must not wait, so that nobody else sees it.
 */
export function inEnvironment<T>(variables: Readonly<Record<string, Secret>> | undefined, make: () => T): T {
  if (variables === undefined) return make();
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
  for (const [name] of hidden) Reflect.deleteProperty(process.env, name);
  for (const [name, value] of Object.entries(variables)) process.env[name] = value.reveal();
  try {
    return make();
  } finally {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, Object.fromEntries(hidden));
  }
}
