import type { Attachment } from './attachment.ts';
import { countConnect } from '../model/counters.ts';
import type { LocalFacts } from '../facts/local.ts';
import { prove } from '../facts/proofs.ts';
import type { TrackedConnection } from '../facts/sockets.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { writesConnectedLines } from '../model/version.ts';

export interface SocketConnectContext {
  readonly attachment: Attachment;
  /** The gateway has told of its sessions, and goes on to count them. */
  readonly isToldByGateway: boolean;
  readonly now: Instant;
  readonly limits: Thresholds;
}

/**
 * Counts a connect where neither the gateway nor the log tells of it (2026.4 without a credential of ours): a
 * connection that opened under our eyes and outlived every connect deadline was accepted. So it counts late by that
 * deadline, and a session that ended sooner does not count at all.
 */
export function noteSocketConnect(facts: LocalFacts, context: SocketConnectContext): LocalFacts {
  const { attachment, isToldByGateway, now, limits } = context;
  if (attachment.attached !== true || attachment.by !== 'socket') return facts;
  if (isToldByGateway || isLogCounting(facts)) return facts;

  const isNews = (connection: TrackedConnection): boolean =>
    connection.state === 'established' &&
    !connection.isOlder &&
    elapsedMs(connection.openSince ?? now, now) >= limits.socketAttachedMs &&
    (facts.socketConnect === undefined || connection.firstSeen.monoMs > facts.socketConnect.monoMs);
  const accepted = facts.socket?.connections.find(isNews);
  if (accepted === undefined) return facts;
  const at = accepted.firstSeen;
  return {
    ...facts,
    socketConnect: at,
    counters: countConnect(facts.counters),
    proofs: prove(facts.proofs, 'connect', at),
    lastConnect: later(facts.lastConnect, at) ?? at,
  };
}

/** Whether each connect is counted from its line in the log; counting it elsewhere too would count it twice. */
export function isLogCounting(
  { ledger, logStatus, hints }: LocalFacts,
  version: string | undefined = hints.version,
): boolean {
  return ledger.writesConnected || (logStatus?.value.readable === true && writesConnectedLines(version));
}
