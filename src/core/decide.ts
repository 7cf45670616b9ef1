import { endpointOfNode, type LocalFacts } from './facts/local.ts';
import type { Roster } from './facts/gateway.ts';
import { isHttpUp } from './facts/gateway-health.ts';
import { noteAttachment } from './facts/edge.ts';
import { pathAnswersSince, type PathFacts } from './facts/path.ts';
import { serviceOf } from './facts/supervisor.ts';
import { rosterOf, viewOf, type WatchedGateway } from './gateways.ts';
import { countTransition, isSilent } from './rules/verdict.ts';
import { isSameEndpoint } from './model/endpoint.ts';
import { believed } from './model/held.ts';
import { kindOf } from './model/node-kind.ts';
import { wouldRestartHelp } from './model/node-state.ts';
import type { RosterRow } from './model/observation.ts';
import { omit } from './model/omit.ts';
import type { Transition } from './model/snapshot.ts';
import type { Thresholds } from './model/thresholds.ts';
import { elapsedMs, isAfter, later, type Instant } from './model/time.ts';
import type { RemoteNode } from './roster/fleet.ts';
import { ownId, type LocalNode } from './roster/local-node.ts';
import { assessment, type Assessment } from './rules/assessment.ts';
import { attachmentOf } from './rules/attachment.ts';
import { beat } from './rules/heartbeat.ts';
import { assessRemote } from './rules/remote-table.ts';
import { judgeFault } from './rules/restored-fault.ts';
import type { RowView } from './rules/row-view.ts';
import { noteSocketConnect } from './rules/socket-connect.ts';
import { assessLocal } from './rules/table.ts';
import { nextVerdict, type Verdict } from './rules/verdict.ts';

/** What all verdicts of one tick rest on. */
export interface Moment {
  readonly now: Instant;
  readonly limits: Thresholds;
  /** Before this we did not look, or could not trust our own clock. */
  readonly trustedSince: Instant;
  /** Enough viewpoints have looked once. */
  readonly isWarm: boolean;
  readonly isProcessWatched: boolean;
  readonly isLogWatched: boolean;
}

/** What of a local node host's surroundings its verdict rests on. */
export interface Surroundings {
  /** The one that it belongs to; `undefined` where that is not watched. */
  readonly gateway: WatchedGateway | undefined;
  /** A look along its own path. */
  readonly path: PathFacts | undefined;
  /** It has been looked at for as long as we waited for the first ones. */
  readonly isWarm: boolean;
}

export interface Decision<Node> {
  readonly node: Node;
  readonly transition: Transition | undefined;
}

/** The next verdict on a node host of this machine. */
export function decideLocal(node: LocalNode, around: Surroundings, moment: Moment): Decision<LocalNode> {
  const { now, limits } = moment;
  const { gateway, path } = around;
  const roster = rosterOf(gateway, now);
  const row = localRow(node, roster);
  const attachment = attachmentOf(node.facts, {
    told: roster && node.match && { match: node.match, at: roster.at },
    row,
    gatewayAnswers: answers(gateway, path, now),
    gatewayAnswersSince: pathAnswersSince(path, now) ?? gateway?.facts.httpUpSince,
    trustedSince: moment.trustedSince,
    now,
    limits,
  });
  // Where nobody could tell whether it was attached it may have been until now.
  const known = node.match?.kind === 'ambiguous' ? { ...node.facts, detachedSince: now } : node.facts;
  const noted = noteSocketConnect(noteAttachment(known, attachment, now), {
    attachment,
    isToldByGateway: roster !== undefined && node.entry !== undefined,
    now,
    limits,
  });
  const found = assessLocal(noted, {
    now,
    limits,
    gateway: viewOf(gateway),
    path,
    dialsGateway: dialsGateway(node, gateway),
    attachment,
    isAmbiguous: node.match?.kind === 'ambiguous',
    isUnpaired: attachment.attached !== true && isUnpaired(node, roster),
    row,
    // What was asked of a row that is not its own accuses another.
    probe: node.match?.kind === 'row' ? node.entry?.probe : undefined,
    trustedSince: later(moment.trustedSince, node.watchedSince) ?? node.watchedSince,
  });
  const { verdict, transition } = nextLocalVerdict(node, noted, { found, moment, around });
  const isListed = row?.row.connected === true && !isPulseSeen(noted, now);
  const heartbeat = beat(noted.heartbeat ?? node.entry?.lastAttached ?? firstBeat(node, verdict), {
    attached: attachment.attached,
    attachedSince: noted.attachedSince,
    proofs: noted.proofs,
    isWedged: found.state === 'wedged',
    gatewayVersion: gateway?.facts.version,
    ...(isListed && { listedAt: row.at }),
  });
  return {
    node: {
      ...node,
      verdict,
      facts: {
        ...noted,
        calledSilent: isSilent(verdict) ? noted.incarnation : noted.calledSilent,
        counters: countTransition(noted.counters, transition),
        heartbeat,
      },
    },
    transition,
  };
}

function isPulseSeen({ pulse, process }: LocalFacts, now: Instant): boolean {
  return pulse !== undefined && believed(process, now) !== undefined;
}

/** Its device is known, and the roster has no pairing of it. Looks through all of that: only for one that is not attached. */
function isUnpaired({ facts, entry, isSure }: LocalNode, roster: Roster | undefined): boolean {
  if (roster === undefined) return false;
  const isListed = isSure === true && entry?.gateway === roster.gateway;
  const id = ownId(facts) ?? (isListed ? entry.nodeId : undefined);
  if (id === undefined) return false;
  return roster.rows.find(({ nodeId }) => nodeId === id)?.paired !== true;
}

/** Nobody ever saw it attached: then it was not for as long as we have looked. */
function firstBeat({ watchedSince }: LocalNode, { isSettled, state }: Verdict): Instant | undefined {
  return isSettled && state !== 'unknown' ? watchedSince : undefined;
}

/** It dials the gateway's own address, as far as anybody can tell. */
function dialsGateway(node: LocalNode, gateway: WatchedGateway | undefined): boolean {
  if (gateway === undefined) return false;
  const endpoint = endpointOfNode(node.facts);
  return endpoint === undefined || isSameEndpoint(endpoint, gateway.ref.address);
}

function answers(
  gateway: WatchedGateway | undefined,
  path: PathFacts | undefined,
  now: Instant,
): boolean | undefined {
  const looked = believed(path?.health, now)?.value;
  if (looked !== undefined) return looked.ok;
  return gateway === undefined ? undefined : isHttpUp(gateway.facts, now);
}

/** The next verdict, in which a fault that an earlier run saw stands until it is disproved. */
function nextLocalVerdict(
  { verdict, entry }: LocalNode,
  facts: LocalFacts,
  {
    found,
    moment,
    around,
  }: { readonly found: Assessment; readonly moment: Moment; readonly around: Surroundings },
): ReturnType<typeof nextVerdict> {
  if (isLookOutdated(facts, found, { moment, around })) return { verdict };
  const { now, limits } = moment;
  const process = believed(facts.process, now);
  const context = {
    now,
    limits,
    scope: 'local',
    kind: 'node-host',
    isWarm: moment.isWarm && around.isWarm,
    service: serviceOf(facts),
    pid: process?.value?.pid,
    isProcessSeen: process !== undefined,
    isGatewayWell: around.gateway?.health === 'healthy',
    isTokenUnreadable: hasUnreadableToken(around.gateway),
  } as const;
  const { fault } = verdict;
  if (fault === undefined) return nextVerdict(verdict, found, context);

  const outcome = judgeFault(fault, facts, {
    now,
    limits,
    found,
    entryProofs: entry?.proofs,
    isProcessWatched: moment.isProcessWatched,
    isLogWatched: moment.isLogWatched,
  });
  switch (outcome) {
    case 'undecided':
      return { verdict };
    case 'standing':
      return nextVerdict(verdict, assessment(fault.state, fault.reasons, fault.why), {
        ...context,
        isWarm: true,
      });
    case 'confirmed':
      return nextVerdict(omit(verdict, 'fault'), found, { ...context, isWarm: true });
    case 'over':
      return nextVerdict(omit(verdict, 'fault'), found, context);
    default:
      return outcome satisfies never;
  }
}

/**
 * Before a restart is asked for its process is looked at once more: it may have been replaced since the last look, while
 * this machine slept or its gateway came back.
 */
function isLookOutdated(
  { process }: LocalFacts,
  { state }: Assessment,
  { moment, around }: { readonly moment: Moment; readonly around: Surroundings },
): boolean {
  if (!wouldRestartHelp(state) || process === undefined) return false;
  const changedAt = later(moment.trustedSince, around.gateway?.healthySince) ?? moment.trustedSince;
  return !isAfter(process.at, changedAt);
}

/** The next verdict on a node that is known only through its gateway. */
export function decideRemote(
  node: RemoteNode,
  gateway: WatchedGateway | undefined,
  moment: Moment,
): Decision<RemoteNode> {
  const { now, limits, trustedSince, isWarm } = moment;
  const { entry } = node;
  const roster = rosterOf(gateway, now);
  const row = remoteRow(node, roster);
  const kind = kindOf(entry.row);
  const found = assessRemote({
    kind,
    now,
    limits,
    gateway: viewOf(gateway),
    row,
    isRosterUsable: roster !== undefined,
    calls: node.calls,
    lastConnect: entry.lastConnect,
    probe: entry.probe,
    trustedSince,
  });
  const { verdict, transition } = nextVerdict(node.verdict, found, {
    now,
    limits,
    scope: 'remote',
    kind,
    isWarm,
    service: undefined,
    pid: undefined,
    isProcessSeen: false,
    isGatewayWell: gateway?.health === 'healthy',
    isTokenUnreadable: hasUnreadableToken(gateway),
  });
  const isAttached = row?.row.connected === true;
  const heartbeat = beat(node.heartbeat ?? entry.lastAttached, {
    attached: isAttached,
    attachedSince: entry.lastConnect,
    proofs: entry.proofs,
    isWedged: found.state === 'wedged',
    gatewayVersion: gateway?.facts.version,
    ...(isAttached && { listedAt: row.at }),
  });
  return {
    node: {
      ...node,
      verdict,
      counters: countTransition(node.counters, transition),
      ...(heartbeat !== undefined && { heartbeat }),
    },
    transition,
  };
}

function hasUnreadableToken(gateway: WatchedGateway | undefined): boolean {
  return gateway?.facts.log?.hasUnreadableToken === true;
}

/** The row of a local node host in a roster that can be believed. */
export function localRow({ match }: LocalNode, roster: Roster | undefined): RowView | undefined {
  return match?.kind === 'row' && roster !== undefined ? viewIn(roster, match.row) : undefined;
}

/** The row of a remote node in a roster that can be believed; one that the last roster did not bring has none any more. */
export function remoteRow({ entry }: RemoteNode, roster: Roster | undefined): RowView | undefined {
  return roster === undefined || elapsedMs(entry.seenAt, roster.at) > 0
    ? undefined
    : viewIn(roster, entry.row);
}

function viewIn({ gatewayTsMs, at }: Roster, row: RosterRow): RowView {
  return { row, gatewayTsMs, at };
}
