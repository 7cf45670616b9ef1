import { createDataFrame, FieldType, rangeUtil, type DataFrame } from '@grafana/data';
import { LABEL_VALUES, type Annotation, type Panel, type Target } from '../read-dashboard.ts';
import { annotationEvents } from './annotation-events.ts';
import { interpolateQuery, type Interpolated, type Variables } from './interpolate.ts';
import type { AnnotationEvent, Scene, Series, TimeRange } from './scene.ts';

/** A query that cannot be sent, that Prometheus refused, or no answer at all. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

/** A reference that nothing is known about: the query must not be sent. */
export class NotUnderstoodError extends Error {
  override readonly name = 'NotUnderstoodError';
}

async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`/prometheus/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const body = (await response.json()) as { status?: string; error?: string; data?: unknown };
  if (body.status !== 'success') throw new QueryError(body.error ?? `Prometheus answered ${response.status}`);
  return body.data;
}

const seconds = (ms: number): string => String(ms / 1_000);

async function instantQuery(query: string, timeMs: number): Promise<readonly Series[]> {
  const { result } = (await ask('query', { query, time: seconds(timeMs) })) as {
    result: (Pick<Series, 'metric'> & { value: Series['values'][number] })[];
  };
  return result.map(({ metric, value }) => ({ metric, values: [value] }));
}

async function rangeQuery(query: string, range: TimeRange, stepMs: number): Promise<readonly Series[]> {
  const start = seconds(Math.floor(range.fromMs / stepMs) * stepMs);
  const end = seconds(Math.floor(range.toMs / stepMs) * stepMs);
  const answer = await ask('query_range', { query, start, end, step: seconds(stepMs) });
  return (answer as { result: readonly Series[] }).result;
}

/** Values of a label, of the series that the selector means; of all without one. */
export async function labelValues(
  query: string,
  variables: Variables,
  { fromMs, toMs }: TimeRange,
): Promise<readonly string[]> {
  const [, selector, label = ''] = LABEL_VALUES.exec(query) ?? [];
  const match =
    selector === undefined ? {} : { 'match[]': resolved(interpolateQuery(selector, variables, {})) };
  const answer = await ask(`label/${label}/values`, { ...match, start: seconds(fromMs), end: seconds(toMs) });
  return answer as readonly string[];
}

function resolved({ text, unresolved }: Interpolated): string {
  if (unresolved.length > 0) throw new NotUnderstoodError(`Not understood: ${unresolved.join(', ')}`);
  return text;
}

/** Prometheus refuses more points than 11,000 a series. */
const MAX_POINTS = 11_000;

/**
 * The step and Grafana's interval variables, as its Prometheus data source has them: at least the minimum step (of the
 * query, else of the panel, else the scrape interval), a round time for about as many points as the panel has pixels; a
 * rate looks back over four scrapes at least.
 */
function interval(
  { range, scrapeIntervalMs }: Pick<Scene, 'range' | 'scrapeIntervalMs'>,
  { points, least }: { readonly points: number; readonly least: string | undefined },
): { readonly stepMs: number; readonly builtIn: Readonly<Record<string, string>> } {
  const rangeMs = range.toMs - range.fromMs;
  const leastMs = least === undefined || least === '' ? scrapeIntervalMs : rangeUtil.intervalToMs(least);
  const roundMs = rangeUtil.roundInterval(rangeMs / Math.max(1, points));
  const stepMs = Math.max(roundMs, leastMs, Math.ceil(rangeMs / MAX_POINTS));
  const rateMs = Math.max(stepMs + scrapeIntervalMs, 4 * scrapeIntervalMs);
  return {
    stepMs,
    builtIn: {
      __interval: `${stepMs}ms`,
      __rate_interval: `${rateMs / 1_000}s`,
      __range: `${Math.round(rangeMs / 1_000)}s`,
      __range_s: String(Math.round(rangeMs / 1_000)),
    },
  };
}

/** What the queries of a panel returned. */
export async function panelFrames(
  panel: Panel,
  scene: Scene,
  widthPx: number,
): Promise<readonly DataFrame[]> {
  const { targets } = panel;
  const isOnlyTable = targets.filter(({ format }) => format === 'table').length === 1;
  const frames = await Promise.all(
    targets.map(async (target) => {
      const least = target.interval ?? panel.interval;
      const { stepMs, builtIn } = interval(scene, { points: panel.maxDataPoints ?? widthPx, least });
      const expr = resolved(interpolateQuery(target.expr, scene.variables, builtIn));
      const series =
        target.instant === true
          ? await instantQuery(expr, scene.range.toMs)
          : await rangeQuery(expr, scene.range, stepMs);
      if (target.format === 'table') return [tableFrame(series, target.refId, isOnlyTable)];
      return seriesFrames(series, target, target.instant === true ? undefined : stepMs);
    }),
  );
  return frames.flat();
}

/** A frame a series, each with its times and its values. */
function seriesFrames(series: readonly Series[], target: Target, stepMs: number | undefined): DataFrame[] {
  return series.map(({ metric, values }) => {
    const labels = Object.fromEntries(Object.entries(metric).filter(([label]) => label !== '__name__'));
    return createDataFrame({
      refId: target.refId,
      fields: [
        {
          name: 'Time',
          type: FieldType.time,
          values: values.map(([time]) => time * 1_000),
          config: stepMs === undefined ? {} : { interval: stepMs },
        },
        {
          name: 'Value',
          type: FieldType.number,
          labels,
          values: values.map(([, value]) => numberOf(value)),
          config: { displayNameFromDS: seriesName(target.legendFormat ?? '', metric) },
        },
      ],
    });
  });
}

/** One frame with a row a sample: time, labels by their names in order, value, named where there are several. */
function tableFrame(series: readonly Series[], refId: string, isOnlyTable: boolean): DataFrame {
  const rows = series.flatMap(({ metric, values }) => values.map((sample) => ({ metric, sample })));
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric).toSorted()))];
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map(({ sample }) => sample[0] * 1_000) },
      ...labels.map((name) => ({
        name,
        type: FieldType.string,
        values: rows.map(({ metric }) => metric[name] ?? ''),
      })),
      {
        name: isOnlyTable ? 'Value' : `Value #${refId}`,
        type: FieldType.number,
        values: rows.map(({ sample }) => numberOf(sample[1])),
      },
    ],
  });
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** As Grafana's server does it: `{{label}}` is its value or nothing; where nothing is left, the series itself. */
function seriesName(format: string, { __name__: name = '', ...labels }: Series['metric']): string {
  const text = format.replaceAll(/\{\{([^{}]+)\}\}/g, (_, label: string) => labels[label.trim()] ?? '');
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return text === '' ? `${name}{${pairs.toSorted().join(', ')}}` : text;
}

/** Grafana asks for so many points for annotations, whatever the width of the page. */
const ANNOTATION_POINTS = 100;

/** What the annotation found. */
export async function askAnnotation(
  annotation: Annotation,
  scene: Pick<Scene, 'range' | 'scrapeIntervalMs' | 'variables'>,
): Promise<readonly AnnotationEvent[]> {
  const { stepMs, builtIn } = interval(scene, {
    points: ANNOTATION_POINTS,
    least: annotation.target.interval,
  });
  const expr = resolved(interpolateQuery(annotation.target.expr, scene.variables, builtIn));
  return annotationEvents(await rangeQuery(expr, scene.range, stepMs), annotation, stepMs);
}
