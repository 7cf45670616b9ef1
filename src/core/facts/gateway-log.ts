import { incrementBy, type GatewayCounters } from '../model/counters.ts';
import type { CallerRole, GatewayRecord } from '../model/gateway-record.ts';
import type { GatewayLogObservation } from '../model/observation.ts';
import type { Instant } from '../model/time.ts';
import type { ConnectRefusal } from '../model/vocabulary.ts';
import { toldByLog, type Boots } from './boots.ts';

/** What a gateway's own log has told, beside what it told of its nodes. */
export interface GatewayLogFacts {
  /** It tells of connections that were let in, too. */
  readonly isVerbose: boolean;
  /** The gateway ran before: its next start is a restart. */
  readonly hasRun: boolean;
}

export const NO_GATEWAY_LOG: GatewayLogFacts = {
  isVerbose: false,
  hasRun: false,
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
