import { wasEverAttached } from './facts/local.ts';
import type { Boots } from './facts/boots.ts';
import type { Calls } from './facts/calls.ts';
import { NO_GATEWAY_LOG, type GatewayLogFacts } from './facts/gateway-log.ts';
import type { GatewayFacts } from './facts/gateway.ts';
import type { Ledger } from './facts/log.ts';
import type { Proofs } from './facts/proofs.ts';
import type { RosterEntry } from './facts/roster-entry.ts';
import type { Setback } from './facts/setback.ts';
import type { WatchedGateway } from './gateways.ts';
import type { GatewayCounters, NodeCounters } from './model/counters.ts';
import { wouldRestartHelp, type Fault, type NodeState } from './model/node-state.ts';
import type { NodeHostHints, Service, TargetId } from './model/observation.ts';
import { omit } from './model/omit.ts';
import { present } from './model/present.ts';
import type { Reason } from './model/reason.ts';
import type { Transition } from './model/snapshot.ts';
import type { Instant } from './model/time.ts';
import type { Approval } from './roster/approval.ts';
import type { RemoteNode } from './roster/fleet.ts';
import type { LocalNode } from './roster/local-node.ts';
import type { RestartBudget } from './rules/restart-budget.ts';
import { firstVerdict, type Verdict } from './rules/verdict.ts';

/** What one run of the exporter hands to the next, with all times on the clocks of the run that reads it. */
export interface Memory {
  readonly locals: Readonly<Record<TargetId, LocalMemory>>;
  readonly gateways: Readonly<Record<string, GatewayMemory>>;
  /** Nodes that were not watched for want of room. */
  readonly dropped: { readonly count: number; readonly since: number | undefined };
}

export interface VerdictMemory {
  readonly state: NodeState;
  readonly since: Instant;
  readonly transitions: readonly Transition[];
  readonly budget: RestartBudget;
}

/** A fault that must not end with the exporter that saw it. */
export interface FaultMemory {
  readonly state: Fault;
  readonly reasons: readonly Reason[];
  readonly why: string;
}

export interface LocalMemory {
  readonly counters: NodeCounters;
  readonly proofs: Proofs;
  readonly heartbeat?: Instant;
  readonly verdict: VerdictMemory;
  readonly fault?: FaultMemory;
  readonly everSeen: boolean;
  /** Who it is and where it dials, should it be gone when the next run looks. */
  readonly hints?: Pick<NodeHostHints, 'displayName' | 'nodeId' | 'version' | 'endpoint'>;
  readonly incarnation?: string;
  readonly endedAt?: Instant;
  readonly lastService?: Service;
  readonly lastConnect?: Instant;
  readonly lastDisconnect?: Instant;
  /** Its process was attached at some time. */
  readonly wasAttachedBefore?: boolean;
  readonly calledSilent?: string;
  readonly entry?: RosterEntry;
  readonly isSure?: boolean;
  readonly parkedWith?: Approval;
  readonly approvedSinceParked?: boolean;
  /** Absent where the log will be read again from its beginning: it would add up on top of this. */
  readonly log?: { readonly ledger: Ledger; readonly setbacks: readonly Setback[] };
}

export interface RemoteMemory {
  readonly key: string;
  readonly entry: RosterEntry;
  readonly counters: NodeCounters;
  readonly calls?: Calls;
  readonly heartbeat?: Instant;
  readonly verdict: VerdictMemory;
}

export interface GatewayMemory {
  readonly counters: GatewayCounters;
  readonly bootId?: string;
  readonly bootedAt?: Instant;
  /** Of its own log. */
  readonly log?: Pick<GatewayLogFacts, 'isVerbose' | 'hasRun' | 'hasUnreadableToken'>;
  readonly boots?: Boots;
  readonly remotes: readonly RemoteMemory[];
}

/** What is worth keeping of a local node host. */
export function rememberLocal({ facts, verdict, entry, isSure, parkedWith }: LocalNode): LocalMemory {
  const { counters, proofs, everSeen, ledger, setbacks, incarnation, endedAt, lastService } = facts;
  const { lastConnect, lastDisconnect, heartbeat, approvedSinceParked } = facts;
  const { displayName, nodeId, version, endpoint } = facts.hints;
  const fault = faultOf(verdict);
  return present({
    counters,
    proofs,
    verdict: rememberVerdict(verdict),
    everSeen,
    log: { ledger: rememberLedger(ledger), setbacks },
    heartbeat,
    fault,
    hints: present({ displayName, nodeId, version, endpoint }),
    incarnation,
    endedAt,
    lastService,
    lastConnect,
    lastDisconnect,
    wasAttachedBefore: wasEverAttached(facts) || undefined,
    calledSilent: facts.calledSilent,
    entry: entry && omit(entry, 'probe', 'toldAt'),
    isSure,
    parkedWith,
    approvedSinceParked: approvedSinceParked || undefined,
  });
}

/** What was said of the process before is not said of the one that the next run will find. */
function rememberLedger(ledger: Ledger): Ledger {
  return ledger.attachedBefore === true ? { ...omit(ledger, 'attachedBefore'), attached: false } : ledger;
}

/** A fresh node host with what an earlier run knew of it. What was a belief of the moment is looked at again. */
export function recallLocal(node: LocalNode, memory: LocalMemory, now: Instant): LocalNode {
  const { verdict, fault, entry, isSure, parkedWith, log, ...facts } = memory;
  return {
    ...node,
    ...present({ entry, gateway: entry?.gateway ?? node.gateway, isSure, parkedWith }),
    verdict: {
      ...recallVerdict(node.verdict, verdict),
      ...(fault !== undefined && {
        fault: { ...fault, incarnation: memory.incarnation, restoredAt: now },
      }),
    },
    facts: {
      ...node.facts,
      ...facts,
      ...(log !== undefined && {
        // Whether its close line is still to come, and when it dialled last, is of the moment.
        ledger: {
          ...omit(log.ledger, 'lastAttempt', 'lastClose', 'lastConnect', 'connectRead'),
          closeExpected: false,
          bareClose: 'none',
        },
        setbacks: log.setbacks,
      }),
    },
  };
}

/** What is worth keeping of a gateway and of the nodes that only it knows. */
export function rememberGateway({ facts }: WatchedGateway, remotes: readonly RemoteNode[]): GatewayMemory {
  const { counters, bootId, bootedAt, log, boots } = facts;
  return present({
    counters,
    bootId,
    bootedAt,
    log: log && {
      isVerbose: log.isVerbose,
      hasRun: log.hasRun,
      hasUnreadableToken: log.hasUnreadableToken,
    },
    boots: boots.byLog.length > 0 || boots.bySession.length > 0 ? boots : undefined,
    remotes: remotes.map((node) =>
      present({
        key: node.key,
        entry: omit(node.entry, 'probe', 'toldAt'),
        counters: node.counters,
        calls: node.calls,
        heartbeat: node.heartbeat,
        verdict: rememberVerdict(node.verdict),
      }),
    ),
  });
}

/** A fresh gateway with what an earlier run knew of it. */
export function recallGateway(facts: GatewayFacts, memory: GatewayMemory): GatewayFacts {
  const { bootedAt, log } = memory;
  return {
    // An earlier run had a session there: it was no bad guess.
    ...(bootedAt === undefined ? facts : omit(facts, 'guessedFrom')),
    ...omit(memory, 'log', 'remotes'),
    ...(log !== undefined && { log: { ...NO_GATEWAY_LOG, ...log } }),
  };
}

/** A remote node as an earlier run knew it. */
export function recallRemote(memory: RemoteMemory): RemoteNode {
  return { ...memory, verdict: recallVerdict(firstVerdict(memory.entry.seenAt), memory.verdict) };
}

/** A fault that this run has disproved before it had a verdict of its own is not passed on. */
export function faultOf(verdict: Verdict): FaultMemory | undefined {
  const { isSettled, state, reasons, why, fault } = verdict;
  if (verdict.isOfLastProcess === true) return undefined;
  if (!isSettled) return fault && { state: fault.state, reasons: fault.reasons, why: fault.why };
  if (!wouldRestartHelp(state)) return undefined;
  return { state, reasons: reasons.filter((reason) => reason !== 'restart-did-not-help'), why };
}

/** A run that ended before it had settled passes on what the run before it left. */
function rememberVerdict(verdict: Verdict): VerdictMemory {
  const { state, since } = verdict.isSettled || verdict.restored === undefined ? verdict : verdict.restored;
  return { state, since, transitions: verdict.transitions, budget: verdict.budget };
}

function recallVerdict(fresh: Verdict, { state, since, transitions, budget }: VerdictMemory): Verdict {
  return { ...fresh, restored: { state, since }, transitions, budget: { spent: budget.spent } };
}
