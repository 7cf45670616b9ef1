import { assessment, duration, type Assessment } from './assessment.ts';
import { isFreshProcess, type Attachment, type RowView } from './attachment.ts';
import { isBeforeProcess } from '../facts/log.ts';
import type { LocalFacts, ProbeFacts } from '../facts/node-facts.ts';
import { nextAttempt } from './overdue.ts';
import type { GatewayHealth } from '../model/snapshot.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { givenUpOf, type GivenUp } from '../facts/supervisor.ts';
import { isLegacy } from '../model/version.ts';
import { wedgedLocally } from './wedged.ts';

export interface LocalContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly gateway: {
    readonly health: GatewayHealth;
    readonly why: string;
    readonly healthySince: Instant | undefined;
    readonly answersSince: Instant | undefined;
    /** Nothing points at it, and nobody has answered there. */
    readonly isGuess: boolean;
  };
  /** The node host's own endpoint where it is not the gateway's URL, and nothing answers there. */
  readonly unreachableEndpoint: string | undefined;
  readonly attachment: Attachment;
  readonly row: RowView | undefined;
  readonly probe: ProbeFacts | undefined;
  /** Before this we did not look, or could not trust our own clock: deadlines restart here. */
  readonly trustedSince: Instant;
}

/** The verdict table of the design for a node host of this machine. First match wins. */
export function assessLocal(facts: LocalFacts, context: LocalContext): Assessment {
  const { now, limits } = context;
  if (!isFreshProcess(facts, now, limits)) return assessWithoutProcess(context);
  if (facts.process?.sample === null) return assessMissing(facts, context);

  return (
    wedgedLocally(facts, {
      ...context,
      attached: context.attachment.attached,
      gatewayHealthySince: context.gateway.healthySince,
    }) ??
    assessAttached(context) ??
    assessGatewayDown(context) ??
    assessBlocked(facts, context) ??
    assessDetached(facts, context)
  );
}

/** The process source is blind: the gateway's word alone can say `alive`, but nothing worse. */
function assessWithoutProcess(context: LocalContext): Assessment {
  return (
    assessAttached(context) ??
    assessGatewayDown(context) ??
    assessGuess('whether its process runs cannot be seen', context) ??
    assessment('unknown', ['no-viewpoint'], 'whether its process runs cannot be seen at the moment')
  );
}

function assessMissing(facts: LocalFacts, context: LocalContext): Assessment {
  const { now, limits, trustedSince } = context;
  const since = later(facts.missingSince, trustedSince) ?? trustedSince;
  // Since the last look it may have come back.
  const goneMs = elapsedMs(since, facts.process?.at ?? now);
  const isGone = goneMs >= limits.downAfterMs;

  const givenUp = givenUpOf(facts, now, limits);
  const blocked = withGivenUp(assessRefused(facts), givenUp);
  if (isGone && blocked !== undefined) return assessGatewayDown(context) ?? blocked;
  if (isGone && givenUp !== undefined) {
    // Also where nobody ever saw it: a unit that failed is one that should run.
    return assessment(
      'down',
      ['supervisor-gave-up', 'no-process'],
      `no process for ${duration(goneMs)}; ${givenUp.words}`,
    );
  }
  if (!facts.everSeen && !facts.target.explicit && (isGone || leftNoTrace(facts))) {
    return assessment('unknown', ['no-node-host-found'], 'no node host was found on this machine');
  }
  if (isGone) {
    return assessment('down', ['no-process'], `no process for ${duration(goneMs)}; nothing has restarted it`);
  }
  if (!facts.everSeen) return assessment('unknown', ['just-started'], 'no process found yet');
  return (
    assessGatewayDown(context) ??
    blocked ??
    assessFutile(facts, context) ??
    assessment(
      'reconnecting',
      ['process-restarting'],
      `its process ended ${duration(goneMs)} ago; a supervisor may still restart it`,
    )
  );
}

/**
 * Looked for twice, and neither a process nor a log nor a unit of it was found: nothing says that one is about to be
 * restarted, so there is nothing to wait for.
 */
function leftNoTrace(facts: LocalFacts): boolean {
  const { missingSince, process, logStatus, supervisor } = facts;
  const wasLookedForTwice =
    missingSince !== undefined && process !== undefined && process.at.monoMs > missingSince.monoMs;
  return wasLookedForTwice && logStatus === undefined && supervisor === undefined;
}

/** A block that also ended the supervisor's patience: lifting it is not enough any more. */
function withGivenUp(blocked: Assessment | undefined, givenUp: GivenUp | undefined): Assessment | undefined {
  if (blocked === undefined || givenUp === undefined) return blocked;
  return {
    ...blocked,
    reasons: [...blocked.reasons, 'supervisor-gave-up'],
    why: `${blocked.why}; ${givenUp.words}`,
  };
}

function assessAttached(context: LocalContext): Assessment | undefined {
  const { attachment, row } = context;
  if (attachment.attached !== true) return undefined;
  if (row !== undefined && isWithheld(row)) {
    return assessment(
      'alive',
      ['attached', 'awaiting-approval'],
      'attached, but the gateway withholds its commands until an operator approves them',
    );
  }
  switch (attachment.by) {
    case 'gateway':
      return {
        state: 'alive',
        reasons: ['attached'],
        why: 'the gateway holds a live session of it',
        ready: true,
      };
    case 'socket':
      return {
        state: 'alive',
        reasons: ['attached-by-socket'],
        why: 'its connection has outlived every connect deadline and the gateway answers',
        ready: true,
      };
    case 'log':
      return {
        state: 'alive',
        reasons: ['attached-by-log'],
        why: 'its log says connected and the gateway answers',
        ready: true,
      };
    default:
      return attachment satisfies never;
  }
}

/** Whether the gateway keeps all commands of an attached node host back. */
export function isWithheld({ row }: RowView): boolean {
  return row.approvalState !== undefined && row.approvalState !== 'approved' && (row.commandCount ?? 0) === 0;
}

function assessGatewayDown({ gateway, unreachableEndpoint }: LocalContext): Assessment | undefined {
  if (gateway.health === 'down') {
    return assessment(
      'gateway-down',
      ['gateway-unreachable'],
      `the gateway does not answer (${gateway.why})`,
    );
  }
  if (gateway.health === 'deaf') return assessment('gateway-down', ['gateway-deaf'], gateway.why);
  if (unreachableEndpoint !== undefined) {
    return assessment(
      'gateway-down',
      ['endpoint-unreachable'],
      `the gateway answers us, but not at ${unreachableEndpoint}, where this node host dials`,
    );
  }
  return undefined;
}

/** Nothing answers where the gateway was guessed to be: that is no word on the gateway that this node host has. */
function assessGuess(seen: string, { gateway }: LocalContext): Assessment | undefined {
  if (!gateway.isGuess || gateway.health !== 'unknown') return undefined;
  return assessment('unknown', ['gateway-guessed'], `${seen}, and ${gateway.why}`);
}

function assessBlocked(facts: LocalFacts, context: LocalContext): Assessment | undefined {
  const { now, limits, trustedSince, row } = context;
  const { parked, refusal } = facts.ledger;
  if (parked !== undefined) {
    const lifted = liftedBlock(facts, context);
    return lifted ?? assessRefused(facts);
  }
  if (refusal === undefined) return undefined;

  // A process that came after the refusal and has not dialled at all is not blocked by it; it hangs.
  const { startedAt, incarnation } = facts;
  const hasTried =
    startedAt === undefined ||
    !isBeforeProcess(refusal, { incarnation, startedAt }) ||
    facts.socket?.hadConnection === true ||
    row?.row.connected === true;
  const since = later(startedAt, trustedSince) ?? trustedSince;
  if (!hasTried && elapsedMs(since, now) > limits.startingMs) return undefined;
  return assessRefused(facts);
}

function assessRefused(facts: LocalFacts): Assessment | undefined {
  const { parked, refusal } = facts.ledger;
  const block = parked ?? refusal;
  if (block === undefined) return undefined;
  const consequence =
    parked === undefined ? 'a restart would be refused again' : 'it waits and will not try again by itself';
  return assessment(
    'blocked',
    ['refused', block.auth],
    `the gateway refused it (${block.auth}); ${consequence}`,
  );
}

/** Parked though the block is gone: approved meanwhile, or the lock-out is over. A restart makes it try again. */
function liftedBlock(facts: LocalFacts, { now, limits, row }: LocalContext): Assessment | undefined {
  const parked = facts.ledger.parked;
  if (parked === undefined) return undefined;
  // The gateway's lock-out runs out whether or not we were there to watch.
  if (parked.auth === 'rate_limited' && elapsedMs(parked.at, now) >= limits.rateLimitLockoutMs) {
    return assessment(
      'zombie',
      ['parked', parked.auth],
      'it parked on a rate limit that is over by now, and it does not try again by itself',
    );
  }
  if (parked.auth === 'pairing_required' && facts.approvedSinceParked === true && row?.row.paired !== false) {
    return assessment(
      'zombie',
      ['parked', parked.auth],
      'it was approved after it parked, and it does not try again by itself',
    );
  }
  return undefined;
}

function assessFutile(
  facts: LocalFacts,
  { now, limits, gateway, trustedSince }: LocalContext,
): Assessment | undefined {
  if (gateway.health !== 'healthy' || gateway.healthySince === undefined) return undefined;
  const failingSince = facts.ledger.failingSince;
  if (failingSince === undefined) return undefined;
  const since = [gateway.healthySince, trustedSince].reduce<Instant>(
    (a, b) => later(a, b) ?? a,
    failingSince,
  );
  const failingMs = elapsedMs(since, now);
  if (failingMs < limits.futileAfterMs) return undefined;
  return assessment(
    'zombie',
    ['futile'],
    `its attempts have failed for ${duration(failingMs)} while the gateway accepts others (${facts.ledger.lastWords ?? 'no detail'})`,
  );
}

/** A process runs, is not attached, and the gateway is not known to be down. */
function assessDetached(facts: LocalFacts, context: LocalContext): Assessment {
  const { now, limits, gateway, trustedSince, attachment } = context;
  const uptimeMs = facts.startedAt === undefined ? 0 : elapsedMs(facts.startedAt, now);
  const isYoung = !facts.everAttached && (uptimeMs < limits.startingMs || isStillLoading(facts, context));

  if (attachment.attached === undefined) {
    if (isYoung) return starting(uptimeMs);
    const guess = assessGuess('nothing tells where it dials', context);
    if (guess !== undefined) return guess;
    return gateway.health === 'unknown'
      ? assessment('unknown', ['no-viewpoint'], 'the gateway was not looked at yet')
      : assessment(
          'unknown',
          ['no-viewpoint'],
          'its process runs, but no viewpoint tells whether it is attached',
        );
  }

  if (gateway.health !== 'healthy' || gateway.healthySince === undefined) {
    if (isYoung) return starting(uptimeMs);
    return assessment('reconnecting', ['gateway-recovering'], `detached; ${gateway.why}`);
  }

  const futile = assessFutile(facts, context);
  if (futile !== undefined) return futile;

  const next = nextAttempt(facts, {
    now,
    limits,
    gatewayHealthySince: gateway.healthySince,
    gatewayAnswersSince: gateway.answersSince,
    trustedSince,
    connectDeadlineMs: connectDeadlineMs(facts, context),
    gatewayDenies: attachment.by === 'gateway',
  });
  const wasCalledSilent = facts.calledSilent !== undefined && facts.calledSilent === facts.incarnation;
  const isOverdue = next.remainingMs <= 0 || wasCalledSilent;

  // One that was turned away already is past its start, however young.
  const isStarting = isYoung && facts.ledger.failedAttempts === 0;
  if (isStarting && (!isOverdue || !hasTried(facts))) return starting(uptimeMs);
  if (!isOverdue) {
    return assessment(
      'reconnecting',
      ['attempt-not-overdue'],
      `detached; its next attempt is due within ${duration(next.remainingMs)} (${facts.ledger.failedAttempts} failed in a row)`,
    );
  }
  return assessment('zombie', ['silent'], silence(facts, next.rule, elapsedMs(next.from, now)));
}

/** This process has dialled at least once. */
function hasTried(facts: LocalFacts): boolean {
  return facts.everAttached || facts.socket?.hadConnection === true || facts.ledger.lastAttempt !== undefined;
}

/** It has not dialled yet and is at work: on a starved machine a cold start takes minutes. */
function isStillLoading(facts: LocalFacts, { now, limits }: LocalContext): boolean {
  if (hasTried(facts) || facts.startedAt === undefined || facts.lastBusy === undefined) return false;
  return (
    elapsedMs(facts.lastBusy, now) < limits.startingBusyMs &&
    elapsedMs(facts.startedAt, now) < limits.startingMaxMs
  );
}

function silence(facts: LocalFacts, rule: 'no-socket' | 'socket-open' | 'socket-blind', ms: number): string {
  const last = facts.ledger.lastWords === undefined ? '' : `; its last words: ${facts.ledger.lastWords}`;
  switch (rule) {
    case 'no-socket':
      return `its process runs, the gateway is healthy, but it has not dialled for ${duration(ms)}${last}`;
    case 'socket-open':
      return `it has sat on a connection for ${duration(ms)} without ever being attached${last}`;
    case 'socket-blind':
      return `its process runs, the gateway is healthy, but no attempt was seen for ${duration(ms)}${last}`;
    default:
      return rule satisfies never;
  }
}

function starting(uptimeMs: number): Assessment {
  return assessment(
    'starting',
    ['never-attached-yet'],
    `started ${duration(uptimeMs)} ago and not attached yet`,
  );
}

function connectDeadlineMs(facts: LocalFacts, { limits, row }: LocalContext): number {
  const version = facts.hints.version ?? row?.row.version;
  return isLegacy(version) ? limits.legacyConnectDeadlineMs : limits.connectDeadlineMs;
}
