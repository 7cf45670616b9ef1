import { resolve } from 'node:path';
import { Secret } from '../core/index.ts';
import type { Environment } from './environment-layer.ts';
import { readOtlpVariables, type OtlpVariables } from './otlp-variables.ts';

/**
 * What OpenTelemetry's own settings come to. By the specification nothing in the environment counts beside the file that
 * `OTEL_CONFIG_FILE` names; so the file is read as the variables that say the same.
 */
export async function otlpSettingsOf(environment: Environment, cwd: string): Promise<OtlpVariables> {
  const file = environment.OTEL_CONFIG_FILE?.trim() ?? '';
  if (file === '') return readOtlpVariables(environment);
  const { readConfigFile } = await import('../exporters/otlp/config-file.ts');
  const { variables, refusals } = readConfigFile(resolve(cwd, file));
  const where = `OTEL_CONFIG_FILE ${file}`;
  const { settings, warnings } = readOtlpVariables(variables);
  const secrets = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, new Secret(value)]),
  );
  return {
    ...(settings !== undefined && { settings: { ...settings, variables: secrets } }),
    warnings: [
      ...refusals.map((message) => ({ where, message })),
      ...warnings.map((warning) => ({ where, message: `as ${warning.where}: ${warning.message}` })),
    ],
  };
}
