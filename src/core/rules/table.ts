import { believed } from '../model/held.ts';
import type { Instant } from '../model/time.ts';
import type { LocalFacts } from '../facts/local.ts';
import { pathAnswersSince } from '../facts/path.ts';
import { assessment, type Assessment } from './assessment.ts';
import { assessAttached } from './attached.ts';
import { assessBlocked } from './blocked.ts';
import type { LocalContext } from './context.ts';
import { assessDetached } from './detached.ts';
import { assessFutile } from './futile.ts';
import { assessGatewayDown, assessGuess, isWayOpen } from './gateway-down.ts';
import { assessMissing } from './missing.ts';
import { wedgedLocally } from './wedged.ts';

/** The verdict table of the design for a node host of this machine. First match wins. */
export function assessLocal(facts: LocalFacts, context: LocalContext): Assessment {
  const process = believed(facts.process, context.now);
  if (process === undefined) return assessWithoutProcess(facts, context);
  if (process.value === null) {
    return assessMissing(facts, {
      ...context,
      gatewayDown: assessGatewayDown(facts, context),
      isWayOpen: isWayOpen(context),
      futile: assessFutile(facts, context),
    });
  }
  return (
    wedgedLocally(facts, {
      ...context,
      attached: context.attachment.attached,
      gatewayHealthySince: healthySince(context),
    }) ??
    assessAttached(context) ??
    assessGatewayDown(facts, context) ??
    assessBlocked(facts, context) ??
    assessDetached(facts, context)
  );
}

/** Since when it could be talked to; `undefined` where nobody knows. Of one that is not healthy: from now on at best. */
function healthySince({ gateway, path, now }: LocalContext): Instant | undefined {
  return gateway.health === 'unknown' ? pathAnswersSince(path, now) : (gateway.healthySince ?? now);
}

/** The process source is blind: the gateway's word alone can say `alive`, but nothing worse. */
function assessWithoutProcess(facts: LocalFacts, context: LocalContext): Assessment {
  return (
    assessAttached(context) ??
    assessGatewayDown(facts, context) ??
    assessGuess('whether its process runs cannot be seen', context.gateway) ??
    assessment('unknown', ['no-viewpoint'], 'whether its process runs cannot be seen at the moment')
  );
}
