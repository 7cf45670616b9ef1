import { resolve } from 'node:path';
import { Secret } from '../core/index.ts';
import { codeOf } from '../runtime/error-parts.ts';
import type { Environment } from './environment-layer.ts';
import { readOtlpVariables, type OtlpVariables } from './otlp-variables.ts';

/**
 * What OpenTelemetry's own settings come to. By the specification nothing in the environment counts beside the file that
 * `OTEL_CONFIG_FILE` names; so the file is read as the variables that say the same.
 */
export async function otlpSettingsOf(
  environment: Environment,
  cwd: string,
  missingPackage = missingOtlpPackage,
): Promise<OtlpVariables> {
  const file = environment.OTEL_CONFIG_FILE?.trim() ?? '';
  if (file === '') {
    const read = readOtlpVariables(environment);
    const missing = read.settings === undefined ? undefined : missingPackage();
    return missing === undefined ? read : notInstalled(missing, 'OTEL_EXPORTER_OTLP_…', read.warnings);
  }
  const missing = missingPackage();
  if (missing !== undefined) return notInstalled(missing, `OTEL_CONFIG_FILE ${file}`);
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

/** An installation may do without what only sending needs; then nothing is sent, and everything else works. */
function notInstalled(
  missing: string,
  where: string,
  warnings: OtlpVariables['warnings'] = [],
): OtlpVariables {
  const message = `nothing is sent: the package ${missing} is not installed. It is optional; install openclaw-liveness-exporter again without --omit=optional.`;
  return { warnings: [...warnings, { where, message }] };
}

/** Of the optional packages those that everything else of OpenTelemetry needs; they come, or are left out, together. */
const NEEDED = ['@opentelemetry/sdk-node', '@opentelemetry/configuration'] as const;

/** The first package that sending needs and this installation lacks. Loads none of them. */
export function missingOtlpPackage(
  resolve: (name: string) => unknown = (name) => import.meta.resolve(name),
): string | undefined {
  return NEEDED.find((name) => {
    try {
      resolve(name);
      return false;
    } catch (error: unknown) {
      if (codeOf(error) === 'ERR_MODULE_NOT_FOUND') return true;
      throw error;
    }
  });
}
