import type { Calls } from './facts/calls.ts';
import type { LocalFacts } from './facts/local.ts';
import { freshSocket, type SocketFacts } from './facts/sockets.ts';
import { supervisorOf } from './facts/supervisor.ts';
import type { ProbeFacts } from './facts/probe.ts';
import { believed, type Held } from './model/held.ts';
import type { ProcessSample, RosterRow } from './model/observation.ts';
import type { Evidence } from './model/snapshot.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import type { RowView } from './rules/row-view.ts';
import { hostStatsAgeMs } from './rules/wedged.ts';

/** What the viewpoints of its own machine say of a local node host. */
export function localEvidence(facts: LocalFacts, now: Instant): Evidence {
  const process = believed(facts.process, now)?.value;
  return {
    ...(process !== undefined && { process: process && processEvidence(facts, process, now) }),
    ...(facts.socket !== undefined &&
      freshSocket(facts, now) !== undefined && { socket: socketEvidence(facts.socket, now) }),
    ...logEvidence(facts, now),
    ...supervisorEvidence(facts, now),
  };
}

function logEvidence({ logStatus, ledger }: LocalFacts, now: Instant): Pick<Evidence, 'log'> {
  const status = believed(logStatus, now)?.value;
  if (status === undefined) return {};
  const { lastWriteWallMs } = status;
  return {
    log: {
      readable: status.readable,
      failedAttempts: ledger.failedAttempts,
      ...(lastWriteWallMs !== undefined && { lastWriteWallMs }),
      ...(ledger.lastWords !== undefined && { lastEvent: ledger.lastWords }),
      ...(ledger.parked !== undefined && { parked: ledger.parked.auth }),
    },
  };
}

function supervisorEvidence(facts: LocalFacts, now: Instant): Pick<Evidence, 'supervisor'> {
  const told = supervisorOf(facts, now);
  if (told === undefined) return {};
  const { service, standing, restarts, at } = told;
  return {
    supervisor: {
      service,
      standing,
      ageMs: elapsedMs(at, now),
      ...(restarts !== undefined && { restarts }),
    },
  };
}

function processEvidence(
  { startedAt, pulse }: LocalFacts,
  sample: ProcessSample,
  now: Instant,
): NonNullable<Evidence['process']> {
  return {
    pid: sample.pid,
    incarnation: sample.incarnation,
    kernelState: sample.kernelState,
    startedAtWallMs: (startedAt ?? now).wallMs,
    cpuSeconds: sample.cpuSeconds,
    residentBytes: sample.residentBytes,
    ...(sample.voluntarySwitches !== undefined && { voluntarySwitches: sample.voluntarySwitches }),
    ...(pulse !== undefined && { pulseAgeMs: elapsedMs(pulse.lastBeat, now) }),
  };
}

function socketEvidence(socket: SocketFacts, now: Instant): NonNullable<Evidence['socket']> {
  const rank = ['established', 'opening', 'close-wait', 'closing'] as const;
  const unreadBytes = socket.connections.reduce((sum, connection) => sum + connection.unreadBytes, 0);
  const shown = rank
    .map((state) => socket.connections.find((connection) => connection.state === state))
    .find((connection) => connection !== undefined);
  return {
    endpoint: socket.look.value.endpoint,
    state: shown?.state ?? 'none',
    unreadBytes,
    ...(shown !== undefined && { ageMs: elapsedMs(shown.firstSeen, now) }),
  };
}

/** What the log of its gateway says of a node. */
export function callsEvidence(calls: Calls | undefined, now: Instant): Pick<Evidence, 'calls'> {
  const { refusal, pairedAt, withheld } = calls ?? {};
  if (refusal === undefined && pairedAt === undefined && withheld === undefined) return {};
  return {
    calls: {
      ...(refusal !== undefined && {
        refused: { reason: refusal.auth, ageMs: elapsedMs(refusal.at, now), ...refusal.pairing },
      }),
      ...(pairedAt !== undefined && { approvedAgeMs: elapsedMs(pairedAt, now) }),
      ...(withheld !== undefined && { withheldCommands: withheld.commands }),
    },
  };
}

/** Of one that is attached: what it was and could do before says nothing of now. */
function whatItOffers(
  { connected, commandCount, hostStats }: RosterRow,
  statsAgeMs: number | undefined,
): Pick<NonNullable<Evidence['gateway']>, 'commands' | 'hostStats'> {
  if (!connected) return {};
  return {
    ...(commandCount !== undefined && { commands: commandCount }),
    ...(hostStats !== undefined && statsAgeMs !== undefined && { hostStats }),
  };
}

/** What its gateway says of a node. */
export function gatewayEvidence(
  view: RowView | undefined,
  held: Held<ProbeFacts> | undefined,
  now: Instant,
): Evidence {
  const probe = believed(held, now)?.value;
  const statsAgeMs = view === undefined ? undefined : hostStatsAgeMs(view, now);
  return {
    ...(view !== undefined && {
      gateway: {
        connected: view.row.connected,
        rowAgeMs: elapsedMs(view.at, now),
        ...(view.row.approvalState !== undefined && { approved: view.row.approvalState === 'approved' }),
        ...(statsAgeMs !== undefined && { hostStatsAgeMs: statsAgeMs }),
        ...whatItOffers(view.row, statsAgeMs),
      },
    }),
    ...(probe !== undefined &&
      probe.last.outcome !== 'unavailable' && {
        probe: {
          ok: probe.last.outcome === 'answered',
          durationMs: probe.last.durationMs,
          timeoutsInARow: probe.timeoutsInARow,
        },
      }),
  };
}
