import { expect, it } from 'vitest';
import { missingOtlpPackage, otlpSettingsOf } from '../../src/config/otlp-settings-of.ts';
import { formatProblem } from '../../src/config/problem.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

/** As Node resolves a package where npm was told to leave out what is optional. */
function withoutOptional(name: string): never {
  throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
}

it('where the optional packages are installed, none is missing', () => {
  expect(missingOtlpPackage()).toBeUndefined();
});

it('an endpoint without the packages sends nothing, and the warning says what to install', async () => {
  const missing = (): string | undefined => missingOtlpPackage(withoutOptional);
  const told = (where: string): readonly string[] => [
    `${where}: nothing is sent: the package @opentelemetry/sdk-node is not installed. It is optional; install openclaw-liveness-exporter again without --omit=optional.`,
  ];
  const byVariable = await otlpSettingsOf(ENDPOINT, '/', missing);
  expect(byVariable.settings).toBeUndefined();
  expect(byVariable.warnings.map(formatProblem)).toEqual(told('OTEL_EXPORTER_OTLP_…'));
  const byFile = await otlpSettingsOf({ OTEL_CONFIG_FILE: 'otel.yml' }, '/', missing);
  expect(byFile.settings).toBeUndefined();
  expect(byFile.warnings.map(formatProblem)).toEqual(told('OTEL_CONFIG_FILE otel.yml'));
});

it('without an endpoint nobody misses them', async () => {
  const asked: string[] = [];
  const missing = (): string | undefined => {
    asked.push('asked');
    return undefined;
  };
  expect(await otlpSettingsOf({ PATH: '/bin' }, '/', missing)).toEqual({ warnings: [] });
  expect(asked).toEqual([]);
});
