import type { TargetId, Thresholds } from '../core/index.ts';
import type { OtlpSettings } from '../exporters/otlp/otlp-settings.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import type { Fields } from './fields.ts';
import type { NodeLog } from './forms.ts';
import type { ListenAddress } from './listen-address.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';
import type { Origin } from './origin.ts';

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

/**
 * One gateway of the list in the file. Its token file is the only place that its token is taken from; without one it is looked
 * at by HTTP alone, and no node host is probed by way of it.
 */
export type NamedGateway = Fields<'gateways[]'> & {
  /** The `gateway` label; unique. */
  readonly name: string;
  readonly probe: boolean;
};

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

export type RecoverySettings = Fields<'recovery'>;

/** Everything the exporter was told, validated and frozen; its paths are absolute. Holds no credential in the clear. */
export interface Config {
  readonly web: Omit<Fields<'web'>, 'listenAddress' | 'systemdSocket'> & {
    /** Empty only where systemd passes the sockets. */
    readonly listen: readonly ListenAddress[];
    /** What systemd passed; absent where nobody asked for it. */
    readonly inherited?: InheritedSockets;
  };
  readonly gateway: Omit<Fields<'gateway'>, 'url'> & { readonly locator: GatewayLocator };
  /** What `gateways:` lists; empty: `gateway` says which one is watched. */
  readonly gateways: readonly NamedGateway[];
  /** Never empty. */
  readonly nodes: readonly NodeTarget[];
  readonly probe: Fields<'probe'>;
  readonly recovery: RecoverySettings;
  readonly state: { readonly dir: string };
  readonly log: Fields<'log'>;
  /** Who is told what pages; nobody where nothing is set. */
  readonly notify: Fields<'notify'>;
  /** What OpenTelemetry's own variables say; absent when nothing is to be sent. */
  readonly otlp?: OtlpSettings;
  readonly limits: Fields<'limits'>;
  readonly thresholds: Thresholds;
  readonly openclaw: { readonly environment: OpenclawEnvironment; readonly config: OpenclawConfigView };
  /** Where each value comes from, by key (`web.listen_address`, `nodes[0].log`); a key without an entry is a default. */
  readonly origins: Readonly<Record<string, Origin>>;
}
