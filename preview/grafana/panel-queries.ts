import type { Frame } from './frame.ts';
import { interpolateQuery, type Variables } from './interpolate.ts';
import { alignToStep, queryInterval } from './interval.ts';
import type { Panel, Target } from './panel-schema.ts';
import { seriesFrames, tableFrame, type QueryResult } from './prometheus-frames.ts';
import type { TimeRange } from './time-range.ts';

/** A query of a panel as it is sent. */
export type PanelQuery = {
  readonly target: Target;
  readonly expr: string;
  /** References in the query that nothing is known about: it must not be sent. */
  readonly unresolved: readonly string[];
} & (
  | { readonly kind: 'range'; readonly range: TimeRange; readonly stepMs: number }
  | { readonly kind: 'instant'; readonly timeMs: number }
);

/** What the queries of a panel need to know besides the panel. */
export interface QueryContext {
  readonly range: TimeRange;
  readonly variables: Variables;
  /** Of the data source. */
  readonly scrapeIntervalMs: number;
  /** Width of the panel, px: it draws no more points. */
  readonly widthPx: number;
}

/** The queries that a panel makes, hidden ones left out. */
export function panelQueries(
  panel: Pick<Panel, 'targets' | 'interval' | 'maxDataPoints'>,
  { range, variables, scrapeIntervalMs, widthPx }: QueryContext,
): readonly PanelQuery[] {
  return panel.targets
    .filter(({ hide }) => !hide)
    .map((target) => {
      const minInterval = target.interval ?? panel.interval;
      const { stepMs, variables: builtIn } = queryInterval({
        range,
        maxDataPoints: panel.maxDataPoints ?? widthPx,
        scrapeIntervalMs,
        ...(minInterval !== undefined && { minInterval }),
      });
      const { text: expr, unresolved } = interpolateQuery(target.expr, variables, builtIn);
      const common = { target, expr, unresolved };
      return target.instant
        ? { ...common, kind: 'instant', timeMs: range.toMs }
        : { ...common, kind: 'range', range: alignToStep(range, stepMs), stepMs };
    });
}

/** Grafana asks for so many points for annotations, whatever the width of the page. */
const ANNOTATION_POINTS = 100;

/** The query of an annotation as it is sent. */
export function annotationQuery(
  { expr, step }: { readonly expr: string; readonly step: string | undefined },
  { range, variables, scrapeIntervalMs }: Omit<QueryContext, 'widthPx'>,
): {
  readonly expr: string;
  readonly unresolved: readonly string[];
  readonly range: TimeRange;
  readonly stepMs: number;
} {
  const { stepMs, variables: builtIn } = queryInterval({
    range,
    maxDataPoints: ANNOTATION_POINTS,
    scrapeIntervalMs,
    ...(step !== undefined && { minInterval: step }),
  });
  const { text, unresolved } = interpolateQuery(expr, variables, builtIn);
  return { expr: text, unresolved, range: alignToStep(range, stepMs), stepMs };
}

/** The frames of what a query returned. */
export function queryFrames(
  query: PanelQuery,
  result: QueryResult,
  queries: readonly PanelQuery[],
): readonly Frame[] {
  const { target } = query;
  if (target.format === 'table') {
    const isOnlyTable = queries.filter((other) => other.target.format === 'table').length === 1;
    return [tableFrame(result, { refId: target.refId, isOnlyTable })];
  }
  return seriesFrames(result, {
    refId: target.refId,
    legendFormat: target.legendFormat,
    ...(query.kind === 'range' && { stepMs: query.stepMs }),
  });
}
