import { readFileSync } from 'node:fs';

/** A recorded output of a program of macOS; `test/fixtures/macos/README.md` says of each where it comes from. */
export function capture(name: string): string {
  return readFileSync(new URL(`../../fixtures/macos/${name}`, import.meta.url), 'utf8');
}

/** Bytes as the kernel answers, laid out by Apple's own headers with invented values. */
export function golden(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/macos/structs/${name}.bin`, import.meta.url));
}
