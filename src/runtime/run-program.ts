import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable } from 'node:stream';
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

/** What something that a program left running keeps open is not waited for any longer. */
const LAST_WORDS_MS = 1_000;

/**
 * Runs a program without a shell, by name or path. Never rejects, and ends within the deadline. One that is killed goes with
 * all that it started; what one that ended by itself leaves running is its own affair.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { deadlineMs, environment, maxOutputBytes, input, signal }: RunOptions,
): Promise<ProgramAnswer> {
  const ended = Promise.withResolvers<undefined>();
  return new Promise<ProgramAnswer>((resolve) => {
    // In a group of its own it can be killed with its children, and Ctrl-C in our terminal is not for it.
    const child = spawn(program, [...args], { env: environment, detached: true });
    const kill = (answer: ProgramAnswer): void => {
      killWithAll(child);
      settle(answer);
    };
    const settle = (answer: ProgramAnswer): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const giveUp = (): void => kill({ kind: 'failed', why: 'its answer is not wanted any more' });
    const tooMuch = (): void => kill({ kind: 'failed', why: `it says more than ${maxOutputBytes} bytes` });
    const output = listen(child.stdout, maxOutputBytes, tooMuch);
    const errors = listen(child.stderr, maxOutputBytes, tooMuch);
    child.on('error', (error) => {
      ended.resolve(undefined);
      settle(codeOf(error) === 'ENOENT' ? { kind: 'missing' } : failed(error));
    });
    whenOver(child, (status) => {
      ended.resolve(undefined);
      settle(
        typeof status === 'number'
          ? { kind: 'ended', status, output: output(), errors: errors() }
          : { kind: 'failed', why: `it was ended by ${status}` },
      );
    });
    // One that ends without having read it says by its status how it went.
    child.stdin.on('error', () => undefined).end(input);
    const timer = setTimeout(() => kill({ kind: 'late', ended: ended.promise }), deadlineMs);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted === true) giveUp();
    // Of some mistakes (ENOTDIR) Node throws at once.
  }).catch(failed);
}

/** Tells its status, or the signal that ended it, once all was said, or soon after its end where another keeps its output open. */
function whenOver(
  child: ChildProcessWithoutNullStreams,
  tell: (status: number | NodeJS.Signals) => void,
): void {
  let timer: NodeJS.Timeout | undefined;
  const over = (status: number | null, signal: NodeJS.Signals | null): void => {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    tell(status ?? signal ?? 0);
  };
  child.once('exit', (status, signal) => {
    timer = setTimeout(over, LAST_WORDS_MS, status, signal);
  });
  child.once('close', over);
}

/** @returns what was said so far */
function listen(stream: Readable, maxBytes: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killWithAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

function failed(error: unknown): ProgramAnswer {
  return { kind: 'failed', why: messageOf(error), code: codeOf(error) };
}
