import type { Fault } from '../truth.ts';

/** Something that the exporter said, or did not say, against the truth. */
export interface Finding {
  readonly kind: 'false 503' | 'missed fault' | 'untrue sentence' | 'wrong heartbeat';
  readonly atMs: number;
  /** How long it lasted, as far as it was judged. */
  lastedMs: number;
  readonly host: string;
  readonly version: string;
  /** What the exporter said. */
  readonly state: string;
  readonly reasons: string;
  readonly why: string;
  /** What was so. */
  readonly truth: string;
}

/** How long a fault took to be told. */
export interface Detection {
  readonly fault: Fault;
  readonly version: string;
  readonly undisturbedMs: number;
}

export interface Verdicts {
  readonly findings: readonly Finding[];
  readonly detections: readonly Detection[];
  /** Faults that a full restart budget kept from being told. */
  readonly heldByBudget: number;
  /** 503s that were right or wrong, and nobody could know. */
  readonly moot: number;
  /** Faults that this set of viewpoints cannot know, by reason. */
  readonly unknowable: ReadonlyMap<string, number>;
}
