import { defineConfig } from 'vitest/config';

/** The claims on the core and on what reads lines: all that take neither a file system nor another process. */
export default defineConfig({
  test: {
    include: [
      'test/core/**/*.test.ts',
      'test/sources/openclaw-words.test.ts',
      'test/sources/log/{parse-line,journal-entry}.test.ts',
      'test/sources/gateway-log/*.test.ts',
    ],
    // A fresh process for each mutant, not for each file: half of the time went into imports.
    isolate: false,
    testTimeout: 30_000,
  },
});
