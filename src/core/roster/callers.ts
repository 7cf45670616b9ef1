import {
  callerName,
  isInstance,
  joinCalls,
  noteAttached,
  noteDetached,
  noteRefusal,
  offeredAnew,
  type Called,
  type Calls,
} from '../facts/calls.ts';
import { countRefusal } from '../facts/gateway-log.ts';
import type { Roster } from '../facts/gateway.ts';
import type { GatewayMap } from '../gateway-map.ts';
import { rosterOf } from '../gateways.ts';
import { addCounters, countingFrom, NO_NODE_COUNTERS } from '../model/counters.ts';
import type { Caller } from '../model/gateway-record.ts';
import type { GatewayLogObservation, RosterRow } from '../model/observation.ts';
import { omit } from '../model/omit.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { firstVerdict } from '../rules/verdict.ts';
import type { Fleet, RemoteNode } from './fleet.ts';
import type { LocalNode } from './local-node.ts';

export interface CallersOptions {
  readonly gateways: GatewayMap;
  readonly fleet: Fleet;
  readonly locals: () => readonly LocalNode[];
  /** What a node host of this machine is called that was given no name. */
  readonly defaultName: string;
  /** How many nodes may be watched that only their gateway knows. */
  readonly room: () => number;
}

const LIMITS = {
  /** Anybody who reaches the gateway can be refused under any name: of those that no roster lists only so many get one. */
  unlisted: 100,
  /** A device that is not approved is asked for by no other name than its id; this long it is the one that was refused. */
  sameCallerMs: 900_000,
  /** Devices without a name that are kept in mind, for each gateway. */
  devices: 200,
} as const;

/** Where somebody without a name came from, and when last. */
interface Sighting {
  readonly from: string | undefined;
  readonly at: Instant;
}

/** Who it was that a gateway's log tells of. */
type Whose =
  | { readonly kind: 'node'; readonly node: RemoteNode }
  /** Its own log tells the same, and more. */
  | { readonly kind: 'local' }
  | { readonly kind: 'nobody' };

/**
 * Finds out which node the log of a gateway speaks of: by the id of its device, else by that of its installation, else
 * by a name that only it has. Two that share a name are never taken for each other, and nobody is made up of two.
 */
export class Callers {
  readonly #options: CallersOptions;
  /** Devices that asked for a pairing, whom no roster lists, by gateway: where from, and when last. */
  readonly #devices = new Map<string, Map<string, Sighting>>();

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  /** What a record says of one node. Others are the gateway's alone. */
  observe({ gateway, record, at, when, recency }: GatewayLogObservation): void {
    if (record.kind === 'paired' || record.kind === 'commands-withheld') {
      this.#noteDevice(gateway, record, when);
      return;
    }
    if (record.kind === 'starting') {
      this.#forgetWithheld(gateway);
      return;
    }
    if (record.kind !== 'refused' && record.kind !== 'attached' && record.kind !== 'detached') return;
    const { caller } = record;
    const counts = recency !== 'history';
    // Of those that were gone before anybody looked, nobody waits for a word.
    const isPast = !counts && elapsedMs(when, at) > LIMITS.sameCallerMs;
    const whose = this.#whose(gateway, caller, { at, when, isPast });
    switch (whose.kind) {
      case 'local':
        return;
      case 'nobody':
        if (record.kind === 'refused' && counts) {
          this.#options.gateways.count(gateway, (counters) =>
            countRefusal(counters, caller.role, record.auth, record.times),
          );
        }
        return;
      case 'node': {
        const called = note(calledOf(whose.node, when), record, when);
        const counters = counts ? called.counters : whose.node.counters;
        this.#options.fleet.set({ ...whose.node, calls: called.calls, counters });
        return;
      }
      default:
        return whose satisfies never;
    }
  }

  /** What the log says of a device counts nothing; where nobody knows whose it is, it is its gateway's alone. */
  #noteDevice(
    gateway: string,
    record: Extract<GatewayLogObservation['record'], { readonly deviceId: string }>,
    when: Instant,
  ): void {
    const { fleet } = this.#options;
    const { deviceId } = record;
    const node =
      fleet.find(gateway, deviceId) ??
      [...fleet.nodes.values()].find(
        ({ entry, calls }) => entry.gateway === gateway && calls?.deviceId === deviceId,
      );
    if (node === undefined) return;
    const { calls } = calledOf(node, when);
    const told =
      record.kind === 'paired'
        ? { pairedAt: later(calls.pairedAt, when) ?? when }
        : { withheld: { commands: record.commands, at: when } };
    fleet.set({ ...node, calls: offeredAnew({ ...calls, deviceId, ...told }, node.entry.lastConnect) });
  }

  /** Whoever was attached has to come again, and the log tells anew what is withheld from him. */
  #forgetWithheld(gateway: string): void {
    const { fleet } = this.#options;
    for (const node of fleet.nodes.values())
      if (node.entry.gateway === gateway && node.calls?.withheld !== undefined)
        fleet.set({ ...node, calls: omit(node.calls, 'withheld') });
  }

  /** After a roster: those that were known by the log alone and are in it are the nodes that it lists. */
  settle(roster: Roster): void {
    const { fleet } = this.#options;
    const nodes = [...fleet.nodes.values()].filter(({ entry }) => entry.gateway === roster.gateway);
    const unlisted = nodes.filter(({ calls }) => calls?.isUnlisted === true);
    if (unlisted.length === 0) return;
    for (const node of unlisted) {
      const namesakes = nodes.filter((other) => other !== node && isNamesake(other, node));
      const [row, ...others] = namesakes;
      if (row === undefined || others.length > 0 || row.calls?.isUnlisted === true) continue;
      if (isSomebodyElse(row, node)) continue;
      fleet.remove(node.key);
      fleet.set(joined(row, node));
    }
  }

  #whose(
    gateway: string,
    caller: Caller,
    { at, when, isPast }: { readonly at: Instant; readonly when: Instant; readonly isPast: boolean },
  ): Whose {
    const { fleet } = this.#options;
    const { deviceId } = caller;
    if (deviceId !== undefined) {
      if (this.#options.locals().some((local) => idsOf(local).includes(deviceId))) return { kind: 'local' };
      const node = fleet.find(gateway, deviceId) ?? this.#behindDevice(gateway, deviceId, caller, when);
      return node === undefined ? { kind: 'nobody' } : { kind: 'node', node };
    }
    const name = callerName(caller);
    if (caller.role !== 'node' || name === undefined) return { kind: 'nobody' };
    const known = [...fleet.nodes.values()].find(
      ({ entry, calls }) => entry.gateway === gateway && calls?.callers.includes(name) === true,
    );
    if (known !== undefined) return { kind: 'node', node: known };
    const local = this.#localNamesake(gateway, caller);
    // From elsewhere, under the name of one of ours that may be on its way: nobody could tell.
    if (local !== undefined && local !== 'attached')
      return { kind: caller.fromElsewhere ? 'nobody' : 'local' };
    if (local === 'attached' && caller.fromElsewhere !== true) return { kind: 'local' };
    if (isPast) return { kind: 'nobody' };
    const listed = this.#listedNamesake(gateway, caller, { name, at, when });
    return listed === undefined ? this.#meet(gateway, caller, name, when) : { kind: 'node', node: listed };
  }

  /**
   * The log names who asks for a pairing by his device alone. He is one that was refused from the same address before,
   * where there is only one of each: one name without a device, one device without a name.
   */
  #behindDevice(gateway: string, deviceId: string, caller: Caller, when: Instant): RemoteNode | undefined {
    const devices = this.#devices.get(gateway) ?? new Map<string, Sighting>();
    this.#devices.set(gateway, devices);
    devices.delete(deviceId);
    devices.set(deviceId, { from: caller.from, at: when });
    const [oldest] = devices.keys();
    if (devices.size > LIMITS.devices && oldest !== undefined) devices.delete(oldest);
    const isRecent = (at: Instant): boolean => Math.abs(elapsedMs(at, when)) <= LIMITS.sameCallerMs;
    const fromThere = [...devices.values()].filter(({ from, at }) => from === caller.from && isRecent(at));
    if (caller.from === undefined || fromThere.length > 1) return undefined;
    const [only, ...others] = [...this.#options.fleet.nodes.values()].filter(
      ({ entry, calls }) =>
        entry.gateway === gateway &&
        calls?.isUnlisted === true &&
        calls.from === caller.from &&
        isRecent(calls.heardAt),
    );
    return others.length > 0 ? undefined : only;
  }

  /**
   * The only one that a roster has listed by that name. A gateway whose token was changed refuses us as it refuses the
   * app: there may be no roster for a long time, and the app is to stay one node with the name it had.
   */
  #listedNamesake(
    gateway: string,
    caller: Caller,
    { name, at, when }: { readonly name: string; readonly at: Instant; readonly when: Instant },
  ): RemoteNode | undefined {
    const { fleet, gateways } = this.#options;
    const [node, ...others] = [...fleet.nodes.values()].filter(
      ({ entry, calls }) =>
        entry.gateway === gateway && calls?.isUnlisted !== true && isCalled(entry.row, caller),
    );
    if (node === undefined || others.length > 0) return undefined;
    const isAttached = node.entry.row.connected && rosterOf(gateways.watched.get(gateway), at) !== undefined;
    const { calls } = calledOf(node, when);
    const isAnother = isInstance(name) && calls.callers.some(isInstance);
    return isAttached || isAnother
      ? undefined
      : { ...node, calls: { ...calls, callers: [...calls.callers, name] } };
  }

  /** A node host of this machine that is called so. */
  #localNamesake(gateway: string, { clientId, displayName }: Caller): 'attached' | 'detached' | undefined {
    if (displayName === undefined || (clientId !== undefined && clientId !== 'node-host')) return undefined;
    const found = this.#options.locals().find((local) => {
      const its = this.#options.gateways.of(local);
      return (
        (its === undefined || its.ref.name === gateway) &&
        namesOf(local, this.#options.defaultName).includes(displayName)
      );
    });
    if (found === undefined) return undefined;
    return found.facts.attached === true ? 'attached' : 'detached';
  }

  #meet(gateway: string, caller: Caller, name: string, when: Instant): Whose {
    const { fleet, room } = this.#options;
    const unlisted = [...fleet.nodes.values()].filter(({ calls }) => calls?.isUnlisted === true);
    if (unlisted.length >= LIMITS.unlisted || fleet.nodes.size >= room()) return { kind: 'nobody' };
    const { displayName, clientId, version, platform } = caller;
    const key = fleet.nodes.has(name) ? `${name}@${gateway}` : name;
    return {
      kind: 'node',
      node: {
        key,
        entry: {
          gateway,
          nodeId: key,
          row: {
            nodeId: key,
            connected: false,
            ...(displayName !== undefined && { displayName }),
            ...(clientId !== undefined && { clientId }),
            ...(version !== undefined && { version }),
            ...(platform !== undefined && { platform }),
          },
          seenAt: when,
          proofs: {},
        },
        calls: { callers: [name], isUnlisted: true, heardAt: when },
        counters: countingFrom(NO_NODE_COUNTERS, when),
        verdict: firstVerdict(when),
      },
    };
  }
}

function note(
  called: Called,
  record: Extract<GatewayLogObservation['record'], { readonly caller: Caller }>,
  at: Instant,
): Called {
  switch (record.kind) {
    case 'refused':
      return noteRefusal(called, { ...record, at });
    case 'attached':
      return noteAttached(called, at);
    case 'detached':
      return noteDetached(called, at, record.code);
    default:
      return record satisfies never;
  }
}

function calledOf({ calls, counters }: RemoteNode, when: Instant): Called {
  return { calls: calls ?? { callers: [], heardAt: when }, counters };
}

function idsOf({ entry, facts }: LocalNode): readonly (string | undefined)[] {
  return [entry?.nodeId, facts.target.nodeId, facts.hints.nodeId];
}

function namesOf({ entry, facts }: LocalNode, defaultName: string): readonly (string | undefined)[] {
  const { hints, target } = facts;
  return [hints.displayName ?? defaultName, entry?.row.displayName, target.name];
}

/** They are called alike, and nothing says that they are of different kinds. */
function isNamesake(a: RemoteNode, b: RemoteNode): boolean {
  return isCalled(a.entry.row, b.entry.row);
}

function isCalled(
  one: Pick<RosterRow, 'displayName' | 'clientId'>,
  other: Pick<RosterRow, 'displayName' | 'clientId'>,
): boolean {
  if (one.displayName === undefined || one.displayName !== other.displayName) return false;
  return one.clientId === undefined || other.clientId === undefined || one.clientId === other.clientId;
}

/** The one that a roster lists was attached while the other was refused, or is known to be another installation. */
function isSomebodyElse({ entry, calls }: RemoteNode, { calls: theirs }: RemoteNode): boolean {
  const others = calls?.callers.filter(isInstance) ?? [];
  const own = theirs?.callers.filter(isInstance) ?? [];
  if (others.length > 0 && own.some((name) => !others.includes(name))) return true;
  const { row, lastConnect } = entry;
  if (!row.connected || theirs?.refusal === undefined) return false;
  return lastConnect === undefined || elapsedMs(lastConnect, theirs.refusal.at) > 0;
}

function joined(row: RemoteNode, unlisted: RemoteNode): RemoteNode {
  const calls: Calls | undefined = unlisted.calls && joinCalls(row.calls, omit(unlisted.calls, 'isUnlisted'));
  return {
    ...row,
    ...(calls !== undefined && { calls }),
    counters: addCounters(row.counters, unlisted.counters),
  };
}
