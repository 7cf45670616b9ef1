import { SeverityNumber, type Attributes, type LogRecord } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { NodeSnapshot, Snapshot } from '../../core/index.ts';
import { nodeHostFacts, nodeHostId } from './node-host-event.ts';

/** At the latest after this long a node is reported again: to whom two reports are missing, it is gone. */
export const REPORT_INTERVAL_MS = 300_000;

const ENTITY_TYPE = 'openclaw.nodehost';

/** What was last reported of one node. */
interface Reported {
  readonly id: Readonly<Record<string, string>>;
  /** The description, as text to compare. */
  readonly description: string;
  readonly atMonoMs: number;
}

/**
 * Each node as an entity of OpenTelemetry, told by log events: `entity.state` when it appears, when what describes it
 * changes and otherwise at each report interval; `entity.delete` when it is no longer watched. How it is, is no
 * description: that is told by `state_change`.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/entities/entity-events/
 */
export class EntityEvents {
  readonly #reported = new Map<string, Reported>();

  /** The events that are due now. */
  review({ nodes, at }: Snapshot): readonly LogRecord[] {
    const present = new Map(nodes.map((node) => [JSON.stringify([node.gateway, node.name]), node]));
    const gone = [...this.#reported].filter(([key]) => !present.has(key));
    for (const [key] of gone) this.#reported.delete(key);
    return [
      ...gone.map(([, { id }]) => event('entity.delete', { 'entity.id': id }, at.wallMs)),
      ...[...present].flatMap(([key, node]) => this.#state(key, node, at)),
    ];
  }

  #state(key: string, node: NodeSnapshot, at: Snapshot['at']): readonly LogRecord[] {
    const facts = nodeHostFacts(node);
    const description = JSON.stringify(facts);
    const before = this.#reported.get(key);
    if (before?.description === description && at.monoMs - before.atMonoMs < REPORT_INTERVAL_MS) return [];
    const id = nodeHostId(node);
    this.#reported.set(key, { id, description, atMonoMs: at.monoMs });
    const attributes = {
      'entity.id': id,
      'entity.description': facts,
      'entity.report.interval': REPORT_INTERVAL_MS / 1_000,
    };
    return [event('entity.state', attributes, at.wallMs)];
  }
}

function event(
  eventName: string,
  attributes: Readonly<Record<string, Attributes | string | number>>,
  wallMs: number,
): LogRecord {
  const time = millisToHrTime(wallMs);
  return {
    eventName,
    timestamp: time,
    observedTimestamp: time,
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    attributes: { 'entity.type': ENTITY_TYPE, ...attributes },
  };
}
