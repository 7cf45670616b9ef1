import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import { endpointOfNode, wasEverAttached, type LocalFacts } from '../facts/local.ts';
import { isLogReadable, isLogTelling } from '../facts/log-line.ts';
import { FIRST_DIAL_MS, freshSocket } from '../facts/sockets.ts';
import { assessment, duration, type Assessment } from './assessment.ts';
import { nextAttempt, type NextAttempt, type OverdueContext } from './overdue.ts';
import type { LocalContext } from './context.ts';
import { assessFutile } from './futile.ts';
import { assessGuess } from './gateway-down.ts';
import { endsWithAttempt, versionOf } from './version-of.ts';

/** Rows 7 to 9 of the verdict table: a process runs, is not attached, and its gateway is not known to be down. */
export function assessDetached(facts: LocalFacts, context: LocalContext): Assessment {
  const { gateway, attachment } = context;
  const young = youth(facts, context);
  // Its log tells of each attempt, whatever else is seen of it.
  const futile = assessFutile(facts, context);
  if (futile !== undefined) return futile;
  if (attachment.attached === undefined) return young ?? assessUntold(context);
  if (gateway.health !== 'healthy' || gateway.healthySince === undefined) {
    return (
      young ?? assessment('reconnecting', ['gateway-recovering'], `detached; its gateway: ${gateway.why}`)
    );
  }
  return assessOverdue(facts, context, {
    gatewayHealthySince: gateway.healthySince,
    gatewayDenies: attachment.by === 'gateway',
    young,
  });
}

function assessUntold({ gateway, isAmbiguous }: LocalContext): Assessment {
  const guess = assessGuess('nothing tells where it dials', gateway);
  if (guess !== undefined) return guess;
  if (isAmbiguous) {
    return assessment(
      'unknown',
      ['ambiguous'],
      'several sessions at its gateway could be its own, and nothing tells which one is',
    );
  }
  return gateway.health === 'unknown'
    ? assessment('unknown', ['no-viewpoint'], gateway.why)
    : assessment(
        'unknown',
        ['no-viewpoint'],
        'its process runs, but no viewpoint tells whether it is attached',
      );
}

function assessOverdue(
  facts: LocalFacts,
  context: LocalContext,
  known: {
    readonly gatewayHealthySince: Instant;
    readonly gatewayDenies: boolean;
    readonly young: Assessment | undefined;
  },
): Assessment {
  const { now, limits, gateway, path, row, trustedSince } = context;
  const { gatewayHealthySince, gatewayDenies, young } = known;
  const connect = connecting(facts, context);
  const next = nextAttempt(facts, {
    now,
    limits,
    gatewayHealthySince,
    gatewayUnwellSince: gateway.unwellSince,
    gatewayAnswersSince: gateway.answersSince,
    isOwnSessionOpen: gateway.isOwnSessionOpen,
    path,
    trustedSince,
    ...connect,
    gatewayDenies,
    isWayUnknown:
      endpointOfNode(facts) === undefined &&
      !(gatewayDenies && gateway.isHere && row?.row.fromElsewhere !== true),
  });
  const wasCalledSilent = facts.calledSilent !== undefined && facts.calledSilent === facts.incarnation;
  if (next.isUnprovable === true && !wasCalledSilent) {
    return assessment(
      'unknown',
      ['no-viewpoint'],
      'it is not attached, and nothing tells where it dials: whether it still tries is not known',
    );
  }
  const isOverdue = next.remainingMs <= 0 || wasCalledSilent;

  // One that was turned away already is past its start, however young.
  const isStarting = young !== undefined && (facts.ledger.failedAttempts === 0 || connect.endsWithAttempt);
  if (isStarting && (!isOverdue || !hasTried(facts))) return young;
  if (!isOverdue) {
    return assessment(
      'reconnecting',
      ['attempt-not-overdue'],
      `detached; its next attempt is due within ${duration(next.remainingMs)} (${facts.ledger.failedAttempts} failed in a row)`,
    );
  }
  if (context.isUnpaired && !gateway.isHere) return UNPAIRED;
  const silentMs = elapsedMs(next.from, now);
  const isSettled = wasCalledSilent && !context.isUnpaired;
  const doubt = isSettled ? undefined : mayHaveParked(facts, context, silentMs);
  return doubt ?? assessment('zombie', ['silent'], silence(facts, next.rule, silentMs));
}

/** Only a gateway's neighbour is let in unasked. */
const UNPAIRED = assessment(
  'blocked',
  ['pairing_required'],
  'it does not dial, and its gateway does not list it as paired: a restart would be refused',
);

/**
 * Since 2026.5 one that was refused may wait for an operator for ever, and says so in its log alone. Where nobody reads
 * that, silence is a zombie's only if nothing can have refused it: the gateway lists it as paired, and a lock-out would
 * be over by now.
 */
function mayHaveParked(
  facts: LocalFacts,
  { now, limits, row }: LocalContext,
  silentMs: number,
): Assessment | undefined {
  if (isLogReadable(facts, now) || endsWithAttempt(facts, row) === true) return undefined;
  if (row?.row.paired !== true) {
    return assessment(
      'unknown',
      ['no-viewpoint'],
      'it does not dial, and only its log could tell whether the gateway has refused it',
    );
  }
  if (silentMs >= limits.rateLimitLockoutMs) return undefined;
  return assessment(
    'reconnecting',
    ['attempt-not-overdue'],
    `detached and silent for ${duration(silentMs)}; without its log it may have been locked out for 5 min`,
  );
}

/** The verdict on a process that is too young to judge; `undefined` for any other. */
function youth(facts: LocalFacts, context: LocalContext): Assessment | undefined {
  const { now, limits } = context;
  const uptimeMs = facts.startedAt === undefined ? 0 : elapsedMs(facts.startedAt, now);
  const wasAttached = wasEverAttached(facts);
  if (wasAttached && facts.everAttached) return undefined;
  if (uptimeMs >= limits.startingMs && (wasAttached || !isStillLoading(facts, now, limits))) return undefined;
  const { attachment } = context;
  // By its sockets a session shows only once it has lasted, and one that ended while nobody looked only in its log.
  const isUntold = attachment.attached === undefined || attachment.by === 'socket';
  const started = `started ${duration(uptimeMs)} ago`;
  if (isUntold || facts.ledger.connectRead !== undefined) {
    return assessment(
      'starting',
      ['not-seen-attached'],
      `${started}; nothing tells yet whether it is attached`,
    );
  }
  return isWatchedFromStart(facts, context)
    ? assessment('starting', ['never-attached-yet'], `${started} and not attached yet`)
    : assessment('starting', ['not-seen-attached'], `${started} and not attached now; nobody looked before`);
}

/** Had it been attached for a moment since its start, somebody would have told. */
function isWatchedFromStart(facts: LocalFacts, { now, gateway, trustedSince }: LocalContext): boolean {
  const { startedAt, ledger } = facts;
  if (startedAt === undefined || (ledger.writesConnected && isLogTelling(facts, now))) return true;
  return [gateway.healthySince, trustedSince].every(
    (since) => since === undefined || since.monoMs <= startedAt.monoMs + FIRST_DIAL_MS,
  );
}

/** This process has dialled at least once. */
function hasTried(facts: LocalFacts): boolean {
  return (
    wasEverAttached(facts) || facts.socket?.hadConnection === true || facts.ledger.lastAttempt !== undefined
  );
}

/** It has not dialled yet and is at work: on a starved machine a cold start takes minutes. */
function isStillLoading(facts: LocalFacts, now: Instant, limits: Thresholds): boolean {
  if (hasTried(facts) || facts.startedAt === undefined || facts.lastBusy === undefined) return false;
  // Where its sockets cannot be seen, its first dial may be on its way.
  const socket = freshSocket(facts, now);
  const isBlind = socket === undefined || socket.endpoint === null;
  const dialMs = isBlind ? limits.connectDeadlineMs + limits.blindSlackMs : 0;
  return (
    elapsedMs(facts.lastBusy, now) < limits.startingBusyMs + dialMs &&
    elapsedMs(facts.startedAt, now) < limits.startingMaxMs
  );
}

function silence(facts: LocalFacts, rule: NextAttempt['rule'], ms: number): string {
  const last = facts.ledger.lastWords === undefined ? '' : `; its last words: ${facts.ledger.lastWords}`;
  switch (rule) {
    case 'no-socket':
      return `its process runs, the gateway is healthy, but it has not dialled for ${duration(ms)}${last}`;
    case 'socket-open':
      return `it has held a connection for ${duration(ms)} without being attached${last}`;
    case 'socket-blind':
      return `its process runs, the gateway is healthy, but no attempt was seen for ${duration(ms)}${last}`;
    default:
      return rule satisfies never;
  }
}

function connecting(
  facts: LocalFacts,
  { limits, row }: LocalContext,
): Pick<OverdueContext, 'connectDeadlineMs' | 'hasHandshakeTimeout' | 'endsWithAttempt'> {
  const version = versionOf(facts, row);
  const isLegacy = endsWithAttempt(facts, row) === true;
  return {
    // Of one whose version nobody knows the longer one holds.
    connectDeadlineMs:
      isLegacy && version !== undefined ? limits.legacyConnectDeadlineMs : limits.connectDeadlineMs,
    hasHandshakeTimeout: version !== undefined && !isLegacy,
    endsWithAttempt: isLegacy,
  };
}
