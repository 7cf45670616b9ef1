import { createDataFrame, FieldType, formatLabels, rangeUtil, type DataFrame } from '@grafana/data';
import type { Annotation, Panel, Target } from '../read-dashboard.ts';
import { annotationEvents } from './annotation-events.ts';
import { interpolateQuery, type Variables } from './interpolate.ts';
import type { AnnotationEvent, Scene, Series, TimeRange } from './scene.ts';

type Context = Omit<Scene, 'annotations'>;

async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`/prometheus/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const body = (await response.json()) as { status?: string; error?: string; data?: unknown };
  if (body.status !== 'success') throw new Error(body.error ?? `Prometheus answered ${response.status}`);
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

/** What `label_values(…)` means: values of a label, of the series that the selector means; of all without one. */
export async function labelValues(
  query: string,
  variables: Variables,
  { fromMs, toMs }: TimeRange,
): Promise<readonly string[]> {
  const [, selector, label = ''] = /\((?:(.+),\s*)?(\w+)\)$/s.exec(query) ?? [];
  const match = selector === undefined ? {} : { 'match[]': interpolateQuery(selector, variables) };
  const answer = await ask(`label/${label}/values`, { ...match, start: seconds(fromMs), end: seconds(toMs) });
  return answer as readonly string[];
}

/** Prometheus refuses more points than 11,000 a series. */
const MAX_POINTS = 11_000;

/**
 * The step and Grafana's interval variables, as its Prometheus data source has them: at least a scrape, a round time for
 * about as many points as the panel has pixels; a rate looks back over four scrapes at least.
 */
function interval(
  { range, scrapeIntervalMs }: Context,
  points: number,
): { readonly stepMs: number; readonly builtIn: Readonly<Record<string, string>> } {
  const rangeMs = range.toMs - range.fromMs;
  const roundMs = rangeUtil.roundInterval(rangeMs / Math.max(1, points));
  const stepMs = Math.max(roundMs, scrapeIntervalMs, Math.ceil(rangeMs / MAX_POINTS));
  const rateMs = Math.max(stepMs + scrapeIntervalMs, 4 * scrapeIntervalMs);
  return {
    stepMs,
    builtIn: {
      __interval: `${stepMs}ms`,
      __rate_interval: `${rateMs / 1_000}s`,
      __range: `${Math.round(rangeMs / 1_000)}s`,
    },
  };
}

/** What the queries of a panel of this width returned. */
export async function panelFrames(
  { targets }: Pick<Panel, 'targets'>,
  context: Context,
  widthPx: number,
): Promise<DataFrame[]> {
  const { stepMs, builtIn } = interval(context, widthPx);
  const frames = await Promise.all(
    targets.map(async (target) => {
      const expr = interpolateQuery(target.expr, context.variables, builtIn);
      const series =
        target.instant === true
          ? await instantQuery(expr, context.range.toMs)
          : await rangeQuery(expr, context.range, stepMs);
      if (target.format === undefined) return series.map((one) => seriesFrame(one, target, stepMs));
      return [tableFrame(series, target, targets.length === 1 ? 'Value' : `Value #${target.refId}`)];
    }),
  );
  return frames.flat();
}

/** Times and values of a series; the times with the distance from which on one is missing. */
function seriesFrame({ metric, values }: Series, target: Target, stepMs: number): DataFrame {
  const { __name__: name = '', ...labels } = metric;
  // As Grafana's server does it: where a series has nothing of what its format says, it is called by what it is.
  const legend = target.legendFormat.replaceAll(
    /\{\{([^{}]+)\}\}/g,
    (_, label: string) => metric[label.trim()] ?? '',
  );
  return createDataFrame({
    refId: target.refId,
    fields: [
      {
        name: 'Time',
        type: FieldType.time,
        values: values.map(([time]) => time * 1_000),
        config: { interval: stepMs },
      },
      {
        name: 'Value',
        type: FieldType.number,
        labels,
        values: values.map(([, value]) => numberOf(value)),
        config: { displayNameFromDS: legend || `${name}${formatLabels(labels)}` },
      },
    ],
  });
}

/** One frame with a row a sample: time, labels by their names in order, value. */
function tableFrame(series: readonly Series[], { refId }: Target, valueName: string): DataFrame {
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
      { name: valueName, type: FieldType.number, values: rows.map(({ sample }) => numberOf(sample[1])) },
    ],
  });
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** Grafana asks for so many points for annotations, whatever the width of the page. */
const ANNOTATION_POINTS = 100;

/** What the annotation found. */
export async function askAnnotation(
  annotation: Annotation,
  context: Context,
): Promise<readonly AnnotationEvent[]> {
  const { stepMs, builtIn } = interval(context, ANNOTATION_POINTS);
  const expr = interpolateQuery(annotation.target.expr, context.variables, builtIn);
  return annotationEvents(await rangeQuery(expr, context.range, stepMs), annotation, stepMs);
}
