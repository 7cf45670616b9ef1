import { elapsedMs, type Instant } from '../model/time.ts';

/** Starts of one gateway that only one of its two witnesses has told of yet: its own log, and our session with it. */
export interface Boots {
  readonly byLog: readonly Instant[];
  readonly bySession: readonly Instant[];
}

export const NO_BOOTS: Boots = { byLog: [], bySession: [] };

/** From `starting...` to the moment that its uptime counts from; a starved machine takes minutes to start one. */
const SAME_BOOT_MS = 240_000;
/** More than these are not waited for. */
const KEPT = 8;

/** A start told by a witness. `isNews`: the other one has not told of it. */
export interface Testimony {
  readonly boots: Boots;
  readonly isNews: boolean;
}

/** The log says that the gateway started. */
export function toldByLog({ byLog, bySession }: Boots, at: Instant): Testimony {
  const known = nearest(bySession, at);
  if (known === undefined) return { boots: { byLog: [...byLog, at].slice(-KEPT), bySession }, isNews: true };
  return { boots: { byLog, bySession: bySession.filter((boot) => boot !== known) }, isNews: false };
}

/** The session finds another gateway process than before, which started then. */
export function toldBySession({ byLog, bySession }: Boots, at: Instant): Testimony {
  const known = nearest(byLog, at);
  if (known === undefined)
    return { boots: { byLog, bySession: [...bySession, at].slice(-KEPT) }, isNews: true };
  // Those before it ended without a session of ours.
  return { boots: { byLog: byLog.slice(byLog.indexOf(known) + 1), bySession }, isNews: false };
}

function nearest(boots: readonly Instant[], at: Instant): Instant | undefined {
  const distance = (boot: Instant): number => Math.abs(elapsedMs(boot, at));
  return boots
    .filter((boot) => distance(boot) <= SAME_BOOT_MS)
    .toSorted((a, b) => distance(a) - distance(b))[0];
}
