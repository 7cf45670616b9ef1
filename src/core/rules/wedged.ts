import { assessment, duration, type Assessment } from './assessment.ts';
import { freshSocket, type RowView } from './attachment.ts';
import type { LocalFacts, ProbeFacts } from '../facts/node-facts.ts';
import { pulseDeadlineMs } from '../facts/pulse.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';

export interface WedgedContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly trustedSince: Instant;
  readonly attached: boolean | undefined;
  readonly row: RowView | undefined;
  readonly probe: ProbeFacts | undefined;
  /** Since when the gateway could be talked to: while it could not, its ticks woke nobody. */
  readonly gatewayHealthySince: Instant | undefined;
}

/** Row 3 of the verdict table for a process that we see: it is there, but its event loop does not run. */
export function wedgedLocally(facts: LocalFacts, context: WedgedContext): Assessment | undefined {
  const { now, limits, trustedSince, attached } = context;

  // How long something lasted is what looks confirmed: since the last one it may have ended.
  const lookedAt = facts.process?.at ?? now;

  // The kernel's word needs no second opinion, and our own lateness does not make a process stop.
  if (facts.stoppedSince !== undefined && elapsedMs(facts.stoppedSince, lookedAt) >= limits.stoppedAfterMs) {
    const age = duration(elapsedMs(facts.stoppedSince, now));
    return assessment(
      'wedged',
      ['process-stopped'],
      `its process has been stopped (SIGSTOP or a debugger) for ${age}`,
    );
  }

  const pulseAgeMs =
    facts.pulse === undefined
      ? undefined
      : elapsedMs(later(facts.pulse.lastBeat, trustedSince) ?? facts.pulse.lastBeat, lookedAt);

  if (attached === true && context.probe !== undefined) {
    const verdict = wedgedByProbe(context.probe, {
      now,
      limits,
      trustedSince,
      lastBeat: facts.pulse?.lastBeat,
    });
    if (verdict !== undefined) return verdict;
  }

  // A running pulse contradicts stale host stats: then the publishing failed, not the node host.
  if (
    attached === true &&
    context.row !== undefined &&
    (pulseAgeMs === undefined || pulseAgeMs >= limits.pulseMinMs)
  ) {
    const verdict = wedgedByHostStats(context.row, context);
    if (verdict !== undefined) return verdict;
  }

  if (pulseAgeMs === undefined || facts.pulse === undefined) return undefined;
  // One look may catch bytes on their way; only looks that go on tell that they stay.
  const socket = freshSocket(facts, now, limits);
  const seenUnread = socket === undefined ? undefined : facts.socket?.unreadSince;
  const unreadSince = later(seenUnread, seenUnread && trustedSince);
  if (unreadSince !== undefined) {
    const unreadMs = elapsedMs(unreadSince, socket?.at ?? now);
    if (unreadMs >= limits.unreadAfterMs && pulseAgeMs >= limits.unreadAfterMs) {
      return assessment(
        'wedged',
        ['unread-bytes', 'no-pulse'],
        `what the gateway sent has lain unread in its socket for ${duration(unreadMs)} and its event loop has not moved for ${duration(pulseAgeMs)}`,
      );
    }
  }

  const spun = spunMs(facts);
  if (spun !== undefined && spun >= limits.spinCpuMs) {
    return assessment(
      'wedged',
      ['spinning', 'no-pulse'],
      `its event loop has computed for ${duration(spun)} of CPU time without once coming to rest`,
    );
  }

  const deadlineMs = pulseDeadlineMs(facts.pulse, now, limits);
  const healthyMs =
    context.gatewayHealthySince === undefined ? Infinity : elapsedMs(context.gatewayHealthySince, now);
  if (attached === true && Math.min(pulseAgeMs, healthyMs) >= deadlineMs) {
    return assessment(
      'wedged',
      ['no-pulse'],
      `its event loop has not moved for ${duration(pulseAgeMs)}; it never slept longer than ${duration(facts.pulse.longestGapMs)} before`,
    );
  }
  return undefined;
}

/** CPU time that the main thread has used since it last went to sleep: our own lateness cannot make it up. */
function spunMs({ pulse, process }: LocalFacts): number | undefined {
  const cpuSeconds = process?.sample?.mainThreadCpuSeconds;
  if (cpuSeconds === undefined || pulse?.cpuSecondsAtBeat === undefined) return undefined;
  return (cpuSeconds - pulse.cpuSecondsAtBeat) * 1_000;
}

/** Row 3 for a node host that is known only through the gateway. */
export function wedgedRemotely(
  context: Pick<WedgedContext, 'now' | 'limits' | 'trustedSince' | 'probe' | 'gatewayHealthySince'> & {
    readonly row: RowView;
  },
): Assessment | undefined {
  if (context.probe !== undefined) {
    const verdict = wedgedByProbe(context.probe, { ...context, lastBeat: undefined });
    if (verdict !== undefined) return verdict;
  }
  return wedgedByHostStats(context.row, context);
}

function wedgedByProbe(
  probe: ProbeFacts,
  context: Pick<WedgedContext, 'now' | 'limits' | 'trustedSince'> & {
    readonly lastBeat: Instant | undefined;
  },
): Assessment | undefined {
  const { now, limits, lastBeat } = context;
  const silentSince = later(probe.silentSince, probe.silentSince && context.trustedSince);
  if (silentSince === undefined || probe.timeoutsInARow < limits.probeWedgedTimeouts) return undefined;
  const silentMs = elapsedMs(silentSince, now);
  const hasBeaten = lastBeat !== undefined && lastBeat.monoMs > silentSince.monoMs;
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
