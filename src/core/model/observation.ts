import type { GatewayRecord } from './gateway-record.ts';
import type { Instant } from './time.ts';
import type { AuthReason, FailureReason, SourceErrorKind, SourceName } from './vocabulary.ts';

/** Names one node host of this machine that the exporter was told (or found) to watch. Stable across its restarts. */
export type TargetId = string;

/** Where a node host dials. It may be a tunnel or a proxy rather than the gateway's own address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * One fact that one source saw. Sources say what they saw and when; what it means is decided in the core.
 * Every observation holds for three of its source's intervals; after that the fact is not known any more.
 */
export type Observation =
  | ProcessObservation
  | SocketObservation
  | LogObservation
  | LogStatusObservation
  | GatewayHttpObservation
  | GatewayStatusObservation
  | GatewayWsObservation
  | GatewaySessionObservation
  | GatewayLogObservation
  | GatewayLogStatusObservation
  | ProbeObservation
  | SupervisorObservation;

export const KERNEL_STATES = ['running', 'sleeping', 'disk-wait', 'stopped', 'other'] as const;
/** What the kernel says of the main thread. A defunct (zombie) process is reported as no process. */
export type KernelState = (typeof KERNEL_STATES)[number];

/** One look at a running node host process. */
export interface ProcessSample {
  readonly pid: number;
  /** `pid:startTime`; a pid alone is reused, the pair is not. */
  readonly incarnation: string;
  readonly kernelState: KernelState;
  readonly uptimeMs: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Voluntary context switches of the main thread: the event loop's pulse. Absent where the system has none. */
  readonly voluntarySwitches?: number;
  /** CPU time of the main thread alone. Absent where the system does not tell. */
  readonly mainThreadCpuSeconds?: number;
  /** CPU time of the programs that it started, of ended ones too. Absent where the system does not tell, or nobody asked. */
  readonly childrenCpuSeconds?: number;
}

export interface ProcessObservation {
  readonly source: 'process';
  readonly target: TargetId;
  readonly at: Instant;
  /** `null`: looked, and there is none. */
  readonly process: ProcessSample | null;
  /** There is none yet: somebody has just started what becomes one. */
  readonly isStarting?: boolean;
  /** What the process's command line or its files say about it; absent where they say nothing. */
  readonly hints?: NodeHostHints;
}

/** What was found out about a node host without asking the gateway. */
export interface NodeHostHints {
  readonly endpoint?: Endpoint;
  readonly displayName?: string;
  readonly nodeId?: string;
  readonly version?: string;
  /** Regular files that the process writes its stdout and stderr to. */
  readonly logPaths?: readonly string[];
  readonly service?: Service;
  readonly tls?: boolean;
}

/** A systemd unit, of the machine's own manager or of a user's. */
export interface SystemdUnit {
  readonly manager: 'systemd';
  /** With its ending: `openclaw-node.service`. */
  readonly unit: string;
  readonly user: boolean;
}

/** A launchd job. */
export interface LaunchdJob {
  readonly manager: 'launchd';
  readonly label: string;
  /** `gui/501`, `system`. */
  readonly domain: string;
}

/** The service of a service manager that a process runs in. */
export type Service = SystemdUnit | LaunchdJob;

/** What its manager calls a service. */
export function serviceName(service: Service): string {
  switch (service.manager) {
    case 'systemd':
      return service.unit;
    case 'launchd':
      return service.label;
    default:
      return service satisfies never;
  }
}

/** Whether two are the same service of the same manager. In which of its domains launchd has a job is found out only by asking. */
export function isSameService(a: Service, b: Service | undefined): boolean {
  if (a.manager !== b?.manager) return false;
  if (a.manager === 'systemd') return b.manager === 'systemd' && a.unit === b.unit && a.user === b.user;
  return b.manager === 'launchd' && a.label === b.label;
}

export type ConnectionState = 'opening' | 'established' | 'close-wait' | 'closing';

/** A TCP connection of the node host's process to its endpoint. */
export interface Connection {
  /** Names the connection for as long as it lives (the socket's inode on Linux). */
  readonly id: string;
  readonly state: ConnectionState;
  readonly unreadBytes: number;
}

export interface SocketObservation {
  readonly source: 'socket';
  readonly target: TargetId;
  readonly at: Instant;
  readonly incarnation: string;
  /** Where we looked; `null` when nobody could tell where this node host dials. */
  readonly endpoint: Endpoint | null;
  /** Connections to `endpoint`; empty when there is none, or when the endpoint is not known. */
  readonly connections: readonly Connection[];
  /** Whether the process has any established outgoing TCP connection at all, to wherever. */
  readonly anyEstablished: boolean;
}

/** What one line (or pair of lines) of a node host's log says. */
export type LogEvent =
  | { readonly kind: 'connected'; readonly url: string }
  | {
      readonly kind: 'connect-failed';
      readonly reason: FailureReason;
      /** Set when the gateway refused the credential or the device. */
      readonly auth?: AuthReason;
      /** `gateway closed (…)`: tells of the close line just before it (2026.4.x), not of a further attempt. */
      readonly echoesClose: boolean;
      readonly message: string;
    }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  | {
      readonly kind: 'paused';
      readonly code: number;
      readonly auth: AuthReason;
      /** `waiting`: the process stays up and never tries again by itself. `exiting`: it leaves that to its supervisor. */
      readonly disposition: 'waiting' | 'exiting';
    }
  | { readonly kind: 'rejected'; readonly type: string }
  /** `node capability surface is awaiting operator approval` */
  | { readonly kind: 'awaiting-approval' }
  /** Any other line: it says only that something ran. */
  | { readonly kind: 'other' };

/**
 * `live`: read as it was written. `catch-up`: written while nobody looked; it counts, but it is not now.
 * `history`: from before we ever looked; it tells what was last, but neither counts nor is now.
 */
export type Recency = 'live' | 'catch-up' | 'history';

export interface LogObservation {
  readonly source: 'log';
  readonly kind: 'line';
  readonly target: TargetId;
  readonly at: Instant;
  readonly event: LogEvent;
  readonly recency: Recency;
  /** When the line was written, where the log tells (the journal does, a file does not). */
  readonly writtenWallMs?: number;
}

/** Whether the log can be read at all: only then does its silence say something. */
export interface LogStatusObservation {
  readonly source: 'log';
  readonly kind: 'status';
  readonly target: TargetId;
  readonly at: Instant;
  readonly readable: boolean;
  readonly lastWriteWallMs?: number;
}

export type HttpResult =
  | { readonly ok: true; readonly rttMs: number }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      readonly message: string;
      readonly answered: boolean;
    };

export interface GatewayHttpObservation {
  readonly source: 'gateway-http';
  readonly gateway: string;
  readonly at: Instant;
  /** The target along whose own path to the gateway we looked; absent: the gateway's own URL. */
  readonly target?: TargetId;
  readonly result: HttpResult;
  /** When the certificate that it showed expires, in Unix milliseconds; absent without TLS. */
  readonly certificateNotAfterMs?: number;
}

export const STARTUP_STATUSES = ['starting', 'started', 'draining'] as const;
/** How far a gateway is with its start, or its end; 2026.9 tells. */
export type StartupStatus = (typeof STARTUP_STATUSES)[number];

/** What a gateway says of itself on `/readyz` and `/startupz`, to anybody. */
export interface GatewayStatusObservation {
  readonly source: 'gateway-status';
  readonly gateway: string;
  readonly at: Instant;
  /** Milliseconds for which it says something: until three more should have come. */
  readonly validMs: number;
  /** Absent where it did not say. Red also for a chat channel that is broken, which no node host notices. */
  readonly ready?: boolean;
  readonly startup?: StartupStatus;
}

/** A WebSocket was asked for, and is answered when `connect.challenge` has come, which a gateway sends to anybody. */
export interface GatewayWsObservation {
  readonly source: 'gateway-ws';
  readonly gateway: string;
  readonly at: Instant;
  /** The target whose own way we took; absent: the gateway's own URL. */
  readonly target?: TargetId;
  readonly result: HttpResult;
  /** The gateway's clock when it sent the challenge; absent where it did not say. */
  readonly gatewayTsMs?: number;
}

/** How the machine of a node is doing, by its own word. What it cannot tell is absent. */
export interface HostStats {
  readonly cpuCount?: number;
  /** Of the last minute. */
  readonly loadAverage?: number;
  readonly memoryTotalBytes?: number;
  readonly memoryFreeBytes?: number;
  readonly diskTotalBytes?: number;
  readonly diskAvailableBytes?: number;
}

/** One row of `node.list`, reduced to what we use. Fields that a gateway's version lacks are absent. */
export interface RosterRow {
  readonly nodeId: string;
  readonly displayName?: string;
  readonly clientId?: string;
  readonly version?: string;
  readonly platform?: string;
  readonly connected: boolean;
  readonly paired?: boolean;
  readonly approvalState?: 'approved' | 'pending-approval' | 'pending-reapproval' | 'unapproved';
  readonly commandCount?: number;
  readonly approvedAtMs?: number;
  readonly connectedAtMs?: number;
  readonly lastConnectedAtMs?: number;
  readonly lastDisconnectedAtMs?: number;
  /** When the gateway last heard of it; for an attached node host that is its connect. */
  readonly lastSeenAtMs?: number;
  readonly hostStatsUpdatedAtMs?: number;
  readonly hostStats?: HostStats;
  /** Its session comes from another machine than the gateway's own; the address itself is nobody's business. */
  readonly fromElsewhere?: true;
}

export type GatewaySessionObservation = {
  readonly source: 'gateway-session';
  readonly gateway: string;
  readonly at: Instant;
} & (
  | {
      readonly kind: 'opened';
      readonly serverVersion: string;
      readonly protocol: number;
      readonly bootId?: string;
      readonly uptimeMs?: number;
      readonly connectMs: number;
    }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** The gateway answered, and refused us: its WebSocket side works. */
  | {
      readonly kind: 'refused';
      readonly auth: AuthReason;
      readonly detailCode: string;
      readonly retryInMs: number;
    }
  /** No session for a reason that is not our credential. */
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string }
  /** We have nothing that we could log in with, or no way that we would send it on, and so do not try. */
  | { readonly kind: 'no-credential' }
  | {
      readonly kind: 'roster';
      /** The gateway's own clock in the same reply; the rows' times are compared with this and nothing else. */
      readonly gatewayTsMs: number;
      readonly rows: readonly RosterRow[];
      readonly rttMs: number;
    }
  | { readonly kind: 'roster-failed'; readonly reason: FailureReason; readonly message: string }
  /** `node.hostStats` event: the gateway just received host stats from this node. */
  | { readonly kind: 'host-stats'; readonly nodeId: string }
);

/** One record of the log of one gateway. */
export interface GatewayLogObservation {
  readonly source: 'gateway-log';
  readonly kind: 'record';
  readonly gateway: string;
  readonly at: Instant;
  /** When it was written, on the same machine's clock. */
  readonly when: Instant;
  readonly recency: Recency;
  readonly record: GatewayRecord;
}

/** Whether the log of a gateway can be read at all. */
export interface GatewayLogStatusObservation {
  readonly source: 'gateway-log';
  readonly kind: 'status';
  readonly gateway: string;
  readonly at: Instant;
  readonly readable: boolean;
}

/** What was seen of a gateway, by whichever viewpoint. */
export type GatewayObservation =
  GatewayHttpObservation | GatewayStatusObservation | GatewayWsObservation | GatewaySessionObservation;

export interface ProbeObservation {
  readonly source: 'probe';
  readonly gateway: string;
  readonly nodeId: string;
  /** When the answer came or was given up. */
  readonly at: Instant;
  /** Milliseconds for which this outcome says something: until three more probes should have come back. */
  readonly validMs: number;
  readonly durationMs: number;
  /** `unavailable`: could not be sent or was not permitted; says nothing about the node host. */
  readonly outcome: 'answered' | 'timeout' | 'unavailable';
}

/** How the service manager stands to the service of one node host. */
export type SupervisorStanding =
  /** Started, or about to start or stop. */
  | { readonly kind: 'running' }
  /** It waits a moment before it starts it again. */
  | { readonly kind: 'restarting' }
  /** Never started, or somebody stopped it. */
  | { readonly kind: 'stopped' }
  /** It ended badly and nobody was asked to start it again: it has no restart policy, or was being stopped. */
  | { readonly kind: 'failed'; readonly lastExit: string }
  /**
   * The manager was to start it again and will not do so any more. `restart-limit`: it ended too often in too short a
   * time. `exit-status`: it ended with a status that its unit excepts from restarts. `held-back`: launchd starts nothing
   * that nobody demands, for hours; any demand is met.
   */
  | {
      readonly kind: 'gave-up';
      readonly because: 'restart-limit' | 'exit-status' | 'held-back';
      /** In words: `exit status 1`, `signal 9`. */
      readonly lastExit: string;
    }
  /** The manager tries for ever, and each time its program, directory or signature is missing. */
  | { readonly kind: 'cannot-start'; readonly lastExit: string }
  /** The manager does not know the service (any more): nothing will start it. */
  | {
      readonly kind: 'not-loaded';
      /** `disabled`: somebody told the manager not to load it. `logged-out`: its user has to log in before it can be. */
      readonly because?: 'disabled' | 'logged-out';
    };

/** What a service manager says of the service of one node host. */
export interface SupervisorObservation {
  readonly source: 'supervisor';
  readonly target: TargetId;
  readonly at: Instant;
  readonly service: Service;
  readonly standing: SupervisorStanding;
  /** Automatic restarts since somebody last started the unit; absent where the manager does not count them. */
  readonly restarts?: number;
}

/** A source's report on itself, one for each look. *No data* is not *failed*. */
export interface SourceReport {
  readonly source: SourceName;
  /** Of a source that looks at several gateways, at which one. */
  readonly gateway?: string;
  readonly at: Instant;
  readonly durationMs: number;
  /** Absent when the look succeeded, also when it found nothing. */
  readonly error?: { readonly kind: SourceErrorKind; readonly message: string };
  /** Something a person should know although the look succeeded. */
  readonly note?: string;
  /** Of a log: that lines of it may be lost, and why, a sentence each. */
  readonly gaps?: readonly string[];
}
