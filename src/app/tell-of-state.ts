import { join } from 'node:path';
import type { StateClaim, StateDirectory } from '../state/state-directory.ts';
import { setStateAside, type LoadedState } from '../state/state-file.ts';
import type { StartResult } from './port.ts';
import { EXIT } from '../runtime/exit-code.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** A clock that is kept in time does not step this far. */
const CLOCK_STEP_MS = 10_000;

/** Says what became of the state file, and puts one aside that cannot be used, unless nothing may be written. */
export async function tellOfState(
  saved: LoadedState,
  options: {
    readonly directory: string;
    readonly readOnlyState: boolean;
    readonly telemetry: Telemetry;
  },
): Promise<void> {
  const { directory, telemetry, readOnlyState } = options;
  switch (saved.kind) {
    case 'restored': {
      const path = join(directory, 'state.json');
      telemetry.stateFileRestored({ path, nodes: Object.keys(saved.state.locals).length });
      if (saved.aheadMs >= CLOCK_STEP_MS) telemetry.stateFileFromTheFuture({ path, aheadMs: saved.aheadMs });
      return;
    }
    case 'unusable': {
      if (readOnlyState) return;
      const aside = await setStateAside(saved.path);
      if (aside.ok) telemetry.stateFileSetAside({ path: saved.path, movedTo: aside.movedTo, why: saved.why });
      else telemetry.stateFileNotWritten({ path: saved.path, message: aside.why });
      return;
    }
    case 'unreadable':
      telemetry.stateFileNotWritten({ path: saved.path, message: saved.why });
      return;
    case 'none':
      return;
    default:
      saved satisfies never;
  }
}

/** Takes the state directory for this process; says what it could not do about it. */
export async function claimState(
  directory: StateDirectory,
  telemetry: Telemetry,
): Promise<{ readonly ok: true } | Extract<StartResult, { readonly ok: false }>> {
  const claim = await directory.claim();
  if (claim.kind !== 'ours') {
    return { ok: false, problem: { message: refusal(directory.path, claim), exitCode: EXIT.configuration } };
  }
  for (const message of claim.doubts) telemetry.stateDirectoryDoubtful({ path: directory.path, message });
  return { ok: true };
}

function refusal(path: string, claim: Exclude<StateClaim, { readonly kind: 'ours' }>): string {
  switch (claim.kind) {
    case 'taken': {
      const who = claim.by === undefined ? '' : ` (${claim.by})`;
      return `state directory ${path} is in use by another exporter${who}; both would rewrite its counters. Stop that one, or give this one a directory of its own with --state.dir.`;
    }
    case 'impossible':
      return `state directory ${path} cannot be made (${claim.why}); choose another with --state.dir or OPENCLAW_LIVENESS_STATE_DIR.`;
    default:
      return claim satisfies never;
  }
}
