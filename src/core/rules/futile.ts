import { believed } from '../model/held.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { endpointOfNode, type LocalFacts } from '../facts/local.ts';
import { isBeforeProcess } from '../facts/log.ts';
import { assessment, duration, type Assessment } from './assessment.ts';
import type { LocalContext } from './context.ts';
import { isObstacle } from './blocked.ts';
import { endsWithAttempt } from './version-of.ts';

/** Its attempts fail, again and again, while others get in by the same way. */
export function assessFutile(facts: LocalFacts, context: LocalContext): Assessment | undefined {
  const { now, limits, gateway, path, trustedSince } = context;
  if (gateway.health !== 'healthy' || gateway.healthySince === undefined) return undefined;
  const { failingSince, lastFailure, lastWords, refusal } = facts.ledger;
  if (failingSince === undefined || lastFailure === undefined) return undefined;
  // Who is refused meets that again.
  if (refusal !== undefined) return undefined;
  // What lies in its way is not overcome by another start.
  if (isObstacle(facts)) return undefined;
  // What the process before it met says nothing of this one until it has met that, too.
  const { startedAt, incarnation } = facts;
  // Where nobody knows its version: so is one that comes back each time it has ended.
  const isReplaced = endsWithAttempt(facts, context.row) ?? facts.isBroughtBack;
  const isNext = startedAt !== undefined && isBeforeProcess(lastFailure, { incarnation, startedAt });
  if (isNext && !(isReplaced && facts.heldConnectionAt === undefined)) return undefined;
  // The last failure was long ago: since then it has been let in, or has not tried.
  if (elapsedMs(lastFailure.at, now) > limits.refusalValidMs) return undefined;
  // Where it dials is the way to try; its gateway's own address is a guess.
  if (endpointOfNode(facts) === undefined) return undefined;
  // That HTTP passes says nothing of WebSockets, nor does a session of ours that was there before.
  const passableSince = believed(path?.challenge, now)?.value.ok === true ? path?.passableSince : undefined;
  if (passableSince === undefined) return undefined;
  // It was turned away where we had got through before it.
  if (elapsedMs(passableSince, lastFailure.at) < limits.connectDeadlineMs) return undefined;
  // One that ends with each attempt is replaced all the time; any other may have been restarted to cure just this.
  if (!isReplaced && facts.process?.value == null) return undefined;
  // However long it failed before: none gets through a way that is shut, and one that has just opened is tried again.
  const begins = [gateway.healthySince, path?.lastShut, trustedSince, isReplaced ? undefined : startedAt];
  const since = begins.reduce<Instant>((a, b) => later(a, b) ?? a, failingSince);
  const failingMs = elapsedMs(since, now);
  if (failingMs < limits.futileAfterMs) return undefined;
  return assessment(
    'zombie',
    ['futile'],
    `its attempts have failed for ${duration(failingMs)} while the gateway accepts others (${lastWords ?? 'no detail'})`,
  );
}
