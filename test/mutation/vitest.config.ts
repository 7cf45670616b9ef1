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
    // A break of a pattern takes effect when its module is loaded, so each file has to load it anew.
    isolate: true,
    testTimeout: 30_000,
  },
});
