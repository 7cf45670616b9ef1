import {
  firstVerdict,
  type Heartbeats,
  type Instant,
  isFault,
  type Ledger,
  type LivenessCore,
  type LocalNode,
  omit,
  type Reason,
  type Refusal,
  type RemoteNode,
  type RestoredFault,
  type SessionFacts,
  type Verdict,
} from '../core/index.ts';
import type { SavedLocal, SavedRemote, SavedSession, SavedState, SavedVerdict } from './state-schema.ts';

/**
 * Puts a saved state back into a fresh core. What was saved counts on; what was a belief of the moment (attached or
 * not, the last look) is looked at again.
 */
export function rehydrate(core: LivenessCore, saved: SavedState, now: Instant): void {
  const at = (wallMs: number): Instant => fromWall(wallMs, now);

  for (const [target, local] of Object.entries(saved.locals)) {
    const hasPosition = saved.logs[target] !== undefined;
    core.restoreLocal(target, (node) => restoreLocal(node, local, { at, hasPosition, now }));
  }
  rehydrateGateway(core, saved, now);
}

/**
 * Puts back what was saved of the gateway and its remote node hosts, if it is the one that is watched now; also later,
 * once it has turned out which one that is.
 */
export function rehydrateGateway(core: LivenessCore, saved: SavedState, now: Instant): void {
  const at = (wallMs: number): Instant => fromWall(wallMs, now);
  if (saved.gateway.name !== core.gatewayName) return;
  for (const [key, remote] of Object.entries(saved.remotes))
    core.restoreRemote(restoreRemote(key, remote, at));
  core.restoreGateway(
    (facts) => ({
      // An earlier run had a session there: it was no bad guess.
      ...(saved.gateway.bootedAt === undefined ? facts : omit(facts, 'guessedFrom')),
      ...(saved.gateway.bootId !== undefined && { bootId: saved.gateway.bootId }),
      ...(saved.gateway.bootedAt !== undefined && { bootedAt: at(saved.gateway.bootedAt) }),
      counters: {
        ...(saved.gateway.since !== undefined && { since: saved.gateway.since }),
        restarts: saved.gateway.restarts,
        sessionCloses: saved.gateway.sessionCloses,
        authFailures: saved.gateway.authFailures,
      },
    }),
    { count: saved.nodesDropped, since: saved.nodesDroppedSince },
  );
}

/** A wall-clock time of an earlier run on the clocks of this one; never in the future, whatever the clock did. */
function fromWall(wallMs: number, now: Instant): Instant {
  const ageMs = Math.max(0, now.wallMs - wallMs);
  return { monoMs: now.monoMs - ageMs, wallMs: now.wallMs - ageMs };
}

type ToInstant = (wallMs: number) => Instant;

function restoreLocal(
  node: LocalNode,
  saved: SavedLocal,
  context: { readonly at: ToInstant; readonly hasPosition: boolean; readonly now: Instant },
): LocalNode {
  const { at } = context;
  const fault = restoreFault(saved, context.now);
  return {
    ...node,
    verdict: {
      ...restoreVerdict(node.verdict, saved.verdict, at),
      ...(fault !== undefined && { fault }),
    },
    ...(saved.session !== undefined && { session: restoreSession(saved.session, at) }),
    ...(saved.parkedWith !== undefined && { parkedWith: saved.parkedWith }),
    facts: {
      ...node.facts,
      counters: saved.counters,
      heartbeats: restoreHeartbeats(saved.heartbeats, at),
      everSeen: saved.everSeen,
      ...(saved.incarnation !== undefined && { incarnation: saved.incarnation }),
      ...(saved.lastUnit !== undefined && { lastUnit: saved.lastUnit }),
      ...(saved.lastConnect !== undefined && { lastConnect: at(saved.lastConnect) }),
      ...(saved.lastDisconnect !== undefined && { lastDisconnect: at(saved.lastDisconnect) }),
      ...(saved.calledSilent !== undefined && { calledSilent: saved.calledSilent }),
      ...(saved.approvedSinceParked !== undefined && { approvedSinceParked: saved.approvedSinceParked }),
      // Without a position the log's history is read again, and that would add up on top of this.
      ...(context.hasPosition && {
        ledger: restoreLedger(node.facts.ledger, saved.ledger, at),
        setbacks: saved.setbacks ?? [],
      }),
    },
  };
}

function restoreFault(saved: SavedLocal, now: Instant): RestoredFault | undefined {
  const { verdict, faultReasons, incarnation } = saved;
  if (faultReasons === undefined || !isFault(verdict.state)) return undefined;
  const last = verdict.transitions.at(-1);
  return {
    state: verdict.state,
    // Reasons of another version decide nothing.
    reasons: faultReasons as Reason[],
    why:
      last?.to === verdict.state
        ? last.why
        : 'it was so when the exporter ended, and nothing has disproved it yet',
    incarnation,
    restoredAt: now,
  };
}

function restoreLedger(fresh: Ledger, saved: SavedLocal['ledger'], at: ToInstant): Ledger {
  const refusal = ({ auth, wallMs, of }: NonNullable<typeof saved.refusal>): Refusal => ({
    auth,
    at: at(wallMs),
    ...(of !== undefined && { of }),
  });
  return {
    ...fresh,
    attached: saved.attached ?? undefined,
    writesConnected: saved.writesConnected,
    failedAttempts: saved.failedAttempts,
    ...(saved.refusal !== undefined && { refusal: refusal(saved.refusal) }),
    ...(saved.parked !== undefined && { parked: refusal(saved.parked) }),
    ...(saved.failingSince !== undefined && { failingSince: at(saved.failingSince) }),
    ...(saved.lastWords !== undefined && { lastWords: saved.lastWords }),
  };
}

function restoreRemote(key: string, saved: SavedRemote, at: ToInstant): RemoteNode {
  const session = restoreSession(saved.session, at);
  return {
    key,
    facts: { session, counters: saved.counters },
    verdict: restoreVerdict(firstVerdict(session.seenAt), saved.verdict, at),
  };
}

function restoreSession(saved: SavedSession, at: ToInstant): SessionFacts {
  return {
    nodeId: saved.row.nodeId,
    row: saved.row,
    seenAt: at(saved.seenAt),
    heartbeats: restoreHeartbeats(saved.heartbeats, at),
    ...(saved.lastConnect !== undefined && { lastConnect: at(saved.lastConnect) }),
    ...(saved.lastDisconnect !== undefined && { lastDisconnect: at(saved.lastDisconnect) }),
  };
}

function restoreHeartbeats(saved: SavedLocal['heartbeats'], at: ToInstant): Heartbeats {
  return Object.fromEntries(Object.entries(saved).map(([source, wallMs]) => [source, at(wallMs)]));
}

function restoreVerdict(fresh: Verdict, saved: SavedVerdict, at: ToInstant): Verdict {
  return {
    ...fresh,
    restored: { state: saved.state, since: at(saved.since) },
    budget: { spent: saved.budgetSpent.map(at) },
    transitions: saved.transitions.map(({ from, to, wallMs, why, reasons }) => ({
      from,
      to,
      at: at(wallMs),
      why,
      // Reasons of another version are only shown, never decided by.
      reasons: reasons as Reason[],
    })),
  };
}
