/** The core's only door: the instance, what it takes and what it gives. Nobody outside imports past it. */
export {
  type CoreSettings,
  type GatewayRef,
  LivenessCore,
  type LocalNode,
  type NodeTransition,
  type RemoteNode,
} from './core.ts';
export type { Ledger, Refusal } from './facts/log.ts';
export type { Heartbeats, LocalFacts } from './facts/node-facts.ts';
export type { SessionFacts } from './facts/roster-entry.ts';
export type { NodeCounters } from './model/counters.ts';
export { isBlank } from './model/naming.ts';
export { NODE_STATES, type NodeState, wouldRestartHelp } from './model/node-state.ts';
export {
  type Connection,
  type ConnectionState,
  type Endpoint,
  type GatewayHttpObservation,
  type GatewaySessionObservation,
  type HttpResult,
  KERNEL_STATES,
  type KernelState,
  type LogEvent,
  type NodeHostHints,
  type Observation,
  type ProcessSample,
  type Recency,
  type RosterRow,
  type SocketObservation,
  type SourceReport,
  SUPERVISOR_STANDINGS,
  type SupervisorStanding,
  type SystemdUnit,
  type TargetId,
} from './model/observation.ts';
export { omit } from './model/omit.ts';
export { authReasonOf, mainReasonOf, type Reason, REASONS } from './model/reason.ts';
export { Secret } from './model/secret.ts';
export type {
  Evidence,
  GatewayHealth,
  GatewaySnapshot,
  NodeSnapshot,
  Snapshot,
  SourceSnapshot,
  Transition,
} from './model/snapshot.ts';
export { DEFAULT_THRESHOLDS, type Thresholds } from './model/thresholds.ts';
export { elapsedMs, type Instant, later } from './model/time.ts';
export {
  AUTH_REASONS,
  type AuthReason,
  authReasonOfDetailCode,
  CLOSE_CODES,
  FAILURE_REASONS,
  type FailureReason,
  HEARTBEAT_SOURCES,
  SOURCE_ERROR_KINDS,
  SOURCE_NAMES,
  type SourceErrorKind,
  type SourceName,
} from './model/vocabulary.ts';
export { isFault, type RestoredFault } from './rules/restored-fault.ts';
export type { SelfTrust } from './rules/self-trust.ts';
export { firstVerdict, type Verdict } from './rules/verdict.ts';
export { snapshotOf } from './snapshot-of.ts';
