import { runProgram, type ProgramAnswer } from '../../runtime/run-program.ts';

export type { ProgramAnswer };

export type RunProgram = (
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
) => Promise<ProgramAnswer>;

/**
 * `ps` and `lsof` are run this often at most: once in five looks, of which each comes a little more than a second after the
 * last. Below five seconds, so that what one reading said of a stopped process is never taken for five seconds of it.
 */
export const PS_EVERY_MS = 4_500;

/** The language and the time zone in which they are read; nothing of our own environment goes along. */
const SURROUNDINGS = {
  environment: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC0' },
  maxOutputBytes: 8 * 1024 * 1024,
};

/**
 * Runs programs of the system one at a time: each is a check of its signature and more, and a Mac was brought down by many
 * (openclaw#90548). One that outlives being killed is not run a second time until it has ended.
 */
export function oneProgramAtATime({ deadlineMs }: { deadlineMs: number }): RunProgram {
  let last: Promise<unknown> = Promise.resolve();
  const hanging = new Map<string, ProgramAnswer>();
  const run: RunProgram = async (program, args, signal) => {
    const out = hanging.get(program);
    if (out !== undefined) return out;
    const answer = await runProgram(program, args, { ...SURROUNDINGS, deadlineMs, signal });
    if (answer.kind === 'late') {
      hanging.set(program, answer);
      void answer.ended.then(() => hanging.delete(program));
    }
    return answer;
  };
  return (program, args, signal) => {
    const answer = last.then(() => run(program, args, signal));
    last = answer;
    return answer;
  };
}
