import { messageOf } from '../runtime/error-parts.ts';
import type { Machine } from './machine.ts';
import type { Step } from './plan.ts';

/** launchd gives a job 20 s to end before it kills it. */
const GONE_TRIES = 25;

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Does one step after the other, says each, and ends with the first that fails. */
export async function carryOut(
  steps: readonly Step[],
  machine: Machine,
  tell: (line: string) => void,
): Promise<Outcome> {
  for (const step of steps) {
    const outcome = await doStep(step, machine);
    if (!outcome.ok) return { ok: false, why: `${describeStep(step)}: ${outcome.why}` };
    tell(describeStep(step));
  }
  return { ok: true };
}

/** What a step does, as somebody would do it by hand where that is a command. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `write ${step.path}`;
    case 'remove':
      return `remove ${step.path}`;
    case 'run':
      return step.argv.join(' ');
    case 'await-gone':
      return `wait until there is nothing to ${step.argv.join(' ')}`;
    default:
      return step satisfies never;
  }
}

async function doStep(step: Step, machine: Machine): Promise<Outcome> {
  try {
    switch (step.kind) {
      case 'write':
        await machine.write(step.path, step.text);
        return { ok: true };
      case 'remove':
        await machine.remove(step.path);
        return { ok: true };
      case 'run':
        return await tryRun(step, machine);
      case 'await-gone':
        return await awaitGone(step.argv, machine);
      default:
        return step satisfies never;
    }
  } catch (error: unknown) {
    return { ok: false, why: messageOf(error) };
  }
}

async function tryRun(
  { argv, mayFail, tries = 1 }: Extract<Step, { kind: 'run' }>,
  machine: Machine,
): Promise<Outcome> {
  for (let left = tries; ; left -= 1) {
    const { status, complaint } = await machine.run(argv);
    if (status === 0 || mayFail === true) return { ok: true };
    if (left <= 1) return { ok: false, why: complaint };
    await machine.pause();
  }
}

async function awaitGone(argv: readonly string[], machine: Machine): Promise<Outcome> {
  for (let left = GONE_TRIES; left > 0; left -= 1) {
    if ((await machine.run(argv)).status !== 0) return { ok: true };
    await machine.pause();
  }
  return { ok: false, why: 'it is there still' };
}
