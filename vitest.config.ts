import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What reads /proc or asks systemd. */
const LINUX_ONLY = [
  'test/sources/linux/**',
  'test/sources/socket/real-process.test.ts',
  'test/app/supervisor-that-gave-up.test.ts',
];

/** Two minutes, while all others share five on two cores: begun last it would leave one core idle. */
const LONGEST = 'test/world/simulation.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(LONGEST);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**', ...(process.platform === 'linux' ? [] : LINUX_ONLY)],
    // Left to itself it keeps a core free, which on a machine of two halves its speed.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // Real files and sockets on a busy machine: generous, since no test sleeps.
    testTimeout: 30_000,
    // Its modules import names from CommonJS ones, which Node itself does not find.
    server: { deps: { inline: ['@grafana/data'] } },
  },
});
