import {
  AUTH_REASONS,
  CALLER_ROLES,
  type AuthReason,
  type CLOSE_CODES,
  FAILURE_REASONS,
  NODE_KINDS,
  NODE_STATES,
  PROOF_SOURCES,
  REASONS,
  SOURCE_ERROR_KINDS,
  SOURCE_NAMES,
  STARTUP_STATUSES,
} from '../core/index.ts';
import { NOTIFY_OUTCOMES, NOTIFY_TARGETS } from '../ports/notify-status.ts';
import { REFUSAL_REASONS } from '../ports/web-status.ts';
import type { LabelDefinition } from './metric.ts';
import { OTLP_FAILURE_REASONS, OTLP_QUEUED_SIGNALS, OTLP_SIGNALS } from './otlp/otlp-status.ts';

/** Why a node host is blocked: the gateway's refusal, or what stands in its way. */
export const BLOCK_REASONS = [...AUTH_REASONS, 'tls', 'dns', 'http-4xx'] as const;

/*
 * A counter shows all its label values from the first scrape on, and a fleet has each of them for each of its node hosts.
 * What hardly any ever meets is therefore counted as `other`; which one it was is said by `blocked`, `parked` and `reason`.
 */

/** Refusals that node hosts meet in practice. */
const COUNTED_REFUSALS = [
  'token_missing',
  'token_mismatch',
  'device_token_mismatch',
  'rate_limited',
  'pairing_required',
  'other',
] as const satisfies readonly AuthReason[];

/** Codes with which connections of node hosts are closed in practice. */
const COUNTED_CLOSE_CODES = [
  '1000',
  '1005',
  '1006',
  '1008',
  '1012',
  '4000',
  '4001',
  'other',
] as const satisfies readonly (typeof CLOSE_CODES)[number][];

/** What of them a fleet pays for: a connection that went dead, and a gateway that restarted. */
export const REMOTE_CLOSE_CODES = [
  '1006',
  '1012',
  'other',
] as const satisfies readonly (typeof CLOSE_CODES)[number][];

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
  kind: { name: 'kind', values: NODE_KINDS },
  state: { name: 'state', values: NODE_STATES },
  to: { name: 'to', values: NODE_STATES },
  proofSource: { name: 'source', values: PROOF_SOURCES },
  failureReason: { name: 'reason', values: FAILURE_REASONS },
  verdictReason: { name: 'reason', values: [...REASONS, ...AUTH_REASONS] },
  callerRole: { name: 'role', values: CALLER_ROLES },
  connectRefusal: {
    name: 'reason',
    values: [...COUNTED_REFUSALS.slice(0, -1), 'handshake_timeout', 'other'],
  },
  countedRefusal: { name: 'reason', values: COUNTED_REFUSALS },
  parkReason: { name: 'reason', values: ['', ...AUTH_REASONS] },
  blockReason: { name: 'reason', values: ['', ...BLOCK_REASONS] },
  closeCode: { name: 'code', values: COUNTED_CLOSE_CODES },
  transport: { name: 'transport', values: ['http', 'ws'] },
  status: { name: 'status', values: ['connected', 'disconnected', 'unknown'] },
  startupStatus: { name: 'status', values: STARTUP_STATUSES },
  gatewayVersion: { name: 'version', values: 'OpenClaw version of the gateway' },
  recoveryOutcome: { name: 'outcome', values: ['attached', 'failed', 'skipped'] },
  notifyTarget: { name: 'target', values: NOTIFY_TARGETS },
  notifyOutcome: { name: 'outcome', values: NOTIFY_OUTCOMES },
  source: { name: 'source', values: SOURCE_NAMES },
  logSource: { name: 'source', values: ['log', 'gateway-log'] },
  errorKind: { name: 'kind', values: SOURCE_ERROR_KINDS },
  otlpSignal: { name: 'signal', values: OTLP_SIGNALS },
  otlpQueuedSignal: { name: 'signal', values: OTLP_QUEUED_SIGNALS },
  otlpFailureReason: { name: 'reason', values: OTLP_FAILURE_REASONS },
  refusalReason: { name: 'reason', values: REFUSAL_REASONS },
  exporterVersion: { name: 'version', values: 'version of this exporter' },
  nodejsVersion: { name: 'nodejs_version', values: 'version of the Node.js that runs it' },
} as const satisfies Record<string, LabelDefinition>;
