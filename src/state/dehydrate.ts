import {
  type Heartbeats,
  isFault,
  type LivenessCore,
  type LocalNode,
  type Reason,
  type Refusal,
  type RemoteNode,
  type SessionFacts,
  type Verdict,
} from '../core/index.ts';
import {
  STATE_VERSION,
  type SavedLocal,
  type SavedRemote,
  type SavedSession,
  type SavedState,
  type SavedVerdict,
} from './state-schema.ts';

/** Transitions kept in the file for each node host; the ring in memory is longer. */
const SAVED_TRANSITIONS = 50;

/** What of the core must survive, with the log positions of the same moment. */
export function dehydrate(
  core: LivenessCore,
  context: {
    readonly wallMs: number;
    readonly logs: Readonly<Record<string, unknown>>;
    /** Where a node host was seen to dial. */
    readonly dialledUrl?: string | undefined;
  },
): SavedState {
  const { gateway } = core;
  return {
    version: STATE_VERSION,
    writtenBy: 'openclaw-liveness-exporter',
    savedAt: context.wallMs,
    gateway: {
      name: core.gatewayName,
      ...(context.dialledUrl !== undefined && { dialledUrl: context.dialledUrl }),
      ...gateway.counters,
      ...(gateway.bootId !== undefined && { bootId: gateway.bootId }),
      ...(gateway.bootedAt !== undefined && { bootedAt: gateway.bootedAt.wallMs }),
    },
    nodesDropped: core.nodesDropped,
    ...(core.nodesDroppedSince !== undefined && { nodesDroppedSince: core.nodesDroppedSince }),
    locals: Object.fromEntries([...core.locals].map(([id, node]) => [id, saveLocal(node)])),
    remotes: Object.fromEntries([...core.remotes].map(([id, node]) => [id, saveRemote(node)])),
    logs: context.logs,
  };
}

function saveLocal({ facts, verdict, session, parkedWith }: LocalNode): SavedLocal {
  const { ledger } = facts;
  const isSilent = verdict.state === 'zombie' && verdict.reasons.includes('silent');
  const faultReasons = faultReasonsOf(verdict);
  const calledSilent = isSilent ? facts.incarnation : facts.calledSilent;
  return {
    counters: facts.counters,
    heartbeats: saveHeartbeats(facts.heartbeats),
    verdict: saveVerdict(verdict),
    ...(faultReasons !== undefined && { faultReasons: [...faultReasons] }),
    everSeen: facts.everSeen,
    ...(facts.incarnation !== undefined && { incarnation: facts.incarnation }),
    ...(facts.lastUnit !== undefined && { lastUnit: facts.lastUnit }),
    ...(facts.lastConnect !== undefined && { lastConnect: facts.lastConnect.wallMs }),
    ...(facts.lastDisconnect !== undefined && { lastDisconnect: facts.lastDisconnect.wallMs }),
    ...(calledSilent !== undefined && { calledSilent }),
    ...(session !== undefined && { session: saveSession(session) }),
    ...(parkedWith !== undefined && { parkedWith }),
    ...(facts.approvedSinceParked !== undefined && { approvedSinceParked: facts.approvedSinceParked }),
    setbacks: [...facts.setbacks],
    ledger: {
      attached: ledger.attached ?? null,
      writesConnected: ledger.writesConnected,
      failedAttempts: ledger.failedAttempts,
      ...(ledger.refusal !== undefined && {
        refusal: saveRefusal(ledger.refusal),
      }),
      ...(ledger.parked !== undefined && {
        parked: saveRefusal(ledger.parked),
      }),
      ...(ledger.failingSince !== undefined && { failingSince: ledger.failingSince.wallMs }),
      ...(ledger.lastWords !== undefined && { lastWords: ledger.lastWords }),
    },
  };
}

function saveRefusal({ auth, at, of }: Refusal): NonNullable<SavedLocal['ledger']['refusal']> {
  return { auth, wallMs: at.wallMs, ...(of !== undefined && { of }) };
}

/** A fault that this run has disproved before it had a verdict of its own is not passed on. */
function faultReasonsOf({ isSettled, state, reasons, fault }: Verdict): readonly Reason[] | undefined {
  if (!isSettled) return fault?.reasons;
  return isFault(state) ? reasons.filter((reason) => reason !== 'restart-did-not-help') : undefined;
}

function saveRemote({ facts, verdict }: RemoteNode): SavedRemote {
  return { counters: facts.counters, session: saveSession(facts.session), verdict: saveVerdict(verdict) };
}

function saveSession(session: SessionFacts): SavedSession {
  const { row } = session;
  return {
    row: {
      nodeId: row.nodeId,
      connected: row.connected,
      ...(row.displayName !== undefined && { displayName: row.displayName }),
      ...(row.clientId !== undefined && { clientId: row.clientId }),
      ...(row.version !== undefined && { version: row.version }),
      ...(row.platform !== undefined && { platform: row.platform }),
      ...(row.paired !== undefined && { paired: row.paired }),
      ...(row.connectedAtMs !== undefined && { connectedAtMs: row.connectedAtMs }),
      ...(row.lastConnectedAtMs !== undefined && { lastConnectedAtMs: row.lastConnectedAtMs }),
      ...(row.lastDisconnectedAtMs !== undefined && { lastDisconnectedAtMs: row.lastDisconnectedAtMs }),
    },
    seenAt: session.seenAt.wallMs,
    heartbeats: saveHeartbeats(session.heartbeats),
    ...(session.lastConnect !== undefined && { lastConnect: session.lastConnect.wallMs }),
    ...(session.lastDisconnect !== undefined && { lastDisconnect: session.lastDisconnect.wallMs }),
  };
}

function saveHeartbeats(heartbeats: Heartbeats): Partial<Record<keyof Heartbeats, number>> {
  return Object.fromEntries(Object.entries(heartbeats).map(([source, at]) => [source, at.wallMs]));
}

/** A ring never changes, it is replaced; most of a fleet's are the same as the last time. */
const savedRings = new WeakMap<Verdict['transitions'], SavedVerdict['transitions']>();

function saveTransitions(ring: Verdict['transitions']): SavedVerdict['transitions'] {
  const known = savedRings.get(ring);
  if (known !== undefined) return known;
  const saved = ring
    .slice(-SAVED_TRANSITIONS)
    .map(({ from, to, at, why, reasons }) => ({ from, to, wallMs: at.wallMs, why, reasons: [...reasons] }));
  savedRings.set(ring, saved);
  return saved;
}

function saveVerdict(verdict: Verdict): SavedVerdict {
  // A run that ended before it had settled passes on what the run before it left.
  const { state, since } = verdict.isSettled || verdict.restored === undefined ? verdict : verdict.restored;
  return {
    state,
    since: since.wallMs,
    transitions: saveTransitions(verdict.transitions),
    budgetSpent: verdict.budget.spent.map((at) => at.wallMs),
  };
}
