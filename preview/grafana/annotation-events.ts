import type { Labels } from './frame.ts';
import { renderAnnotationTemplate } from './legend-format.ts';
import type { QueryResult } from './prometheus-frames.ts';

/** Something that happened, or went on for a while. */
export interface AnnotationEvent {
  readonly fromMs: number;
  readonly toMs: number;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly color: string;
}

/**
 * What a query for annotations found: one event for each time that a series was above 0; points no further apart than
 * a step belong to one event. With `useValueForTime` the value is the time, ms, and each value an event.
 */
export function annotationEvents(
  result: QueryResult,
  options: {
    readonly stepMs: number;
    readonly titleFormat: string;
    readonly textFormat: string;
    readonly tagKeys: string;
    readonly useValueForTime: boolean;
    readonly color: string;
  },
): readonly AnnotationEvent[] {
  if (result.resultType !== 'matrix') return [];
  const keys = options.tagKeys.split(',').map((key) => key.trim());
  return result.result.flatMap(({ metric, values }) => {
    const timesMs = options.useValueForTime
      ? values.map(([, value]) => Math.floor(Number(value)))
      : values.filter(([, value]) => Number(value) > 0).map(([seconds]) => Math.floor(seconds * 1_000));
    return spans(timesMs, options.stepMs).map(({ fromMs, toMs }) => ({
      fromMs,
      toMs,
      title: renderAnnotationTemplate(options.titleFormat, metric),
      text: renderAnnotationTemplate(options.textFormat, metric),
      tags: tagsOf(metric, keys),
      color: options.color,
    }));
  });
}

function tagsOf(metric: Labels, keys: readonly string[]): readonly string[] {
  return Object.entries(metric)
    .filter(([label]) => keys.includes(label))
    .map(([, value]) => value);
}

function spans(timesMs: readonly number[], stepMs: number): readonly { fromMs: number; toMs: number }[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (const timeMs of timesMs) {
    const last = found.at(-1);
    if (last !== undefined && last.toMs + stepMs >= timeMs) last.toMs = timeMs;
    else found.push({ fromMs: timeMs, toMs: timeMs });
  }
  return found;
}
