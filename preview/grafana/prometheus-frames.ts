import { TIME_FIELD, VALUE_FIELD } from './field-name.ts';
import type { Field, Frame, Labels } from './frame.ts';
import { renderLegend } from './legend-format.ts';

/** A sample as Prometheus sends it: seconds since 1970 and the value as text. */
type Sample = readonly [seconds: number, value: string];

/** The `data` of an answer to `/api/v1/query` or `/api/v1/query_range`. */
export type QueryResult =
  | {
      readonly resultType: 'matrix';
      readonly result: readonly { readonly metric: Labels; readonly values: readonly Sample[] }[];
    }
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: Labels; readonly value: Sample }[];
    }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample };

export interface SeriesOptions {
  readonly refId: string;
  readonly legendFormat: string;
  /** Of a range query. */
  readonly stepMs?: number;
}

interface Series {
  readonly metric: Labels;
  readonly samples: readonly Sample[];
}

/** A frame a series, each with its times and its values. */
export function seriesFrames(
  result: QueryResult,
  { refId, legendFormat, stepMs }: SeriesOptions,
): readonly Frame[] {
  return seriesOf(result).map(({ metric, samples }) => {
    const name = renderLegend(legendFormat, metric);
    const labels = Object.fromEntries(Object.entries(metric).filter(([label]) => label !== '__name__'));
    return {
      refId,
      name,
      fields: [
        {
          name: TIME_FIELD,
          type: 'time',
          values: samples.map(([seconds]) => seconds * 1_000),
          facts: stepMs === undefined ? {} : { stepMs },
        },
        {
          name: VALUE_FIELD,
          type: 'number',
          labels,
          values: samples.map(([, value]) => parseSample(value)),
          facts: { displayNameFromDs: name },
        },
      ],
    };
  });
}

/**
 * One frame with a row a sample: time, labels by their names in order, value. The value is named for its query where
 * the panel has more than one in this format.
 */
export function tableFrame(
  result: QueryResult,
  { refId, isOnlyTable }: { readonly refId: string; readonly isOnlyTable: boolean },
): Frame {
  const series = seriesOf(result);
  const rows = series.flatMap(({ metric, samples }) => samples.map((sample) => ({ metric, sample })));
  const labelNames: string[] = [];
  for (const { metric } of series) {
    for (const name of Object.keys(metric).toSorted()) {
      if (!labelNames.includes(name)) labelNames.push(name);
    }
  }
  const fields: Field[] = [
    { name: TIME_FIELD, type: 'time', values: rows.map(({ sample }) => sample[0] * 1_000), facts: {} },
    ...labelNames.map((name): Field => ({
      name,
      type: 'string',
      values: rows.map(({ metric }) => metric[name] ?? ''),
      facts: {},
    })),
    {
      name: isOnlyTable ? VALUE_FIELD : `${VALUE_FIELD} #${refId}`,
      type: 'number',
      values: rows.map(({ sample }) => parseSample(sample[1])),
      facts: {},
    },
  ];
  return { refId, fields };
}

function seriesOf(result: QueryResult): readonly Series[] {
  switch (result.resultType) {
    case 'matrix':
      return result.result.map(({ metric, values }) => ({ metric, samples: values }));
    case 'vector':
      return result.result.map(({ metric, value }) => ({ metric, samples: [value] }));
    case 'scalar':
    case 'string':
      return [{ metric: {}, samples: [result.result] }];
    default:
      return result satisfies never;
  }
}

function parseSample(text: string): number {
  switch (text) {
    case '+Inf':
      return Number.POSITIVE_INFINITY;
    case '-Inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return Number.parseFloat(text);
  }
}
