import type { Cleanup } from './harness/cleanup.ts';
import type { OpenClawVersion } from './harness/installation.ts';

/** One row of the table: a fault, the verdict, how long it may take and how long it took. */
export interface Measurement {
  readonly fault: string;
  readonly verdict: string;
  /** Seconds from the fault to `/livez`; absent where the claim is that something never happens. */
  readonly tookSeconds?: number;
  readonly withinSeconds?: number;
  readonly passed: boolean;
  /** What was seen, in a few words. */
  readonly seen: string;
}

export interface ScenarioContext {
  readonly version: OpenClawVersion;
  readonly cleanup: Cleanup;
  /** CI runs a shorter part of some scenarios. */
  readonly isShort: boolean;
  readonly record: (measurement: Measurement) => void;
}

export interface Scenario {
  readonly name: string;
  readonly versions: readonly OpenClawVersion[];
  /** The versions that CI's twelve minutes have room for; all of them where absent. */
  readonly shortVersions?: readonly OpenClawVersion[];
  readonly run: (context: ScenarioContext) => Promise<void>;
}
