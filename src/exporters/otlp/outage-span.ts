import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type SpanContext, type Tracer } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { type NodeSnapshot, type Transition, wouldRestartHelp } from '../../core/index.ts';
import { redactText } from '../../telemetry/redact.ts';
import type { Outage } from './outage.ts';
import { nodeHostFacts, nodeHostId } from './node-host-event.ts';
import { STATE_CHANGE, transitionAttributes } from './state-change-event.ts';

const OUTAGE = 'openclaw.nodehost.outage';

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
