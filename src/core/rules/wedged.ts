import { believed, type Held } from '../model/held.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { after, elapsedMs, later, type Instant } from '../model/time.ts';
import type { LocalFacts } from '../facts/local.ts';
import type { ProbeFacts } from '../facts/probe.ts';
import { pulseDeadlineMs, spunMs } from '../facts/pulse.ts';
import { freshSocket } from '../facts/sockets.ts';
import { assessment, duration, type Assessment } from './assessment.ts';
import type { RowView } from './row-view.ts';

export interface WedgedContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly trustedSince: Instant;
  readonly attached: boolean | undefined;
  readonly row: RowView | undefined;
  readonly probe: Held<ProbeFacts> | undefined;
  /** Since when the gateway could be talked to: while it could not, its ticks woke nobody. */
  readonly gatewayHealthySince: Instant | undefined;
}

/** Row 3 of the verdict table for a process that we see: it is there, but its event loop does not run. */
export function wedgedLocally(facts: LocalFacts, context: WedgedContext): Assessment | undefined {
  const stopped = wedgedByStop(facts, context);
  if (stopped !== undefined) return stopped;

  const { now, limits, trustedSince, attached, probe, row } = context;
  const { pulse } = facts;
  const pulseAgeMs =
    pulse === undefined
      ? undefined
      : elapsedMs(later(pulse.lastBeat, trustedSince) ?? pulse.lastBeat, lookedAt(facts, now));
  const byProbe =
    attached === true && probe !== undefined
      ? wedgedByProbe(probe, { ...context, lastBeat: pulse?.lastBeat ?? 'unseen' })
      : undefined;
  if (byProbe !== undefined) return byProbe;

  // A running pulse contradicts stale host stats: then the publishing failed, not the node host.
  const isStill = pulseAgeMs === undefined || pulseAgeMs >= limits.pulseMinMs;
  const byStats =
    attached === true && row !== undefined && isStill ? wedgedByHostStats(row, context) : undefined;
  if (byStats !== undefined) return byStats;

  const byUnread = wedgedByUnreadBytes(facts, context, pulseAgeMs);
  if (byUnread !== undefined || pulseAgeMs === undefined) return byUnread;
  return wedgedBySpinning(facts, limits) ?? wedgedByPulse(facts, context, pulseAgeMs);
}

/** How long something lasted is what looks confirmed: since the last one it may have ended. */
function lookedAt(facts: LocalFacts, now: Instant): Instant {
  return facts.process?.at ?? now;
}

/** The kernel's word needs no second opinion; but a stop that lasted as long as this machine slept may be over. */
function wedgedByStop(
  facts: LocalFacts,
  { now, limits, trustedSince }: WedgedContext,
): Assessment | undefined {
  const stoppedSince = later(facts.stoppedSince, facts.stoppedSince && trustedSince);
  if (stoppedSince === undefined) return undefined;
  if (elapsedMs(stoppedSince, lookedAt(facts, now)) < limits.stoppedAfterMs) return undefined;
  const age = duration(elapsedMs(stoppedSince, now));
  return assessment(
    'wedged',
    ['process-stopped'],
    `its process has been stopped (SIGSTOP or a debugger) for ${age}`,
  );
}

/**
 * One look may catch bytes on their way; only looks that go on tell that they stay. Where no pulse can be seen they tell
 * alone, once further ticks of the gateway have woken nobody.
 */
function wedgedByUnreadBytes(
  facts: LocalFacts,
  { now, limits, trustedSince }: WedgedContext,
  pulseAgeMs: number | undefined,
): Assessment | undefined {
  const socket = freshSocket(facts, now);
  const seenUnread = socket === undefined ? undefined : facts.socket?.unreadSince;
  const unreadSince = later(seenUnread, seenUnread && trustedSince);
  if (unreadSince === undefined) return undefined;
  const unreadMs = elapsedMs(unreadSince, socket?.at ?? now);
  const what = `what the gateway sent has lain unread in its socket for ${duration(unreadMs)}`;
  if (pulseAgeMs === undefined)
    return unreadMs < limits.pulseMaxMs ? undefined : assessment('wedged', ['unread-bytes'], what);
  if (unreadMs < limits.unreadAfterMs || pulseAgeMs < limits.unreadAfterMs) return undefined;
  return assessment(
    'wedged',
    ['unread-bytes', 'no-pulse'],
    `${what} and its event loop has not run for ${duration(pulseAgeMs)}`,
  );
}

function wedgedBySpinning({ pulse, process }: LocalFacts, { spinCpuMs }: Thresholds): Assessment | undefined {
  const spun = spunMs(pulse, process?.value);
  if (spun === undefined || spun < spinCpuMs) return undefined;
  return assessment(
    'wedged',
    ['spinning', 'no-pulse'],
    `its event loop has computed for ${duration(spun)} of CPU time without once going idle`,
  );
}

function wedgedByPulse(
  { pulse, attachedAt }: LocalFacts,
  { now, limits, attached, gatewayHealthySince }: WedgedContext,
  pulseAgeMs: number,
): Assessment | undefined {
  if (pulse === undefined) return undefined;
  const healthyMs = gatewayHealthySince === undefined ? Infinity : elapsedMs(gatewayHealthySince, now);
  // The end of its connection wakes whoever runs: one that was attached for longer after its last beat than any roster is
  // late has slept through that as well.
  const hasSleptOn =
    attachedAt !== undefined && elapsedMs(pulse.lastBeat, attachedAt) >= limits.rosterValidMs;
  if (
    (attached !== true && !hasSleptOn) ||
    Math.min(pulseAgeMs, healthyMs) < pulseDeadlineMs(pulse, now, limits)
  ) {
    return undefined;
  }
  return assessment(
    'wedged',
    ['no-pulse'],
    `its event loop has not run for ${duration(pulseAgeMs)}; it never slept longer than ${duration(pulse.longestGapMs)} before`,
  );
}

/** Row 3 for a node host that is known only through the gateway. */
export function wedgedRemotely(
  context: Pick<WedgedContext, 'now' | 'limits' | 'trustedSince' | 'probe' | 'gatewayHealthySince'> & {
    readonly row: RowView;
  },
): Assessment | undefined {
  if (context.probe !== undefined) {
    const verdict = wedgedByProbe(context.probe, { ...context, lastBeat: 'unseen' });
    if (verdict !== undefined) return verdict;
  }
  return wedgedByHostStats(context.row, context);
}

/** What was on its way while this machine slept, or the gateway was out of reach, is sent again only some time after. */
const CARRIED_AFTER_MS = 30_000;

/** Timeouts count while the probing goes on: nobody who has stopped to ask may still accuse. */
function wedgedByProbe(
  held: Held<ProbeFacts>,
  context: Pick<WedgedContext, 'now' | 'limits' | 'trustedSince' | 'gatewayHealthySince'> & {
    /** Of its pulse. */
    readonly lastBeat: Instant | 'unseen';
  },
): Assessment | undefined {
  const { now, limits, lastBeat } = context;
  const probe = believed(held, now)?.value;
  if (probe === undefined) return undefined;
  // What was asked while the gateway, or we, could not carry the answer accuses nobody.
  const { trustedSince, gatewayHealthySince } = context;
  const carriedSince = later(
    after(trustedSince, CARRIED_AFTER_MS),
    gatewayHealthySince && after(gatewayHealthySince, CARRIED_AFTER_MS),
  );
  const silentSince = later(probe.silentSince, probe.silentSince && carriedSince);
  if (silentSince === undefined || probe.timeoutsInARow < limits.probeWedgedTimeouts) return undefined;
  const silentMs = elapsedMs(silentSince, now);
  const hasBeaten = lastBeat === 'unseen' || lastBeat.monoMs > silentSince.monoMs;
  const neededMs = hasBeaten ? limits.probeOnlyWedgedMs : limits.probeWedgedMs;
  if (silentMs < neededMs) return undefined;
  return assessment(
    'wedged',
    hasBeaten ? ['probe-timeout'] : ['probe-timeout', 'no-pulse'],
    `${probe.timeoutsInARow} probes in a row were not answered in ${duration(silentMs)}`,
  );
}

function wedgedByHostStats(
  view: RowView,
  {
    now,
    limits,
    trustedSince,
    gatewayHealthySince,
  }: Pick<WedgedContext, 'now' | 'limits' | 'trustedSince' | 'gatewayHealthySince'>,
): Assessment | undefined {
  // While the gateway was frozen or away, or slept with this machine, nobody could reach it; half the deadline is one
  // report and some.
  const heardMs = elapsedMs(later(gatewayHealthySince, trustedSince) ?? trustedSince, now);
  if (heardMs < limits.hostStatsStaleMs / 2) return undefined;
  const ageMs = hostStatsAgeMs(view, now);
  if (ageMs === undefined || ageMs < limits.hostStatsStaleMs) return undefined;
  return assessment(
    'wedged',
    ['host-stats-stale'],
    `attached, but the gateway has had no host stats from it for ${duration(ageMs)} (they come every 60 s)`,
  );
}

/** Age of the last host stats of this connection by the gateway's own clock; `undefined` where there are none. */
export function hostStatsAgeMs(view: RowView, now: Instant): number | undefined {
  const { row, gatewayTsMs, at } = view;
  if (row.hostStatsUpdatedAtMs === undefined) return undefined;
  // Kept from an earlier connection: says nothing about this one.
  if (row.connectedAtMs !== undefined && row.hostStatsUpdatedAtMs < row.connectedAtMs) return undefined;
  return gatewayTsMs - row.hostStatsUpdatedAtMs + elapsedMs(at, now);
}
