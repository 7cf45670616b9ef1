import { incrementBy, type GatewayCounters } from '../model/counters.ts';
import type { CallerRole, GatewayRecord } from '../model/gateway-record.ts';
import { hold, type Held } from '../model/held.ts';
import type { GatewayLogObservation, GatewayLogStatusObservation } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { Instant } from '../model/time.ts';
import type { ConnectRefusal } from '../model/vocabulary.ts';
import { toldByLog, type Boots } from './boots.ts';

/** What a gateway's own log has told, beside what it told of its nodes. */
export interface GatewayLogFacts {
  readonly readable?: Held<boolean>;
  /** It tells of connections that were let in, too. */
  readonly isVerbose: boolean;
  /** The gateway ran before: its next start is a restart. */
  readonly hasRun: boolean;
  /** The last time that it made itself a token. */
  readonly regenerated?: { readonly at: Instant; readonly isSaved: boolean };
  /** It writes nothing more to the file. */
  readonly isFull: boolean;
}

export const NO_GATEWAY_LOG: GatewayLogFacts = {
  isVerbose: false,
  hasRun: false,
  isFull: false,
};

/** What a gateway's log adds to what is known of it. */
export interface GatewayLogEntry {
  readonly log: GatewayLogFacts;
  readonly boots: Boots;
  readonly counters: GatewayCounters;
}

export function observeGatewayLogStatus(
  log: GatewayLogFacts,
  { at, readable }: GatewayLogStatusObservation,
  limits: Thresholds,
): GatewayLogFacts {
  return { ...log, readable: hold(readable, at, limits.logValidMs) };
}

/** One record. What is from before anybody looked is known, and counts nothing. */
export function enterGatewayRecord(
  entry: GatewayLogEntry,
  { record, when, recency }: GatewayLogObservation,
): GatewayLogEntry {
  const after = told(entry, record, when);
  const log = { ...after.log, hasRun: true };
  return recency === 'history' ? { ...entry, log } : { ...after, log };
}

function told(entry: GatewayLogEntry, record: GatewayRecord, when: Instant): GatewayLogEntry {
  const { log, counters } = entry;
  switch (record.kind) {
    case 'starting': {
      const { boots, isNews } = toldByLog(entry.boots, when);
      const isRestart = isNews && log.hasRun;
      return {
        log: { ...log, isFull: false },
        boots,
        counters: isRestart ? { ...counters, restarts: counters.restarts + 1 } : counters,
      };
    }
    case 'token-regenerated':
      return {
        ...entry,
        log: { ...log, regenerated: { at: when, isSaved: record.isSaved } },
        counters: { ...counters, tokensRegenerated: counters.tokensRegenerated + 1 },
      };
    case 'handshake-timeout':
      return { ...entry, counters: countRefusal(counters, 'unknown', 'handshake_timeout', 1) };
    case 'attached':
    case 'detached':
      return { ...entry, log: { ...log, isVerbose: true } };
    case 'log-full':
      return { ...entry, log: { ...log, isFull: true } };
    case 'stopping':
    case 'refused':
      return entry;
    default:
      return record satisfies never;
  }
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
