import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { createHash } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { type NodeSnapshot, type Transition, wouldRestartHelp } from '../../core/index.ts';
import { redactText } from '../../telemetry/redact.ts';
import type { Outage } from './outage.ts';
import { nodeHostFacts, nodeHostId, STATE_CHANGE, transitionAttributes } from './node-host-event.ts';

const OUTAGE = 'openclaw.nodehost.outage';

/**
 * The ids under which an outage is known: the same each time they are worked out, also by the next run of the exporter.
 * So its state changes can be sent as they happen, with the ids of a span that is only made when the outage has ended.
 */
export function traceOf(outage: Outage, node: NodeSnapshot, serviceInstanceId: string): SpanContext {
  const opened = outage.verdicts[0].at.wallMs;
  // Not by its gateway: it may be attached to another one in the end.
  const digest = createHash('sha256')
    .update(JSON.stringify([serviceInstanceId, node.key, opened]))
    .digest('hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48), traceFlags: TraceFlags.SAMPLED };
}

/** Gives the next span the ids that were worked out for it. */
export class GivenIds implements IdGenerator {
  #next: SpanContext | undefined;

  give(ids: SpanContext): void {
    this.#next = ids;
  }

  generateTraceId(): string {
    return this.#given().traceId;
  }

  generateSpanId(): string {
    return this.#given().spanId;
  }

  #given(): SpanContext {
    if (this.#next === undefined) throw new Error('GivenIds: a span was started without ids');
    return this.#next;
  }
}

/** Sends an outage that has ended as a span, its verdicts as events. Spans can only be sent whole, so none is kept open. */
export function sendOutage(
  outage: Outage & { readonly end: NonNullable<Outage['end']> },
  {
    node,
    tracer,
    ids,
    context,
  }: {
    readonly node: NodeSnapshot;
    readonly tracer: Tracer;
    readonly ids: GivenIds;
    readonly context: SpanContext;
  },
): void {
  const { start, end, verdicts, isStartKnown } = outage;
  const states = [...new Set(verdicts.map(({ to }) => to))];
  const worst = verdicts.findLast(needsSomebody);
  ids.give(context);
  const span = tracer.startSpan(
    OUTAGE,
    {
      kind: SpanKind.INTERNAL,
      startTime: millisToHrTime(Math.min(start.wallMs, end.wallMs)),
      attributes: {
        ...nodeHostId(node),
        ...nodeHostFacts(node),
        'openclaw.nodehost.outage.states': states.filter((state) => state !== 'alive'),
        'openclaw.nodehost.outage.start_known': isStartKnown,
      },
    },
    ROOT_CONTEXT,
  );
  for (const verdict of verdicts) {
    span.addEvent(STATE_CHANGE, transitionAttributes(verdict), millisToHrTime(verdict.at.wallMs));
  }
  if (worst !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(worst.why) });
  span.end(millisToHrTime(end.wallMs));
}

/** A gateway that restarts, or a node host that reconnects by itself, is an outage but no error. */
function needsSomebody({ to }: Transition): boolean {
  return wouldRestartHelp(to) || to === 'blocked';
}
