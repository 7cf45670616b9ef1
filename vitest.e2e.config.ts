import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 180_000,
    // The first run on a machine installs Chromium.
    hookTimeout: 300_000,
    // Each starts processes of its own; side by side they would steal each other's time.
    fileParallelism: false,
  },
});
