import { defineConfig } from 'vitest/config';

/** What reads /proc or asks systemd. */
const LINUX_ONLY = [
  'test/sources/linux/**',
  'test/sources/socket/real-process.test.ts',
  'test/app/supervisor-that-gave-up.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**', ...(process.platform === 'linux' ? [] : LINUX_ONLY)],
    // Real files and sockets on a busy machine: generous, since no test sleeps.
    testTimeout: 30_000,
    // Its modules import names from CommonJS ones, which Node itself does not find.
    server: { deps: { inline: ['@grafana/data'] } },
  },
});
