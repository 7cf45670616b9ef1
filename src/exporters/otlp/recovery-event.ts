import type { LogRecord, SpanContext } from '@opentelemetry/api';
import type { NodeSnapshot, RecoveryOutcome, RecoveryStep } from '../../core/index.ts';
import { redactText } from '../../telemetry/redact.ts';
import { nodeHostEvent } from './node-host-event.ts';

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
