import { execFile } from 'node:child_process';
import { codeOf, messageOf } from './error-parts.ts';

export type ProgramAnswer =
  | { readonly kind: 'ended'; readonly status: number; readonly output: string; readonly errors: string }
  /** It was killed; `ended` resolves once it is gone: one that hangs in the kernel outlives that. */
  | { readonly kind: 'late'; readonly ended: Promise<undefined> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly why: string; readonly code?: string | undefined };

export interface RunOptions {
  readonly deadlineMs: number;
  /** All of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly maxOutputBytes: number;
  /** What it reads from its standard input; nothing where absent. */
  readonly input?: string;
  /** Gives up on the answer. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program without a shell, by name or path. Never rejects, and ends within the deadline. */
export function runProgram(
  program: string,
  args: readonly string[],
  { deadlineMs, environment, maxOutputBytes, input, signal }: RunOptions,
): Promise<ProgramAnswer> {
  const ended = Promise.withResolvers<undefined>();
  return new Promise<ProgramAnswer>((resolve) => {
    const child = execFile(
      program,
      [...args],
      { env: environment, maxBuffer: maxOutputBytes, killSignal: 'SIGKILL', ...(signal && { signal }) },
      (error, output, errors) => {
        clearTimeout(timer);
        ended.resolve(undefined);
        const status = error === null ? 0 : error.code;
        if (typeof status === 'number') resolve({ kind: 'ended', status, output, errors });
        else if (codeOf(error) === 'ENOENT') resolve({ kind: 'missing' });
        else resolve(failed(error));
      },
    );
    if (input !== undefined) {
      // One that ends without having read it says by its status how it went.
      child.stdin?.on('error', () => undefined).end(input);
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ kind: 'late', ended: ended.promise });
    }, deadlineMs);
    // Of some mistakes (ENOTDIR) Node throws at once.
  }).catch(failed);
}

function failed(error: unknown): ProgramAnswer {
  return { kind: 'failed', why: messageOf(error), code: codeOf(error) };
}
