import { incrementBy, type GatewayCounters } from '../model/counters.ts';
import type { CallerRole, GatewayRecord, PairingRequest } from '../model/gateway-record.ts';
import type { GatewayLogObservation } from '../model/observation.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import type { ConnectRefusal } from '../model/vocabulary.ts';
import { toldByLog, type Boots } from './boots.ts';

/** What a gateway's own log has told, beside what it told of its nodes. */
export interface GatewayLogFacts {
  /** It tells of connections that were let in, too. */
  readonly isVerbose: boolean;
  /** The gateway ran before: its next start is a restart. */
  readonly hasRun: boolean;
  /** It compares with a token that it made itself for this run: nobody can read that, so nobody can be given it. */
  readonly hasUnreadableToken: boolean;
  /** What it last told of its own life. */
  readonly life?: GatewayLife;
  /** Devices that asked for a pairing and have not got it, the one that asked last at the end. */
  readonly asking: readonly AskingDevice[];
}

/** What a gateway told of its own start or end. */
export interface GatewayLife {
  readonly phase: 'starting' | 'ready' | 'stopping';
  readonly at: Instant;
  /** What ends it. */
  readonly signal?: string;
}

/** A device that asked to be paired. */
export interface AskingDevice extends PairingRequest {
  readonly deviceId: string;
  readonly at: Instant;
}

/** More than anybody approves by hand; a device that makes itself a new id each time must not grow us without end. */
const MAX_ASKING = 20;

export const NO_GATEWAY_LOG: GatewayLogFacts = {
  isVerbose: false,
  hasRun: false,
  hasUnreadableToken: false,
  asking: [],
};

/** What a gateway's log adds to what is known of it. */
export interface GatewayLogEntry {
  readonly log: GatewayLogFacts;
  readonly boots: Boots;
  readonly counters: GatewayCounters;
}

/** One record. What is from before anybody looked is known, and counts nothing. */
export function enterGatewayRecord(
  entry: GatewayLogEntry,
  { record, when, recency }: GatewayLogObservation,
): GatewayLogEntry {
  const after = told(entry, record, when);
  const log = { ...noteOwnWords(after.log, record, when), hasRun: true };
  return recency === 'history' ? { ...entry, log } : { ...after, log };
}

function told(entry: GatewayLogEntry, record: GatewayRecord, when: Instant): GatewayLogEntry {
  const { log, counters } = entry;
  switch (record.kind) {
    case 'starting': {
      const { boots, isNews } = toldByLog(entry.boots, when);
      const isRestart = isNews && log.hasRun;
      return {
        log,
        boots,
        counters: isRestart ? { ...counters, restarts: counters.restarts + 1 } : counters,
      };
    }
    case 'token-regenerated':
      return {
        ...entry,
        counters: { ...counters, tokensRegenerated: counters.tokensRegenerated + 1 },
      };
    case 'handshake-timeout':
      return { ...entry, counters: countRefusal(counters, 'unknown', 'handshake_timeout', 1) };
    case 'attached':
    case 'detached':
      return { ...entry, log: { ...log, isVerbose: true } };
    // The source says that of itself.
    case 'log-full':
    case 'stopping':
    case 'ready':
    case 'paired':
    case 'commands-withheld':
    case 'refused':
      return entry;
    default:
      return record satisfies never;
  }
}

/** What is known by it and counted nowhere. */
function noteOwnWords(log: GatewayLogFacts, record: GatewayRecord, at: Instant): GatewayLogFacts {
  switch (record.kind) {
    case 'starting':
      return { ...log, life: { phase: 'starting', at }, hasUnreadableToken: false };
    case 'ready':
      return { ...log, life: { phase: 'ready', at } };
    // It says so in the midst of its start.
    case 'token-regenerated':
      return { ...log, hasUnreadableToken: !record.isSaved };
    case 'stopping':
      return { ...log, life: { phase: 'stopping', at, signal: record.signal } };
    case 'refused': {
      const { deviceId } = record.caller;
      if (record.pairing === undefined || deviceId === undefined) return log;
      const asking = [...without(log.asking, deviceId), { ...record.pairing, deviceId, at }];
      return { ...log, asking: asking.slice(-MAX_ASKING) };
    }
    case 'paired':
      return { ...log, asking: without(log.asking, record.deviceId) };
    default:
      return log;
  }
}

function without(asking: readonly AskingDevice[], deviceId: string): readonly AskingDevice[] {
  return asking.filter((device) => device.deviceId !== deviceId);
}

/** A gateway forgets a request for a pairing five minutes after its device last asked. */
export const REQUEST_VALID_MS = 300_000;

/** Those whose requests it still knows. */
export function stillAsking(log: GatewayLogFacts | undefined, now: Instant): readonly AskingDevice[] {
  return log?.asking.filter(({ at }) => elapsedMs(at, now) <= REQUEST_VALID_MS) ?? [];
}

/** A refusal that no node can be named for. */
export function countRefusal(
  counters: GatewayCounters,
  role: CallerRole,
  refusal: ConnectRefusal,
  times: number,
): GatewayCounters {
  const { refusedConnects } = counters;
  return {
    ...counters,
    refusedConnects: { ...refusedConnects, [role]: incrementBy(refusedConnects[role], refusal, times) },
  };
}
