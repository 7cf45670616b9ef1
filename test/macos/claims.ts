import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What is claimed of a Mac, one line each, and the raw outputs that go with it. */
export class Claims {
  passed = 0;
  failed = 0;
  readonly #directory: string;
  readonly #print: (line: string) => void;

  constructor(directory: string, print: (line: string) => void) {
    this.#directory = directory;
    this.#print = print;
    mkdirSync(directory, { recursive: true });
  }

  /** Never rejects: one that breaks has failed, and the next is tried. */
  async claim(what: string, check: () => Promise<string | undefined>): Promise<void> {
    try {
      const found = await check();
      this.passed += 1;
      this.#print(`ok      ${what}${found === undefined ? '' : `: ${found}`}`);
    } catch (error: unknown) {
      this.failed += 1;
      this.#print(`FAILED  ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  skipped(what: string, why: string): void {
    this.#print(`skipped ${what}: ${why}`);
  }

  /** For the captures of the repository, after a person has looked through it. */
  keep(name: string, output: string): void {
    writeFileSync(join(this.#directory, name), output);
  }
}

export function expectThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}

/** Looks every `everyMs` for `forMs`; what the first look that found something found. */
export async function looking<T>(
  { forMs, everyMs }: { forMs: number; everyMs: number },
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(everyMs);
  }
  return undefined;
}
