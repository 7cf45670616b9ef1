import type { Attributes, LogRecord, SpanContext } from '@opentelemetry/api';
import { adviceOf, type NodeSnapshot, type Transition, wouldRestartHelp } from '../../core/index.ts';
import { evidenceDocument } from '../../document/nodes-document.ts';
import { redactText } from '../../telemetry/redact.ts';
import { nodeHostEvent } from './node-host-event.ts';

export const STATE_CHANGE = 'openclaw.nodehost.state_change';

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
 */
export function stateChangeEvent(
  transition: Transition,
  node: NodeSnapshot,
  outage: SpanContext | undefined,
): LogRecord {
  const { from, to, at, why } = transition;
  const advice = adviceOf(node.remedy);
  return nodeHostEvent({
    eventName: STATE_CHANGE,
    node,
    wallMs: at.wallMs,
    isBad: wouldRestartHelp(to),
    words: `${from} -> ${to}. ${redactText(why)}`,
    outage,
    attributes: {
      ...transitionAttributes(transition),
      'openclaw.nodehost.remedy': node.remedy.kind,
      ...(advice !== '' && { 'openclaw.nodehost.advice': redactText(advice) }),
      'openclaw.nodehost.live': node.live,
      'openclaw.nodehost.ready': node.ready,
      'openclaw.nodehost.evidence': known(evidenceDocument(node.evidence)),
    },
  });
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
