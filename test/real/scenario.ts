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
  /** The shorter part of a scenario: for CI, and for a version between those that are tried in whole. */
  readonly isShort: boolean;
  /** How many times its length a bound may take before it is missed; more than 1 on CI's shared machine. */
  readonly leniency: number;
  readonly record: (measurement: Measurement) => void;
}

export interface Scenario {
  readonly name: string;
  readonly versions: readonly OpenClawVersion[];
  /** The versions that CI has room for; all of `versions` where absent. */
  readonly shortVersions?: readonly OpenClawVersion[];
  readonly run: (context: ScenarioContext) => Promise<void>;
}
