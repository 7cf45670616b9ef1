import { ROOT_CONTEXT, SeverityNumber, trace, type LogRecord, type SpanContext } from '@opentelemetry/api';
import type { NodeSnapshot, RecoveryOutcome, RecoveryStep } from '../../core/index.ts';
import { redactText } from '../../telemetry/redact.ts';
import { hrTimeOf } from './hr-time.ts';
import { nodeHostFacts, nodeHostId } from './state-change-event.ts';

const RECOVERY = 'openclaw.nodehost.recovery';

/** Nothing went wrong, and nobody is needed. */
const CALM: ReadonlySet<RecoveryOutcome> = new Set(['attached', 'skipped', 'dry_run']);

/**
 * The log event of one step of recovery: a restart that begins, and what came of it.
 *
 * @param outage ids of the span of the outage that the restart is to end
 */
export function recoveryEvent(
  step: RecoveryStep,
  node: NodeSnapshot,
  outage: SpanContext | undefined,
): LogRecord {
  const isCalm = step.kind === 'ended' && CALM.has(step.outcome);
  const time = hrTimeOf(step.at.wallMs);
  const words = redactText(step.words);
  return {
    eventName: RECOVERY,
    timestamp: time,
    observedTimestamp: time,
    severityNumber: isCalm ? SeverityNumber.INFO : SeverityNumber.WARN,
    severityText: isCalm ? 'INFO' : 'WARN',
    body: `node host ${JSON.stringify(node.name)}: ${words}`,
    attributes: {
      ...nodeHostId(node),
      ...nodeHostFacts(node),
      'openclaw.nodehost.recovery.step': step.kind,
      ...(step.kind === 'ended' && { 'openclaw.nodehost.recovery.outcome': step.outcome }),
      ...(step.kind === 'ended' &&
        step.attachedAfterMs !== undefined && {
          'openclaw.nodehost.recovery.attached_after': step.attachedAfterMs / 1_000,
        }),
      'openclaw.nodehost.why': words,
    },
    ...(outage !== undefined && { context: trace.setSpanContext(ROOT_CONTEXT, outage) }),
  };
}
