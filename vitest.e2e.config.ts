import { defineConfig } from 'vitest/config';

/** What holds files against real programs, or waits for much longer than it works: two of them share the machine. */
const SIDE_BY_SIDE = [
  'alerts',
  'alerts-alertmanager',
  'compose',
  'dashboards',
  'demo',
  'demo-flags',
  'image',
  'kills',
  'node-versions',
  'otlp',
  'otlp-into-prometheus',
  'preview',
  'promtool',
  'recovery-interrupted',
  'reload',
  'secrets',
  'secure-endpoints',
  'service',
  'service-discovery',
  'socket-activation',
  'web-config-promtool',
].map((name) => `test/e2e/${name}.test.ts`);

const COMMON = {
  testTimeout: 180_000,
  // The first run on a machine installs Chromium.
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...COMMON,
          name: 'side by side',
          include: SIDE_BY_SIDE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...COMMON,
          name: 'alone',
          include: ['test/e2e/**/*.test.ts'],
          exclude: SIDE_BY_SIDE,
          // Each starts processes of its own, and some are timed: side by side they would steal each other's time.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
