import { runProgram, type ProgramAnswer } from '../../runtime/run-program.ts';

export type { ProgramAnswer };

export type RunProgram = (
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
) => Promise<ProgramAnswer>;

const SURROUNDINGS = {
  environment: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC0' },
  maxOutputBytes: 8 * 1024 * 1024,
};

/**
 * Runs programs of the system, without a shell, one at a time: each is a check of its signature and more, and a Mac was
 * brought down by many (openclaw#90548). Language and time zone are fixed, and nothing of our own environment goes along.
 */
export function oneProgramAtATime({ deadlineMs }: { deadlineMs: number }): RunProgram {
  let last: Promise<unknown> = Promise.resolve();
  return (program, args, signal) => {
    const answer = last.then(() => runProgram(program, args, { ...SURROUNDINGS, deadlineMs, signal }));
    last = answer;
    return answer;
  };
}
