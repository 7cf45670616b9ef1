import { hold, type Held } from '../model/held.ts';
import type { ProbeObservation } from '../model/observation.ts';
import { before, type Instant } from '../model/time.ts';

/** How the probes of one node host went. */
export interface ProbeFacts {
  readonly last: ProbeObservation;
  readonly timeoutsInARow: number;
  /** When the first of the timeouts in a row was sent. */
  readonly silentSince?: Instant;
}

/** One more probe came back, or did not. */
export function observeProbe(
  known: Held<ProbeFacts> | undefined,
  observation: ProbeObservation,
): Held<ProbeFacts> {
  const { at, validMs } = observation;
  switch (observation.outcome) {
    // The second could not be sent: the row of timeouts is broken, but it is no proof of life either.
    case 'answered':
    case 'unavailable':
      return hold({ last: observation, timeoutsInARow: 0 }, at, validMs);
    case 'timeout':
      return hold(
        {
          last: observation,
          timeoutsInARow: (known?.value.timeoutsInARow ?? 0) + 1,
          silentSince: known?.value.silentSince ?? before(at, observation.durationMs),
        },
        at,
        validMs,
      );
    default:
      return observation.outcome satisfies never;
  }
}
