import type { ReloadReport } from '../http/routes/reload.ts';
import type { LoadAgain } from './reload.ts';
import type { Config } from '../config/config.ts';
import type { NodeTransition, Snapshot } from '../core/index.ts';
import type { BoundAddress } from '../http/server/listen-place.ts';
import type { WebStatus } from '../ports/web-status.ts';
import type { Platform } from '../sources/platform.ts';
import type { OtherNodeHost } from '../sources/process/process-source.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** How the commands start the exporter. */
export interface StartOptions {
  /** Without it nothing is served. */
  readonly listen: boolean;
  /** The state file is read and never written: somebody else's exporter may own it. */
  readonly readOnlyState: boolean;
  readonly telemetry: Telemetry;
  /** Reads the configuration again; absent where it is read once and for all. */
  readonly loadAgain?: LoadAgain;
  /** How to look at the node hosts of this machine; absent: as its operating system has it. */
  readonly platform?: Platform;
}

/** Told of a change of state of one node host, as it happens. */
export type TransitionListener = (transition: NodeTransition) => void;

/** The exporter, running. */
export interface RunningExporter {
  /** The first TCP address on which it serves; `null` where there is none. */
  readonly address: { readonly host: string; readonly port: number } | null;
  /** Where it serves, for people: `https://127.0.0.1:9789`, `unix:/run/liveness.sock`. */
  readonly urls: readonly string[];
  snapshot(): Snapshot;
  /** Verdicts are made in time, by the event loop that serves them. */
  isHealthy(): boolean;
  /** Resolves once every enabled source has looked and no verdict is provisional any more, or after `timeoutMs`. */
  settled(timeoutMs: number): Promise<Snapshot>;
  /** Node hosts of this machine that nobody asked to watch. */
  otherNodeHosts(): readonly OtherNodeHost[];
  /** Returns how to stop listening. */
  onTransition(listener: TransitionListener): () => void;
  /** Loads the configuration again. Never rejects: what cannot be used is told, and changes nothing. */
  reload(): Promise<ReloadReport>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** The pages, served. */
export interface WebServer {
  readonly addresses: readonly BoundAddress[];
  /** For people, one for each address. */
  readonly urls: readonly string[];
  status(): WebStatus;
  /** Verdicts are made in time: what `/-/healthy` says. */
  isHealthy(): boolean;
  close(): Promise<void>;
}

export type StartResult =
  | { readonly ok: true; readonly exporter: RunningExporter }
  | { readonly ok: false; readonly problem: { readonly message: string; readonly exitCode: number } };

export type StartExporter = (config: Config, options: StartOptions) => Promise<StartResult>;
