/** The core's only door: the instance, what it takes and what it gives. Nobody outside imports past it. */
export { LivenessCore, type NodeTransition } from './core.ts';
export type { GatewayRef } from './gateways.ts';
export type { GatewayMemory, LocalMemory, Memory, RemoteMemory } from './memory.ts';
export type { NodeCounters } from './model/counters.ts';
export type { Directive, DirectiveOf, LogHints } from './model/directive.ts';
export { endpointText, isLoopback, isSameEndpoint } from './model/endpoint.ts';
export {
  type Caller,
  CALLER_ROLES,
  type CallerRole,
  type GatewayRecord,
  PAIRING_CAUSES,
  type PairingRequest,
} from './model/gateway-record.ts';
export { isBlank } from './model/naming.ts';
export { NODE_KINDS, type NodeKind } from './model/node-kind.ts';
export { FAULTS, NODE_STATES, type NodeState, statesOf, wouldRestartHelp } from './model/node-state.ts';
export {
  type Connection,
  type ConnectionState,
  type Endpoint,
  type GatewayHttpObservation,
  type GatewayLogObservation,
  type GatewaySessionObservation,
  type GatewayStatusObservation,
  type GatewayWsObservation,
  type HostStats,
  type HttpResult,
  isSameService,
  type KernelState,
  type LaunchdJob,
  type LogEvent,
  type NodeHostHints,
  type Observation,
  type ProcessSample,
  type Recency,
  type RosterRow,
  type Service,
  serviceName,
  type SocketObservation,
  type SourceReport,
  STARTUP_STATUSES,
  type StartupStatus,
  type SupervisorStanding,
  type SystemdUnit,
  type TargetId,
} from './model/observation.ts';
export { omit } from './model/omit.ts';
export { present } from './model/present.ts';
export { mainReasonOf, type Reason, REASONS } from './model/reason.ts';
export {
  RECOVERY_OUTCOMES,
  type RecoveryOutcome,
  type RecoveryStatus,
  type RecoveryStep,
} from './model/recovery.ts';
export { adviceOf } from './model/remedy.ts';
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
export { before, elapsedMs, type Instant, later } from './model/time.ts';
export {
  AUTH_REASONS,
  type AuthReason,
  authReasonOfDetailCode,
  CLOSE_CODES,
  CONNECT_REFUSALS,
  FAILURE_REASONS,
  type FailureReason,
  PROOF_SOURCES,
  type ProofSource,
  SOURCE_ERROR_KINDS,
  SOURCE_NAMES,
  type SourceErrorKind,
  type SourceName,
} from './model/vocabulary.ts';
export type { SelfTrust } from './rules/self-trust.ts';
export { TRANSITIONS_KEPT } from './rules/verdict.ts';
export type { CoreSettings } from './settings.ts';
