import { TraceFlags, type SpanContext } from '@opentelemetry/api';
import { createHash } from 'node:crypto';
import type { NodeSnapshot } from '../../core/index.ts';
import type { Outage } from './outage.ts';

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
