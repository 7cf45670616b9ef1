import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Breaks the core and the parsers, one place at a time, and looks whether a claim fails. What it prints at its end are the
 * breaks that no claim noticed; it writes no file.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: [
    'src/core/**/*.ts',
    'src/sources/openclaw-words.ts',
    'src/sources/log/parse-line.ts',
    'src/sources/tail/{journal-entry,plain-text}.ts',
    'src/sources/gateway-log/{caller,connections,interpret,read-line,refusal}.ts',
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  // Vitest strips the types; whether a break would still compile says nothing of the claims.
  disableTypeChecks: false,
  concurrency: 1,
  reporters: ['clear-text'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: null },
  allowConsoleColors: false,
  // A copy of the checkout: outside of it, so that no other tool takes it for a part.
  tempDirName: join(tmpdir(), 'openclaw-liveness-exporter-mutation'),
  cleanTempDir: 'always',
  ignorePatterns: ['/dist', '/docs', '/dashboards', '/deploy', '/alerts', '/.ci', '/.github'],
};
