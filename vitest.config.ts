import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/real/**', 'node_modules/**'],
    // Real files and sockets on a busy machine: generous, since no test sleeps.
    testTimeout: 30_000,
    // Its modules import names from CommonJS ones, which Node itself does not find.
    server: { deps: { inline: ['@grafana/data'] } },
  },
});
