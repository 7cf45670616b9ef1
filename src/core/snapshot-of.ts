import { stillAsking } from './facts/gateway-log.ts';
import { isHttpUp, shownWsUp } from './facts/gateway-health.ts';
import { rosterOf, type WatchedGateway } from './gateways.ts';
import { callsEvidence, gatewayEvidence, localEvidence } from './evidence-of.ts';
import { localRow, remoteRow } from './decide.ts';
import { endpointOfNode } from './facts/local.ts';
import { endpointText } from './model/endpoint.ts';
import { believed } from './model/held.ts';
import { isBlank, uniqueNames, type Nameable } from './model/naming.ts';
import { kindOf } from './model/node-kind.ts';
import type { TargetId } from './model/observation.ts';
import type { GatewaySnapshot, NodeSnapshot, Snapshot, SourceSnapshot } from './model/snapshot.ts';
import type { Thresholds } from './model/thresholds.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import type { RosterEntry } from './facts/roster-entry.ts';
import { idOf, namesakesAmong } from './namesakes.ts';
import type { RemoteNode } from './roster/fleet.ts';
import type { LocalNode } from './roster/local-node.ts';
import type { RowView } from './rules/row-view.ts';
import { isExhausted } from './rules/restart-budget.ts';
import type { SelfTrust } from './rules/self-trust.ts';
import type { Verdict } from './rules/verdict.ts';

/** How long after its deadlines restarted the exporter says so. */
const DOUBT_SHOWN_MS = 30_000;

/** What a snapshot is taken of. */
export interface View {
  readonly locals: ReadonlyMap<TargetId, LocalNode>;
  readonly remotes: ReadonlyMap<string, RemoteNode>;
  readonly gateways: ReadonlyMap<string, WatchedGateway>;
  readonly options: {
    readonly limits: Thresholds;
    readonly defaultName: string;
    readonly startedAt: Instant;
  };
  readonly trust: SelfTrust;
  readonly sources: readonly SourceSnapshot[];
  readonly dropped: { readonly count: number; readonly since: number | undefined; readonly now: number };
  readonly gatewayOf: (node: LocalNode) => WatchedGateway | undefined;
  readonly now: Instant;
}

/** All verdicts, counters and source health at one instant. */
export function snapshotOf(view: View): Snapshot {
  const { now, options, dropped } = view;
  const locals = [...view.locals.values()].filter((node) => !isNobody(node));
  const remotes = [...view.remotes.values()].filter((node) => !isYetToBeFound(node, view));
  const names = uniqueNames([
    ...locals.map((node) => localName(node, options.defaultName)),
    ...remotes.map(remoteName),
  ]);
  const nameOf = (key: string): string => names.get(key) ?? key;
  const entries = [...locals, ...remotes].flatMap(({ entry }) => entry ?? []);
  const namesakes = namesakesAmong(entries);
  const alike = (entry: RosterEntry | undefined): number =>
    entry === undefined ? 0 : (namesakes.get(idOf(entry)) ?? 0);
  const nodes = [
    ...locals.map((node) => ({
      ...localSnapshot(node, nameOf(node.key), view),
      namesakes: alike(node.entry),
    })),
    ...remotes.map((node) => ({
      ...remoteSnapshot(node, nameOf(node.key), view),
      namesakes: alike(node.entry),
    })),
  ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const doubt = doubtOf(view);
  return {
    at: now,
    observedSince: options.startedAt,
    ...(doubt !== undefined && { doubt }),
    gateways: [...view.gateways.values()].map((gateway) => ({
      ...gatewaySnapshot(gateway, view),
      asking: stillAsking(gateway.facts.log, now).map((device) => {
        const name = nameOfDevice(device.deviceId, gateway.ref.name, remotes, nameOf);
        return { ...device, ...(name !== undefined && { name }) };
      }),
      duplicateNodes: entries.filter((entry) => entry.gateway === gateway.ref.name && alike(entry) > 0)
        .length,
    })),
    nodes,
    ...([...view.locals.values()].some(wasLookedForInVain) && { noNodeHostHere: true }),
    nodesDropped: dropped.count,
    nodesUnwatched: dropped.now,
    ...(dropped.since !== undefined && { nodesDroppedSince: dropped.since }),
    sources: view.sources,
  };
}

/** Nobody named it and nobody ever saw it: what is not there has no verdict. */
function isNobody(node: LocalNode): boolean {
  const { facts, verdict } = node;
  if (facts.everSeen || facts.target.explicit || verdict.state !== 'unknown') return false;
  return wasLookedForInVain(node) || facts.process?.value === null;
}

/** The node that a device which asks for a pairing is, by a roster or as far as the log let anybody find out. */
function nameOfDevice(
  deviceId: string,
  gateway: string,
  remotes: readonly RemoteNode[],
  nameOf: (key: string) => string,
): string | undefined {
  const own = remotes.filter(({ entry }) => entry.gateway === gateway);
  const node =
    own.find(({ entry }) => entry.nodeId === deviceId) ??
    own.find(({ calls }) => calls?.deviceId === deviceId);
  return node && nameOf(node.key);
}

/** The log has just named it, and the next roster may say that it is one of those that it lists. */
function isYetToBeFound({ entry, calls }: RemoteNode, { gateways, now }: View): boolean {
  if (calls?.isUnlisted !== true) return false;
  const roster = rosterOf(gateways.get(entry.gateway), now);
  return roster !== undefined && elapsedMs(entry.seenAt, roster.at) <= 0;
}

function wasLookedForInVain({ verdict }: LocalNode): boolean {
  return verdict.reasons.includes('no-node-host-found');
}

function doubtOf({ trust, now }: View): string | undefined {
  if (trust.why === 'start' || elapsedMs(trust.since, now) >= DOUBT_SHOWN_MS) return undefined;
  return trust.why === 'resume'
    ? 'this machine was suspended or its clock was set'
    : 'the exporter itself was late';
}

function localName({ key, facts, entry }: LocalNode, defaultName: string): Nameable {
  const { target, hints } = facts;
  const preferred = [target.name, entry?.row.displayName, hints.displayName].find(isName) ?? defaultName;
  return { key, preferred, id: entry?.nodeId ?? hints.nodeId ?? key };
}

function remoteName({ key, entry, calls }: RemoteNode): Nameable {
  const { displayName, clientId } = entry.row;
  if (calls?.isUnlisted === true) {
    const id = key.replace(/^(?:instance|caller):/, '');
    return { key, preferred: [displayName, clientId].find(isName) ?? id.slice(0, 8), id };
  }
  return { key, preferred: isName(displayName) ? displayName : key.slice(0, 8), id: key };
}

/** A blank one that an earlier version kept in the state file is none. */
function isName(candidate: string | undefined): candidate is string {
  return candidate !== undefined && !isBlank(candidate);
}

function gatewaySnapshot(
  watched: WatchedGateway,
  { now, options }: View,
): Omit<GatewaySnapshot, 'duplicateNodes' | 'asking'> {
  const { ref, facts, health, why, healthySince } = watched;
  // That nobody answers where a gateway was only guessed to be says nothing of any gateway.
  const isGuess = facts.guessedFrom !== undefined;
  const httpUp = isGuess ? undefined : isHttpUp(facts, now);
  const met = believed(facts.challenge, now)?.value;
  const skew = believed(facts.clockSkewMs, now);
  const wsRttMs = facts.wsRttMs ?? (met?.ok === true ? met.rttMs : undefined);
  const wsUp = isGuess ? undefined : shownWsUp(facts, now, options.limits);
  return {
    name: ref.name,
    url: ref.url,
    health,
    why,
    ...(healthySince !== undefined && { healthySince }),
    ...(httpUp !== undefined && { httpUp }),
    ...(wsUp !== undefined && { wsUp }),
    ...(facts.httpRttMs !== undefined && { httpRttMs: facts.httpRttMs }),
    ...(wsRttMs !== undefined && { wsRttMs }),
    ...(facts.version !== undefined && { version: facts.version }),
    ...(skew !== undefined && { clockSkewMs: skew.value }),
    ...believed(facts.status, now)?.value,
    ...(facts.certificateNotAfterMs !== undefined && {
      certificateNotAfterMs: facts.certificateNotAfterMs,
    }),
    ...(facts.ownSession.kind === 'refused' && { sessionRefusedFor: facts.ownSession.auth }),
    hasLog: facts.log !== undefined,
    ...(facts.log?.life !== undefined && { life: facts.log.life }),
    counters: facts.counters,
  };
}

function localSnapshot(node: LocalNode, name: string, view: View): Omit<NodeSnapshot, 'namesakes'> {
  const { facts, entry, match } = node;
  const gateway = view.gatewayOf(node);
  const roster = rosterOf(gateway, view.now);
  const row = match?.kind === 'row' ? match.row : undefined;
  const rowView = localRow(node, roster);
  const isDenied = match?.kind === 'absent' && match.denies && roster !== undefined;
  const nodeId = entry?.nodeId ?? facts.target.nodeId ?? facts.hints.nodeId;
  const version = facts.hints.version ?? row?.version;
  return {
    ...verdictPart(node.verdict, view),
    key: node.key,
    name,
    scope: 'local',
    kind: 'node-host',
    target: facts.target.id,
    gateway: gateway?.ref.name ?? nameOfUnwatched(node, view),
    ...(nodeId !== undefined && { nodeId }),
    ...(version !== undefined && { version }),
    ...(row?.platform !== undefined && { platform: row.platform }),
    ...connectionPart(rowView, isDenied),
    proofsOfLife: facts.proofs,
    ...(facts.heartbeat !== undefined && { heartbeat: facts.heartbeat }),
    ...(facts.lastConnect !== undefined && { lastConnect: facts.lastConnect }),
    ...(facts.lastDisconnect !== undefined && { lastDisconnect: facts.lastDisconnect }),
    ...(facts.ledger.parked !== undefined && { parked: facts.ledger.parked.auth }),
    evidence: {
      ...localEvidence(facts, view.now),
      ...gatewayEvidence(rowView, entry?.probe, view.now),
    },
    counters: facts.counters,
    counts: { refusals: true, closes: true },
    ...(facts.logStatus !== undefined && { setbacks: facts.setbacks }),
  };
}

/** What it dials says most of a gateway that nobody watches. */
function nameOfUnwatched({ facts }: LocalNode, { gateways }: View): string {
  const endpoint = endpointOfNode(facts);
  const [first] = gateways.keys();
  return endpoint === undefined ? (first ?? '') : endpointText(endpoint);
}

function remoteSnapshot(node: RemoteNode, name: string, view: View): Omit<NodeSnapshot, 'namesakes'> {
  const { entry, calls, counters, heartbeat } = node;
  const gateway = view.gateways.get(entry.gateway);
  const rowView = remoteRow(node, rosterOf(gateway, view.now));
  const { version, platform } = entry.row;
  const lastSeen = rowView?.row.connected === true ? rowView.at : entry.lastAttached;
  return {
    ...verdictPart(node.verdict, view),
    key: node.key,
    name,
    scope: 'remote',
    kind: kindOf(entry.row),
    gateway: entry.gateway,
    ...(calls?.isUnlisted !== true && { nodeId: entry.nodeId }),
    ...(version !== undefined && { version }),
    ...(platform !== undefined && { platform }),
    ...connectionPart(rowView, false),
    proofsOfLife: entry.proofs,
    ...(lastSeen !== undefined && { lastSeen }),
    ...(heartbeat !== undefined && { heartbeat }),
    ...(entry.lastConnect !== undefined && { lastConnect: entry.lastConnect }),
    ...(entry.lastDisconnect !== undefined && { lastDisconnect: entry.lastDisconnect }),
    evidence: { ...gatewayEvidence(rowView, entry.probe, view.now), ...callsEvidence(calls, view.now) },
    counters,
    counts: {
      refusals: gateway?.facts.log !== undefined,
      closes: gateway?.facts.log?.isVerbose === true,
    },
  };
}

type VerdictPart = Pick<
  NodeSnapshot,
  | 'state'
  | 'since'
  | 'reasons'
  | 'why'
  | 'remedy'
  | 'live'
  | 'ready'
  | 'restartBudgetExhausted'
  | 'transitions'
>;

function verdictPart(verdict: Verdict, { options }: View): VerdictPart {
  const { state, since, reasons, why, remedy, live, ready, transitions, budget } = verdict;
  const restartBudgetExhausted = isExhausted(budget, options.limits);
  return { state, since, reasons, why, remedy, live, ready, transitions, restartBudgetExhausted };
}

function connectionPart(
  view: RowView | undefined,
  isDenied: boolean,
): Pick<NodeSnapshot, 'connected' | 'approved'> {
  if (view === undefined) return isDenied ? { connected: false } : {};
  const { connected, approvalState } = view.row;
  return { connected, ...(approvalState !== undefined && { approved: approvalState === 'approved' }) };
}
