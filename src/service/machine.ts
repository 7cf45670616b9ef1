import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf } from '../runtime/error-parts.ts';

/** What became of a program that was run. */
export interface Ran {
  /** `undefined`: it could not be started, or was ended. */
  readonly status: number | undefined;
  readonly output: string;
  /** The last it said, or why it could not be started. */
  readonly complaint: string;
}

/** What installing a service touches. */
export interface Machine {
  /** `undefined`: there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Makes the directories above it. */
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  run(argv: readonly string[]): Promise<Ran>;
  /** Between two tries of the same. */
  pause(): Promise<void>;
}

/** Starting waits until the exporter says that it is ready. */
const DEADLINE_MS = 120_000;
const PAUSE_MS = 1_000;

/** @param environment of the programs, but for their language */
export function thisMachine(environment: Readonly<Record<string, string | undefined>>): Machine {
  return {
    async read(path) {
      return readFile(path, 'utf8').catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      });
    },
    async write(path, text) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { mode: 0o644 });
    },
    remove: (path) => rm(path, { recursive: true, force: true }),
    pause: () => sleep(PAUSE_MS),
    run: ([program = '', ...rest]) =>
      new Promise((resolve) => {
        const options = {
          env: { ...environment, LC_ALL: 'C' },
          timeout: DEADLINE_MS,
          encoding: 'utf8',
        } as const;
        execFile(program, rest, options, (error, output, errors) => {
          const status = error === null ? 0 : error.code;
          const said = errors.trim().split('\n').at(-1) ?? '';
          const complaint = said === '' && error !== null ? messageOf(error) : said;
          resolve({ status: typeof status === 'number' ? status : undefined, output, complaint });
        });
      }),
  };
}
