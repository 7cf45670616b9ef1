import { messageOf } from '../runtime/error-parts.ts';
import type { Machine } from './machine.ts';
import type { Step } from './plan.ts';

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
      case 'run': {
        const { status, complaint } = await machine.run(step.argv);
        return status === 0 || step.mayFail === true ? { ok: true } : { ok: false, why: complaint };
      }
      default:
        return step satisfies never;
    }
  } catch (error: unknown) {
    return { ok: false, why: messageOf(error) };
  }
}
