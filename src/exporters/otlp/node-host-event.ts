import {
  ROOT_CONTEXT,
  SeverityNumber,
  trace,
  type Attributes,
  type LogRecord,
  type SpanContext,
} from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { NodeSnapshot } from '../../core/index.ts';

/** What identifies a node host in events and spans: the labels `gateway` and `node_host` of its metrics. */
export function nodeHostId(node: NodeSnapshot): Readonly<Record<string, string>> {
  return { 'openclaw.gateway.name': node.gateway, 'openclaw.nodehost.name': node.name };
}

/** What is known of a node host beside how it is; what is not known is left out. */
export function nodeHostFacts({ scope, nodeId, version, platform }: NodeSnapshot): Attributes {
  return {
    'openclaw.nodehost.scope': scope,
    ...(nodeId !== undefined && { 'openclaw.nodehost.id': nodeId }),
    ...(version !== undefined && { 'openclaw.nodehost.version': version }),
    ...(platform !== undefined && { 'openclaw.nodehost.platform': platform }),
  };
}

export interface NodeHostEvent {
  readonly eventName: string;
  readonly node: NodeSnapshot;
  readonly wallMs: number;
  /** Somebody should look. */
  readonly isBad: boolean;
  readonly words: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Ids of the span that the outage will be, if the event belongs to one. */
  readonly outage: SpanContext | undefined;
}

/** A log event about one node host. */
export function nodeHostEvent({
  eventName,
  node,
  wallMs,
  isBad,
  words,
  attributes,
  outage,
}: NodeHostEvent): LogRecord {
  const time = millisToHrTime(wallMs);
  return {
    eventName,
    timestamp: time,
    observedTimestamp: time,
    severityNumber: isBad ? SeverityNumber.WARN : SeverityNumber.INFO,
    severityText: isBad ? 'WARN' : 'INFO',
    body: `node host ${JSON.stringify(node.name)}: ${words}`,
    attributes: { ...nodeHostId(node), ...nodeHostFacts(node), ...attributes },
    ...(outage !== undefined && { context: trace.setSpanContext(ROOT_CONTEXT, outage) }),
  };
}
