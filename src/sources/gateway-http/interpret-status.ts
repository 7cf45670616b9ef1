import { z } from 'zod';
import { type GatewayStatusObservation, present, STARTUP_STATUSES } from '../../core/index.ts';
import { parseJson } from '../../runtime/json-object.ts';
import type { HealthReply } from './interpret-health.ts';

const readySchema = z.object({ ready: z.boolean() });
const startupSchema = z.object({ status: z.enum(STARTUP_STATUSES) });

/**
 * What `/readyz` and `/startupz` said, with 200 or 503. 2026.4 has no `/startupz` and answers it with the page of its control
 * UI, and 200: what is not such an object says nothing.
 */
export function interpretStatus(replies: {
  readonly readyz: HealthReply;
  readonly startupz: HealthReply;
}): Pick<GatewayStatusObservation, 'ready' | 'startup'> {
  const ready = readySchema.safeParse(objectIn(replies.readyz)).data?.ready;
  const startup = startupSchema.safeParse(objectIn(replies.startupz)).data?.status;
  return present({ ready, startup });
}

function objectIn(reply: HealthReply): unknown {
  if (reply.kind !== 'answered' || (reply.status !== 200 && reply.status !== 503)) return undefined;
  return parseJson(reply.body);
}
