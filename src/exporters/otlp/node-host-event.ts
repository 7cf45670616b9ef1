import {
  ROOT_CONTEXT,
  SeverityNumber,
  trace,
  type Attributes,
  type LogRecord,
  type SpanContext,
} from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import {
  adviceOf,
  present,
  wouldRestartHelp,
  type NodeSnapshot,
  type RecoveryOutcome,
  type RecoveryStep,
  type Transition,
} from '../../core/index.ts';
import { evidenceDocument } from '../../document/nodes-document.ts';
import { redactText } from '../../telemetry/redact.ts';

/** What identifies a node host in events and spans: the labels `gateway` and `node_host` of its metrics. */
export function nodeHostId(node: NodeSnapshot): Readonly<Record<string, string>> {
  return { 'openclaw.gateway.name': node.gateway, 'openclaw.nodehost.name': node.name };
}

/** What is known of a node host beside how it is; what is not known is left out. */
export function nodeHostFacts({ scope, nodeId, version, platform }: NodeSnapshot): Attributes {
  return present({
    'openclaw.nodehost.scope': scope,
    'openclaw.nodehost.id': nodeId,
    'openclaw.nodehost.version': version,
    'openclaw.nodehost.platform': platform,
  });
}

interface NodeHostEvent {
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
function nodeHostEvent({
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

/** Nothing went wrong, and nobody is needed. */
const CALM: ReadonlySet<RecoveryOutcome> = new Set(['attached', 'skipped', 'dry_run']);

/** The log event of one step of recovery: a restart that begins, and what came of it. */
export function recoveryEvent(
  step: RecoveryStep,
  node: NodeSnapshot,
  outage: SpanContext | undefined,
): LogRecord {
  const hasEnded = step.kind === 'ended';
  const attachedAfterMs = hasEnded ? step.attachedAfterMs : undefined;
  const words = redactText(step.words);
  return nodeHostEvent({
    eventName: 'openclaw.nodehost.recovery',
    node,
    wallMs: step.at.wallMs,
    isBad: !(hasEnded && CALM.has(step.outcome)),
    words,
    outage,
    attributes: {
      'openclaw.nodehost.recovery.step': step.kind,
      ...(hasEnded && { 'openclaw.nodehost.recovery.outcome': step.outcome }),
      ...(attachedAfterMs !== undefined && {
        'openclaw.nodehost.recovery.attached_after': attachedAfterMs / 1_000,
      }),
      'openclaw.nodehost.why': words,
    },
  });
}
