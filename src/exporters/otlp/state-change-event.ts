import {
  ROOT_CONTEXT,
  SeverityNumber,
  trace,
  type Attributes,
  type LogRecord,
  type SpanContext,
} from '@opentelemetry/api';
import { adviceOf, type NodeSnapshot, type Transition, wouldRestartHelp } from '../../core/index.ts';
import { evidenceDocument } from '../../document/nodes-document.ts';
import { redactText } from '../../telemetry/redact.ts';
import { hrTimeOf } from './hr-time.ts';

export const STATE_CHANGE = 'openclaw.nodehost.state_change';

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

/** A change of state as it is told in a log event and on a span. */
export function transitionAttributes({ from, to, reasons, why }: Transition): Attributes {
  return {
    'openclaw.nodehost.from_state': from,
    'openclaw.nodehost.to_state': to,
    'openclaw.nodehost.reasons': [...reasons],
    'openclaw.nodehost.why': redactText(why),
  };
}

/**
 * The log event of one change of state. Its evidence is what `/api/v1/nodes` says in the same words; what no viewpoint
 * knows is left out.
 *
 * @param node as it is right after the change
 * @param outage ids of the span that the outage will be, if the change belongs to one
 */
export function stateChangeEvent(
  transition: Transition,
  node: NodeSnapshot,
  outage: SpanContext | undefined,
): LogRecord {
  const isBad = wouldRestartHelp(transition.to);
  const time = hrTimeOf(transition.at.wallMs);
  const advice = adviceOf(node.remedy);
  return {
    eventName: STATE_CHANGE,
    timestamp: time,
    observedTimestamp: time,
    severityNumber: isBad ? SeverityNumber.WARN : SeverityNumber.INFO,
    severityText: isBad ? 'WARN' : 'INFO',
    body: `node host ${JSON.stringify(node.name)}: ${transition.from} -> ${transition.to}. ${redactText(transition.why)}`,
    attributes: {
      ...nodeHostId(node),
      ...nodeHostFacts(node),
      ...transitionAttributes(transition),
      'openclaw.nodehost.remedy': node.remedy.kind,
      ...(advice !== '' && { 'openclaw.nodehost.advice': redactText(advice) }),
      'openclaw.nodehost.live': node.live,
      'openclaw.nodehost.ready': node.ready,
      'openclaw.nodehost.evidence': known(evidenceDocument(node.evidence)),
    },
    ...(outage !== undefined && { context: trace.setSpanContext(ROOT_CONTEXT, outage) }),
  };
}

/** Without fields that say `null`, and with text redacted, to any depth. */
function known(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(known);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([name, inner]) => [name, known(inner)]),
  );
}
