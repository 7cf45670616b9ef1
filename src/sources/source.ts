import type { Endpoint, Instant, Observation, SourceName, SourceReport, TargetId } from '../core/index.ts';

/** Reads both clocks. Injected everywhere, so that tests own the time. */
export interface Clock {
  now(): Instant;
}

/** Where sources put what they saw. Never throws, never blocks. */
export interface SourceSink {
  observe(observation: Observation): void;
  /** Once for each look, also for looks that found nothing. */
  report(report: SourceReport): void;
}

/** What every source is given to look with. */
export interface SourceTools {
  readonly clock: Clock;
  readonly sink: SourceSink;
  readonly ticker: Ticker;
}

/** What every source that looks at a gateway knows of it. */
export interface GatewaySourceOptions extends SourceTools {
  /** What the gateway is called in what we say of it. */
  readonly gateway: string;
  /** The gateway's URL as the WebSocket client gets it. */
  readonly url: string;
  /** SHA-256 that its certificate must have. */
  readonly tlsFingerprint?: string;
}

/** Which process of a target to look at; known once the `process` source has found it. */
export interface LocatedProcess {
  readonly pid: number;
  readonly incarnation: string;
  readonly endpoint: Endpoint | null;
}

/** Answers with what is known now; `undefined` when the target has no process. */
export type LocateProcess = (target: TargetId) => LocatedProcess | undefined;

/**
 * One viewpoint. A source
 * - reports what it saw as observations and every look as a report, and decides nothing;
 * - never blocks: each look has a deadline, looks of one source never overlap, a failed look is a value;
 * - never spawns the `openclaw` CLI and never opens its database;
 * - holds no timer or handle after `stop()` has resolved. `start()` and `stop()` are idempotent.
 */
export interface Source {
  readonly name: SourceName;
  start(): void;
  stop(): Promise<void>;
}

/** Runs `look` every `intervalMs`, never two at once. The timer is a port, so that tests crank it by hand. */
export interface Ticker {
  /** Calls `look` soon and then every `intervalMs` after the previous call ended. Returns how to stop. */
  every(
    intervalMs: number,
    look: () => Promise<void>,
  ): { stop(): void; /** Look again at once. */ poke(): void };
}
