import { renderLegendFormat } from '@grafana/data';
import type { Annotation } from '../read-dashboard.ts';
import type { AnnotationEvent, Series, TimeRange } from './scene.ts';

/**
 * What a query for annotations found: one event for each time that a series was above 0; points no further apart than
 * a step belong to one event. With `useValueForTime` the value is the time, ms, and each value an event.
 */
export function annotationEvents(
  series: readonly Series[],
  { titleFormat, textFormat, iconColor, useValueForTime }: Omit<Annotation, 'target'>,
  stepMs: number,
): readonly AnnotationEvent[] {
  return series.flatMap(({ metric, values }) => {
    const timesMs = useValueForTime
      ? values.map(([, value]) => Math.floor(Number(value)))
      : values.filter(([, value]) => Number(value) > 0).map(([seconds]) => Math.floor(seconds * 1_000));
    const title = renderLegendFormat(titleFormat, metric);
    const text = renderLegendFormat(textFormat, metric);
    return spans(timesMs, stepMs).map((span) => ({ ...span, title, text, color: iconColor }));
  });
}

function spans(timesMs: readonly number[], stepMs: number): readonly TimeRange[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (const timeMs of timesMs) {
    const last = found.at(-1);
    if (last !== undefined && last.toMs + stepMs >= timeMs) last.toMs = timeMs;
    else found.push({ fromMs: timeMs, toMs: timeMs });
  }
  return found;
}
