import type { Annotation } from '../read-dashboard.ts';
import type { AnnotationEvent, Series } from './scene.ts';

type Kind = Pick<Annotation, 'titleFormat' | 'textFormat' | 'iconColor' | 'useValueForTime'>;

/**
 * What a query for annotations found: one event for each time that a series was above 0; points no further apart than
 * a step belong to one event. With `useValueForTime` the value is the time, ms, and each value an event.
 */
export function annotationEvents(
  series: readonly Series[],
  { titleFormat = '', textFormat = '', iconColor, useValueForTime = false }: Kind,
  stepMs: number,
): readonly AnnotationEvent[] {
  return series.flatMap(({ metric, values }) => {
    const timesMs = useValueForTime
      ? values.map(([, value]) => Math.floor(Number(value)))
      : values.filter(([, value]) => Number(value) > 0).map(([seconds]) => Math.floor(seconds * 1_000));
    return spans(timesMs, stepMs).map((span) => ({
      ...span,
      title: render(titleFormat, metric),
      text: render(textFormat, metric),
      color: iconColor,
    }));
  });
}

/** `{{label}}` is the label's value, or its name where the series lacks it. */
function render(template: string, metric: Series['metric']): string {
  return template.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, label: string) => {
    const value = metric[label];
    return value === undefined || value === '' ? label : value;
  });
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
