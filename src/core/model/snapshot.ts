import type { GatewayCounters, NodeCounters } from './counters.ts';
import type { PairingRequest } from './gateway-record.ts';
import type { NodeKind } from './node-kind.ts';
import type { NodeScope, NodeState } from './node-state.ts';
import type {
  Endpoint,
  HostStats,
  KernelState,
  Service,
  StartupStatus,
  SupervisorStanding,
  TargetId,
} from './observation.ts';
import type { RecoveryStatus } from './recovery.ts';
import type { Remedy } from './remedy.ts';
import type { Reason } from './reason.ts';
import type { AskingDevice, GatewayLife } from '../facts/gateway-log.ts';
import type { Setback } from '../facts/setback.ts';
import type { Instant } from './time.ts';
import type { AuthReason, ProofSource, SourceErrorKind, SourceName } from './vocabulary.ts';

/** One change of state, kept in a ring of the last 200 for each node host. */
export interface Transition {
  readonly from: NodeState;
  readonly to: NodeState;
  readonly at: Instant;
  readonly reasons: readonly Reason[];
  /** One sentence. */
  readonly why: string;
}

/** What each viewpoint says of one node host; absent where that viewpoint says nothing (any more). */
export interface Evidence {
  readonly process?: {
    readonly pid: number;
    /** Tells it from a later process with the same pid. */
    readonly incarnation: string;
    readonly kernelState: KernelState;
    readonly startedAtWallMs: number;
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly voluntarySwitches?: number;
    /** Since the pulse last advanced. */
    readonly pulseAgeMs?: number;
  } | null;
  readonly socket?: {
    readonly endpoint: Endpoint | null;
    readonly state: 'none' | 'opening' | 'established' | 'close-wait' | 'closing';
    readonly ageMs?: number;
    readonly unreadBytes: number;
  };
  readonly log?: {
    readonly readable: boolean;
    readonly lastWriteWallMs?: number;
    /** The last event that concerned the connection, in words. */
    readonly lastEvent?: string;
    readonly failedAttempts?: number;
    readonly parked?: AuthReason;
  };
  readonly gateway?: {
    readonly connected: boolean;
    readonly approved?: boolean;
    readonly hostStatsAgeMs?: number;
    /** How its machine is doing; only while it is attached. */
    readonly hostStats?: HostStats;
    /** How many commands it offers; only while it is attached. */
    readonly commands?: number;
    readonly rowAgeMs: number;
  };
  readonly probe?: {
    readonly ok: boolean;
    readonly durationMs: number;
    readonly timeoutsInARow: number;
  };
  /** What the log of its gateway last told of it; only of nodes that are known by their gateway alone. */
  readonly calls?: {
    readonly refused?: { readonly reason: AuthReason; readonly ageMs: number } & PairingRequest;
    /** Since its device was approved. */
    readonly approvedAgeMs?: number;
    /** How many of its commands the gateway's configuration withheld at its last connect. */
    readonly withheldCommands?: number;
  };
  readonly supervisor?: {
    readonly service: Service;
    readonly standing: SupervisorStanding;
    /** Automatic restarts since somebody last started the service. */
    readonly restarts?: number;
    /** How old the answer is. */
    readonly ageMs: number;
  };
}

/** Everything known of one node host at one instant. */
export interface NodeSnapshot {
  /** Stable for as long as it is watched; the last part of `/livez/<node>` accepts this too. */
  readonly key: string;
  /** The `node_host` label: display name, made unique. */
  readonly name: string;
  readonly scope: NodeScope;
  readonly kind: NodeKind;
  readonly target?: TargetId;
  /** The gateway that it belongs to, by its `gateway` label. */
  readonly gateway: string;
  readonly nodeId?: string;
  readonly version?: string;
  readonly platform?: string;
  readonly state: NodeState;
  readonly since: Instant;
  readonly reasons: readonly Reason[];
  /** Why, in one sentence, for a person. */
  readonly why: string;
  /** What would help. */
  readonly remedy: Remedy;
  readonly live: boolean;
  readonly ready: boolean;
  /** Absent when the gateway's answer is not known. */
  readonly connected?: boolean;
  /** Absent when the gateway's version does not tell. */
  readonly approved?: boolean;
  /** The newest moment at which it was attached and proven alive; absent where nobody ever knew. */
  readonly heartbeat?: Instant;
  /** When each source last proved that its event loop ran, attached or not. */
  readonly proofsOfLife: Readonly<Partial<Record<ProofSource, Instant>>>;
  readonly lastConnect?: Instant;
  readonly lastDisconnect?: Instant;
  /**
   * When its gateway last heard of it, by the gateway's own records: also of the signs of life that a sleeping phone
   * gives without a session. Absent for a node host of this machine, which is seen itself.
   */
  readonly lastSeen?: Instant;
  readonly parked?: AuthReason;
  readonly restartBudgetExhausted: boolean;
  readonly evidence: Evidence;
  /** How many others of its gateway have its kind and display name: ghosts of an earlier pairing, or two that are called alike. */
  readonly namesakes: number;
  readonly counters: NodeCounters;
  /** What of it is counted at all: of a node that only its gateway knows, what the log of that tells. */
  readonly counts: { readonly refusals: boolean; readonly closes: boolean };
  readonly transitions: readonly Transition[];
  /** The last closes and refusals that its log told of, newest last; absent where its log was not read. */
  readonly setbacks?: readonly Setback[];
  /** Added by the shell; absent where recovery is off, and for what runs on other machines. */
  readonly recovery?: RecoveryStatus;
}

export type GatewayHealth = 'unknown' | 'down' | 'deaf' | 'recovering' | 'healthy';

/** Everything known of one gateway at one instant. */
export interface GatewaySnapshot {
  /** The `gateway` label: host:port, never a credential. */
  readonly name: string;
  readonly url: string;
  readonly health: GatewayHealth;
  readonly why: string;
  readonly healthySince?: Instant;
  /** Absent until the first answer, or where it is not known any more. */
  readonly httpUp?: boolean;
  /** By our session, and without one by a WebSocket that anybody may ask for; absent where neither tells. */
  readonly wsUp?: boolean;
  readonly httpRttMs?: number;
  readonly wsRttMs?: number;
  /** How far its clock goes before ours. */
  readonly clockSkewMs?: number;
  /** What it says of itself; absent where its version does not say, or nobody has asked lately. */
  readonly ready?: boolean;
  readonly startup?: StartupStatus;
  /** When the certificate that it shows expires, in Unix milliseconds; absent without TLS. */
  readonly certificateNotAfterMs?: number;
  /** Nodes of it that share their kind and display name with another. */
  readonly duplicateNodes: number;
  readonly version?: string;
  readonly sessionRefusedFor?: AuthReason;
  /** Its own log was read, by this run or an earlier one. */
  readonly hasLog: boolean;
  /** What its log last told of its own start or end. */
  readonly life?: GatewayLife;
  /** Devices that wait to be approved there, by its log; `name`: of the node that it is, where that is known. */
  readonly asking: readonly (AskingDevice & { readonly name?: string })[];
  readonly counters: GatewayCounters;
}

/** How one source is doing. */
export interface SourceSnapshot {
  readonly source: SourceName;
  readonly enabled: boolean;
  readonly up: boolean;
  readonly lastSuccess?: Instant;
  readonly lastDurationMs?: number;
  readonly lastError?: { readonly kind: SourceErrorKind; readonly message: string; readonly at: Instant };
  readonly errors: Readonly<Record<SourceErrorKind, number>>;
  /** What a person should know although its looks succeed. */
  readonly note?: string;
  /** How often lines of its log may have been lost; absent where it reads none. */
  readonly gaps?: number;
}

/** All verdicts, counters and source health at one instant; immutable; the only thing that exporters read. */
export interface Snapshot {
  readonly at: Instant;
  /** Since when the exporter (this process) has been looking. */
  readonly observedSince: Instant;
  /** Set while deadlines are restarted because the exporter itself was late or suspended. */
  readonly doubt?: string;
  /** In the order of the configuration; never empty. */
  readonly gateways: readonly GatewaySnapshot[];
  /** Sorted by name. */
  readonly nodes: readonly NodeSnapshot[];
  /** Nobody named a node host of this machine, one was looked for, and there is none. */
  readonly noNodeHostHere?: true;
  /** Nodes that were ever left unwatched for want of room. */
  readonly nodesDropped: number;
  /** Nodes that are left unwatched for want of room now. */
  readonly nodesUnwatched: number;
  /** Unix time in milliseconds at which `nodesDropped` was zero; absent where that is not known. */
  readonly nodesDroppedSince?: number;
  readonly sources: readonly SourceSnapshot[];
}
