const PREFIX = 'OTEL_EXPORTER_OTLP_';

/**
 * Runs `make` in an environment without OTLP's own variables. The official exporters read these once more beside the
 * options that they are given, and add what they find there: also the headers that we refused and said so. It must not
 * wait for anything, so that nobody else sees the environment without them.
 */
export function withoutOtlpVariables<T extends object>(make: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith(PREFIX));
  for (const [name] of hidden) Reflect.deleteProperty(process.env, name);
  try {
    return make();
  } finally {
    Object.assign(process.env, Object.fromEntries(hidden));
  }
}
