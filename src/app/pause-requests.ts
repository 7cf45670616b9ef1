import type { PauseReport } from '../http/routes/recovery.ts';
import { messageOf } from '../runtime/error-parts.ts';
import type { RecoveryLink } from './recovery-link.ts';

/** Reads what somebody asked for over HTTP, and has it done. Never rejects. */
export async function pauseRecovery(
  link: Pick<RecoveryLink, 'pause'>,
  asked: { readonly length: string; readonly reason: string; readonly nowWallMs: number },
): Promise<PauseReport> {
  // Nothing of recovery is loaded where nobody asks for it.
  const { parsePauseLength, pauseReason } = await import('../recovery/rules/pause.ts');
  const length = parsePauseLength(asked.length);
  const reason = pauseReason(asked.reason);
  if (length === undefined)
    return { ok: false, problem: 'say for how long, at most a week: ?for=90m, ?for=8h or ?for=2d' };
  if (reason === undefined) return { ok: false, problem: 'say why: &reason=…' };
  const untilWallMs = asked.nowWallMs + length;
  return told(
    () => link.pause({ reason, untilWallMs }),
    `recovery is paused until ${new Date(untilWallMs).toISOString()}: ${reason}`,
  );
}

/** Ends a pause. Never rejects. */
export function resumeRecovery(link: Pick<RecoveryLink, 'resume'>): Promise<PauseReport> {
  return told(() => link.resume(), 'recovery is not paused any more');
}

async function told(act: () => Promise<void>, text: string): Promise<PauseReport> {
  try {
    await act();
    return { ok: true, text };
  } catch (error: unknown) {
    return { ok: false, problem: messageOf(error) };
  }
}
