import {
  AUTH_REASONS,
  CLOSE_CODES,
  FAILURE_REASONS,
  HEARTBEAT_SOURCES,
  NODE_STATES,
  REASONS,
  SOURCE_ERROR_KINDS,
  SOURCE_NAMES,
} from '../core/index.ts';
import { REFUSAL_REASONS } from '../http/refusals.ts';
import type { LabelDefinition } from './metric.ts';
import { OTLP_FAILURE_REASONS, OTLP_QUEUED_SIGNALS, OTLP_SIGNALS } from './otlp/otlp-status.ts';

/** Every label of every metric. Never `node` or `instance`: those are often labels of the scrape target. */
export const LABELS = {
  gateway: { name: 'gateway', values: 'host:port of the gateway' },
  nodeHost: {
    name: 'node_host',
    values: 'display name of the node host; `#` and 8 hex digits follow where two share one',
  },
  nodeId: { name: 'node_id', values: 'id of the node host; empty when not known' },
  nodeVersion: { name: 'version', values: 'OpenClaw version of the node host; empty when not known' },
  platform: { name: 'platform', values: 'platform of the node host; empty when not known' },
  scope: { name: 'scope', values: ['local', 'remote'] },
  state: { name: 'state', values: NODE_STATES },
  to: { name: 'to', values: NODE_STATES },
  heartbeatSource: { name: 'source', values: HEARTBEAT_SOURCES },
  failureReason: { name: 'reason', values: FAILURE_REASONS },
  verdictReason: { name: 'reason', values: [...REASONS, ...AUTH_REASONS] },
  authReason: { name: 'reason', values: AUTH_REASONS },
  closeCode: { name: 'code', values: CLOSE_CODES },
  transport: { name: 'transport', values: ['http', 'ws'] },
  status: { name: 'status', values: ['connected', 'disconnected', 'unknown'] },
  gatewayVersion: { name: 'version', values: 'OpenClaw version of the gateway' },
  source: { name: 'source', values: SOURCE_NAMES },
  errorKind: { name: 'kind', values: SOURCE_ERROR_KINDS },
  otlpSignal: { name: 'signal', values: OTLP_SIGNALS },
  otlpQueuedSignal: { name: 'signal', values: OTLP_QUEUED_SIGNALS },
  otlpFailureReason: { name: 'reason', values: OTLP_FAILURE_REASONS },
  refusalReason: { name: 'reason', values: REFUSAL_REASONS },
  exporterVersion: { name: 'version', values: 'version of this exporter' },
  nodejsVersion: { name: 'nodejs_version', values: 'version of the Node.js that runs it' },
} as const satisfies Record<string, LabelDefinition>;
