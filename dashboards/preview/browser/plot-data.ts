import {
  applyNullInsertThreshold,
  createDataFrame,
  FieldType,
  outerJoinDataFrames,
  type DataFrame,
  type Field,
} from '@grafana/data';
import type { TimeRange } from './scene.ts';

/** All series on one time axis. `null` breaks a line, where a value is missing; `undefined` is only no point. */
export function joined(frames: DataFrame[]): DataFrame {
  const all = outerJoinDataFrames({
    frames: frames.map((each) => applyNullInsertThreshold({ frame: each })),
    keep: ({ type }) => type === FieldType.number,
  });
  return all ?? createDataFrame({ fields: [] });
}

type Point = number | null | undefined;

export function finite(value: Point): Point {
  return Number.isNaN(value) ? null : value;
}

/** Each value is the sum of its own and those below it. */
export function stacked(fields: readonly Field[]): Point[][] {
  const totals: number[] = [];
  return fields.map(({ values }) =>
    (values as Point[]).map(finite).map((value, index) => {
      if (value === null || value === undefined) return value;
      return (totals[index] = (totals[index] ?? 0) + value);
    }),
  );
}

/** A stretch of time in which a series had one value. */
export interface Region extends TimeRange {
  readonly value: Point;
}

/**
 * The stretches of a series. A value lasts until the next point; where that is further away than a step, nothing is known
 * in between, and nothing is drawn. Neighbours of one value are one stretch.
 */
export function stateRegions(frame: DataFrame, range: TimeRange): readonly Region[] {
  const [time, value] = applyNullInsertThreshold({ frame, refFieldPseudoMax: range.toMs }).fields;
  const starts = ((time?.values ?? []) as number[])
    .map((fromMs, at) => ({ fromMs, value: finite(value?.values[at] as Point) }))
    .filter((point, at, all) => point.value !== all[at - 1]?.value);
  return starts
    .map(({ fromMs, value }, at) => ({
      fromMs: Math.max(fromMs, range.fromMs),
      toMs: Math.min(starts[at + 1]?.fromMs ?? range.toMs, range.toMs),
      value,
    }))
    .filter(({ fromMs, toMs, value }) => toMs > fromMs && value !== null);
}
