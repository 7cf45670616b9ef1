import { execFile } from 'node:child_process';
import { codeOf, messageOf } from '../../runtime/error-parts.ts';

export type ProgramAnswer =
  | { readonly kind: 'ended'; readonly status: number; readonly output: string; readonly errors: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly why: string };

export type RunProgram = (
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
) => Promise<ProgramAnswer>;

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/**
 * Runs programs of the system, without a shell, one at a time: each is a check of its signature and more, and a Mac was
 * brought down by many (openclaw#90548). Language and time zone are fixed, and nothing of our own environment goes along.
 */
export function oneProgramAtATime({ deadlineMs }: { deadlineMs: number }): RunProgram {
  let last: Promise<unknown> = Promise.resolve();
  return (program, args, signal) => {
    const answer = last.then(() => run(program, args, { deadlineMs, signal }));
    last = answer;
    return answer;
  };
}

function run(
  program: string,
  args: readonly string[],
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal | undefined },
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      {
        env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC0' },
        maxBuffer: MAX_OUTPUT_BYTES,
        killSignal: 'SIGKILL',
        ...(signal !== undefined && { signal }),
      },
      (error, output, errors) => {
        clearTimeout(timer);
        const status = error === null ? 0 : error.code;
        if (typeof status === 'number') resolve({ kind: 'ended', status, output, errors });
        else if (codeOf(error) === 'ENOENT') resolve({ kind: 'missing' });
        else resolve({ kind: 'failed', why: messageOf(error) });
      },
    );
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // Not once it has ended: a process that hangs in the kernel does not.
      resolve({ kind: 'late' });
    }, deadlineMs);
  });
}
