import type { Variables } from './interpolate.ts';

/** A stretch of time, ms since 1970. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A series as Prometheus sends it: samples are seconds since 1970 and the value as text. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

/** Something that happened, or went on for a while. */
export interface AnnotationEvent extends TimeRange {
  readonly title: string;
  readonly text: string;
  readonly color: string;
}

/** What all panels of a page have in common at one refresh. */
export interface Scene {
  readonly range: TimeRange;
  readonly variables: Variables;
  /** Of the data source. */
  readonly scrapeIntervalMs: number;
  readonly annotations: readonly AnnotationEvent[];
}
