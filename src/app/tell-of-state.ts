import { join } from 'node:path';
import { setStateAside, type LoadedState } from '../state/state-file.ts';
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
