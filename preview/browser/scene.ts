import type { AnnotationEvent } from '../grafana/annotation-events.ts';
import type { Variables } from '../grafana/interpolate.ts';
import type { TimeRange } from '../grafana/time-range.ts';

/** What all panels of a page have in common at one refresh. */
export interface Scene {
  readonly range: TimeRange;
  readonly nowMs: number;
  /** Absent: that of the browser. */
  readonly timeZone: string | undefined;
  readonly variables: Variables;
  readonly scrapeIntervalMs: number;
  readonly annotations: readonly AnnotationEvent[];
}
