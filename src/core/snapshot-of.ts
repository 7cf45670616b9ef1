import type { RowView } from './rules/attachment.ts';
import { freshSocket, isFreshProcess } from './rules/attachment.ts';
import { assessGateway, isHttpUp, shownWsUp, usableRoster, type Roster } from './facts/gateway.ts';
import type { LivenessCore, LocalNode, RemoteNode } from './core.ts';
import { isBlank, uniqueNames, type Nameable } from './model/naming.ts';
import { newestHeartbeat, type Heartbeats, type LocalFacts, type SocketFacts } from './facts/node-facts.ts';
import { isExhausted } from './rules/restart-budget.ts';
import type { Evidence, GatewaySnapshot, NodeSnapshot, Snapshot } from './model/snapshot.ts';
import { supervisorOf } from './facts/supervisor.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import type { Verdict } from './rules/verdict.ts';
import { hostStatsAgeMs } from './rules/wedged.ts';

/** How long after its deadlines restarted the exporter says so. */
const DOUBT_SHOWN_MS = 30_000;
/** Three probes (4 s each) and the deadline of the last. */
const PROBE_VALID_MS = 15_000;

/** All verdicts, counters and source health at one instant. */
export function snapshotOf(core: LivenessCore, now: Instant): Snapshot {
  const { options, trust } = core;
  const locals = [...core.locals.values()];
  const remotes = [...core.remotes.values()];
  const names = uniqueNames([
    ...locals.map((node) => localName(node, options.defaultName)),
    ...remotes.map(remoteName),
  ]);
  const roster = usableRoster(core.gateway, now, options.limits);
  const nameOf = (key: string): string => names.get(key) ?? key;

  const nodes = [
    ...locals.map((node) => localSnapshot(node, { core, now, roster, name: nameOf(node.key) })),
    ...remotes.map((node) => remoteSnapshot(node, { core, now, roster, name: nameOf(node.key) })),
  ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

  const isDoubting = trust.why !== 'start' && elapsedMs(trust.since, now) < DOUBT_SHOWN_MS;
  return {
    at: now,
    observedSince: options.startedAt,
    ...(isDoubting && {
      doubt:
        trust.why === 'resume'
          ? 'this machine was suspended or its clock was set'
          : 'the exporter itself was late',
    }),
    gateway: gatewaySnapshot(core, now),
    nodes,
    nodesDropped: core.nodesDropped,
    ...(core.nodesDroppedSince !== undefined && { nodesDroppedSince: core.nodesDroppedSince }),
    sources: core.sources,
  };
}

interface View {
  readonly core: LivenessCore;
  readonly now: Instant;
  readonly roster: Roster | undefined;
  readonly name: string;
}

function localName(node: LocalNode, defaultName: string): Nameable {
  const { target, hints } = node.facts;
  const candidates = [target.name, node.session?.row.displayName, hints.displayName];
  const preferred = candidates.find(isName) ?? defaultName;
  return { key: node.key, preferred, id: node.session?.nodeId ?? hints.nodeId ?? node.key };
}

function remoteName({ key, facts }: RemoteNode): Nameable {
  const { displayName } = facts.session.row;
  return { key, preferred: isName(displayName) ? displayName : key.slice(0, 8), id: key };
}

/** A blank one that an earlier version kept in the state file is none. */
function isName(candidate: string | undefined): candidate is string {
  return candidate !== undefined && !isBlank(candidate);
}

function gatewaySnapshot(core: LivenessCore, now: Instant): GatewaySnapshot {
  const { gateway, options } = core;
  const { health, why } = assessGateway(gateway, now, options.limits);
  // That nobody answers where a gateway was only guessed to be says nothing of any gateway.
  const isGuess = gateway.guessedFrom !== undefined;
  const httpUp = isGuess ? undefined : isHttpUp(gateway, now, options.limits);
  const wsUp = isGuess ? undefined : shownWsUp(gateway, now, options.limits);
  return {
    name: core.gatewayName,
    url: core.gatewayRef.url,
    health,
    why,
    ...(core.gatewayHealthySince !== undefined && { healthySince: core.gatewayHealthySince }),
    ...(httpUp !== undefined && { httpUp }),
    ...(wsUp !== undefined && { wsUp }),
    ...(gateway.httpRttMs !== undefined && { httpRttMs: gateway.httpRttMs }),
    ...(gateway.wsRttMs !== undefined && { wsRttMs: gateway.wsRttMs }),
    ...(gateway.version !== undefined && { version: gateway.version }),
    ...(gateway.session.kind === 'refused' && { sessionRefusedFor: gateway.session.auth }),
    counters: gateway.counters,
  };
}

function localSnapshot(node: LocalNode, view: View): NodeSnapshot {
  const { facts, session } = node;
  const row = node.match?.kind === 'row' ? node.match.row : undefined;
  const rowView = row === undefined ? undefined : rowViewOf(row, view.roster);
  const nodeId = session?.nodeId ?? facts.target.nodeId ?? facts.hints.nodeId;
  const version = facts.hints.version ?? row?.version;
  return {
    ...verdictPart(node.verdict, view),
    key: node.key,
    name: view.name,
    scope: 'local',
    target: facts.target.id,
    gateway: view.core.gatewayName,
    ...(nodeId !== undefined && { nodeId }),
    ...(version !== undefined && { version }),
    ...(row?.platform !== undefined && { platform: row.platform }),
    ...connectionPart(rowView, node.match?.kind === 'absent' && view.roster !== undefined),
    ...heartbeatPart(facts.heartbeats),
    ...(facts.lastConnect !== undefined && { lastConnect: facts.lastConnect }),
    ...(facts.lastDisconnect !== undefined && { lastDisconnect: facts.lastDisconnect }),
    ...(facts.ledger.parked !== undefined && { parked: facts.ledger.parked.auth }),
    evidence: { ...localEvidence(facts, view), ...gatewayEvidence(rowView, session?.probe, view.now) },
    counters: facts.counters,
    ...(facts.logStatus !== undefined && { setbacks: facts.setbacks }),
  };
}

function remoteSnapshot(node: RemoteNode, view: View): NodeSnapshot {
  const { session, counters } = node.facts;
  // A row that the last roster did not bring is not known any more.
  const isListed = view.roster !== undefined && elapsedMs(session.seenAt, view.roster.at) <= 0;
  const rowView = isListed ? rowViewOf(session.row, view.roster) : undefined;
  return {
    ...verdictPart(node.verdict, view),
    key: node.key,
    name: view.name,
    scope: 'remote',
    gateway: view.core.gatewayName,
    nodeId: session.nodeId,
    ...(session.row.version !== undefined && { version: session.row.version }),
    ...(session.row.platform !== undefined && { platform: session.row.platform }),
    ...connectionPart(rowView, view.roster !== undefined && !isListed),
    ...heartbeatPart(session.heartbeats),
    ...(session.lastConnect !== undefined && { lastConnect: session.lastConnect }),
    ...(session.lastDisconnect !== undefined && { lastDisconnect: session.lastDisconnect }),
    evidence: gatewayEvidence(rowView, session.probe, view.now),
    counters,
  };
}

function rowViewOf(row: RowView['row'], roster: Roster | undefined): RowView | undefined {
  return roster === undefined ? undefined : { row, gatewayTsMs: roster.gatewayTsMs, at: roster.at };
}

function verdictPart(
  verdict: Verdict,
  { core }: View,
): Pick<
  NodeSnapshot,
  | 'state'
  | 'since'
  | 'reasons'
  | 'why'
  | 'advice'
  | 'live'
  | 'ready'
  | 'restartBudgetExhausted'
  | 'transitions'
> {
  const { state, since, reasons, why, advice, live, ready, transitions } = verdict;
  return {
    state,
    since,
    reasons,
    why,
    advice,
    live,
    ready,
    transitions,
    restartBudgetExhausted: isExhausted(verdict.budget, core.options.limits),
  };
}

function connectionPart(
  view: RowView | undefined,
  isAbsent: boolean,
): Pick<NodeSnapshot, 'connected' | 'approved'> {
  if (view === undefined) return isAbsent ? { connected: false } : {};
  const { connected, approvalState } = view.row;
  return { connected, ...(approvalState !== undefined && { approved: approvalState === 'approved' }) };
}

function heartbeatPart(heartbeats: Heartbeats): Pick<NodeSnapshot, 'heartbeats' | 'heartbeat'> {
  const heartbeat = newestHeartbeat(heartbeats);
  return { heartbeats, ...(heartbeat !== undefined && { heartbeat }) };
}

function localEvidence(facts: LocalFacts, { core, now }: View): Evidence {
  const { limits } = core.options;
  return {
    ...(isFreshProcess(facts, now, limits) && { process: processEvidence(facts, now) }),
    ...(facts.socket !== undefined &&
      freshSocket(facts, now, limits) !== undefined && { socket: socketEvidence(facts.socket, now) }),
    ...(facts.logStatus !== undefined && {
      log: {
        readable: facts.logStatus.readable,
        failedAttempts: facts.ledger.failedAttempts,
        ...(facts.logStatus.lastWriteWallMs !== undefined && {
          lastWriteWallMs: facts.logStatus.lastWriteWallMs,
        }),
        ...(facts.ledger.lastWords !== undefined && { lastEvent: facts.ledger.lastWords }),
        ...(facts.ledger.parked !== undefined && { parked: facts.ledger.parked.auth }),
      },
    }),
    ...supervisorEvidence(facts, { core, now }),
  };
}

function supervisorEvidence(
  facts: LocalFacts,
  { core, now }: Pick<View, 'core' | 'now'>,
): Pick<Evidence, 'supervisor'> {
  const told = supervisorOf(facts, now, core.options.limits);
  if (told === undefined) return {};
  const { unit, standing, restarts, at } = told;
  return {
    supervisor: {
      unit,
      standing,
      ageMs: elapsedMs(at, now),
      ...(restarts !== undefined && { restarts }),
    },
  };
}

function processEvidence(facts: LocalFacts, now: Instant): NonNullable<Evidence['process']> | null {
  const sample = facts.process?.sample;
  if (sample === undefined || sample === null) return null;
  return {
    pid: sample.pid,
    kernelState: sample.kernelState,
    startedAtWallMs: (facts.startedAt ?? now).wallMs,
    cpuSeconds: sample.cpuSeconds,
    residentBytes: sample.residentBytes,
    ...(sample.voluntarySwitches !== undefined && { voluntarySwitches: sample.voluntarySwitches }),
    ...(facts.pulse !== undefined && { pulseAgeMs: elapsedMs(facts.pulse.lastBeat, now) }),
  };
}

function socketEvidence(socket: SocketFacts, now: Instant): NonNullable<Evidence['socket']> {
  const rank = ['established', 'opening', 'close-wait', 'closing'] as const;
  const unreadBytes = socket.connections.reduce((sum, connection) => sum + connection.unreadBytes, 0);
  const shown = rank
    .map((state) => socket.connections.find((connection) => connection.state === state))
    .find((connection) => connection !== undefined);
  return {
    endpoint: socket.last.endpoint,
    state: shown?.state ?? 'none',
    unreadBytes,
    ...(shown !== undefined && { ageMs: elapsedMs(shown.firstSeen, now) }),
  };
}

function gatewayEvidence(
  view: RowView | undefined,
  probe: NonNullable<LocalNode['session']>['probe'],
  now: Instant,
): Evidence {
  const statsAgeMs = view === undefined ? undefined : hostStatsAgeMs(view, now);
  return {
    ...(view !== undefined && {
      gateway: {
        connected: view.row.connected,
        rowAgeMs: elapsedMs(view.at, now),
        ...(view.row.approvalState !== undefined && { approved: view.row.approvalState === 'approved' }),
        ...(statsAgeMs !== undefined && { hostStatsAgeMs: statsAgeMs }),
      },
    }),
    ...(probe !== undefined &&
      probe.last.outcome !== 'unavailable' &&
      elapsedMs(probe.last.at, now) <= PROBE_VALID_MS && {
        probe: {
          ok: probe.last.outcome === 'answered',
          durationMs: probe.last.durationMs,
          timeoutsInARow: probe.timeoutsInARow,
        },
      }),
  };
}
