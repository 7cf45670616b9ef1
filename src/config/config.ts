import type { TargetId, Thresholds } from '../core/index.ts';
import type { OtlpSettings } from '../exporters/otlp/otlp-settings.ts';
import type { RecoverySettings } from '../recovery/rules/settings.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import type { ListenAddress } from './listen-address.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';
import type { Origin } from './origin.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * Which gateway to watch. A given URL is used as it is; otherwise the endpoint that the watched node host dials is
 * better known than `fallback`, which was read from OpenClaw's own settings.
 */
export type GatewayLocator =
  | { readonly kind: 'given'; readonly url: string }
  | {
      readonly kind: 'discover';
      readonly fallback: string;
      /** In words. */ readonly from: string;
      /** Nothing points at a gateway: `fallback` is only where one listens by default. */ readonly isGuess: boolean;
    };

/** One gateway of the list in the file. */
export interface NamedGateway {
  /** The `gateway` label; unique. */
  readonly name: string;
  readonly url: string;
  /** Absolute, and the only place that its token is taken from; absent: it is looked at by HTTP alone. */
  readonly tokenFile?: string;
  /** SHA-256 of its certificate, upper case, colons between the bytes. */
  readonly tlsFingerprint?: string;
  /** Where it logs itself; absent: found, where it runs on this machine. */
  readonly log?: NodeLog;
  /** Node hosts are probed by way of it: never without a token. */
  readonly probe: boolean;
}

/** How to find one node host among the processes of this machine. */
export type NodeLocator =
  /** `explicit: false`: nobody named it; it is OpenClaw's default state directory. */
  | { readonly kind: 'state-dir'; readonly path: string; readonly explicit: boolean }
  | { readonly kind: 'pid-file'; readonly path: string }
  | {
      readonly kind: 'systemd-unit';
      readonly unit: string;
      /** A unit of the user's own manager. */ readonly user: boolean;
    }
  | { readonly kind: 'launchd-label'; readonly label: string };

/** Whether somebody named this node host; OpenClaw's default is watched without. */
export function isNamed(locator: NodeLocator): boolean {
  return locator.kind !== 'state-dir' || locator.explicit;
}

/** Where the log of one node host is. `auto`: wherever its process writes to. */
export type NodeLog =
  | { readonly kind: 'auto' }
  | { readonly kind: 'journal' }
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string };

/** One node host of this machine that was configured, or assumed, to be watched. */
export interface NodeTarget {
  /** Made from the locator, so that it is the same after every restart. */
  readonly id: TargetId;
  /** Absent: the node host's own display name is used. */
  readonly name?: string;
  /** Absent: found in the gateway's roster. */
  readonly nodeId?: string;
  readonly locator: NodeLocator;
  readonly log: NodeLog;
}

/** Everything the exporter was told, validated and frozen. Holds no credential in the clear. */
export interface Config {
  readonly web: {
    /** Empty only where systemd passes the sockets. */
    readonly listen: readonly ListenAddress[];
    /** Absolute; absent: plain HTTP for everybody. */
    readonly configFile?: string;
    /** What systemd passed; absent where nobody asked for it. */
    readonly inherited?: InheritedSockets;
    /** File permissions of Unix sockets: `0o660`. */
    readonly socketMode: number;
    readonly openProbes: boolean;
    readonly maxRequests: number;
    /** Whether OpenMetrics says when each counter was zero. */
    readonly createdTimestamps: boolean;
    /** Whether a reload may be asked for over HTTP. */
    readonly enableLifecycle: boolean;
  };
  readonly gateway: {
    readonly target: GatewayLocator;
    readonly tokenFile?: string;
    /** SHA-256 of the gateway's certificate, upper case, colons between the bytes. */
    readonly tlsFingerprint?: string;
    /** Where the gateway itself logs; absent: found, where it runs on this machine. */
    readonly log?: NodeLog;
  };
  /** What `gateways:` lists; empty: `gateway` says which one is watched. */
  readonly gateways: readonly NamedGateway[];
  /** Never empty. */
  readonly nodes: readonly NodeTarget[];
  readonly probe: { readonly enabled: boolean; readonly intervalMs: number; readonly timeoutMs: number };
  readonly recovery: RecoverySettings;
  readonly state: { readonly dir: string };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  /** Who is told what pages; nobody where nothing is set. Paths are absolute. */
  readonly notify: {
    readonly webhookUrlFile?: string;
    readonly program?: string;
    readonly repeatMs: number;
    readonly deadManUrlFile?: string;
  };
  /** What OpenTelemetry's own variables say; absent when nothing is to be sent. */
  readonly otlp?: OtlpSettings;
  readonly limits: { readonly maxNodes: number; readonly forgetNodesAfterMs: number };
  readonly thresholds: Thresholds;
  readonly openclaw: { readonly environment: OpenclawEnvironment; readonly config: OpenclawConfigView };
  /** Where each value comes from, by key (`web.listen_address`, `nodes[0].log`); a key without an entry is a default. */
  readonly origins: Readonly<Record<string, Origin>>;
}
