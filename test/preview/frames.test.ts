import { describe, expect, it } from 'vitest';
import { alignSeries, stackSeries } from '../../preview/grafana/align-series.ts';
import { annotationEvents } from '../../preview/grafana/annotation-events.ts';
import { renderLegend } from '../../preview/grafana/legend-format.ts';
import { cellGrid, gridHeight, panelBox } from '../../preview/grafana/layout.ts';
import { seriesFrames, tableFrame, type QueryResult } from '../../preview/grafana/prometheus-frames.ts';
import { reduceValues } from '../../preview/grafana/reduce.ts';
import { resolveFields } from '../../preview/grafana/resolve-fields.ts';
import { stateRegions } from '../../preview/grafana/state-regions.ts';
import { timeTicks } from '../../preview/grafana/time-ticks.ts';

const VECTOR: QueryResult = {
  resultType: 'vector',
  result: [
    { metric: { __name__: 'up', node_host: 'b', gateway: 'g' }, value: [10, '1'] },
    { metric: { __name__: 'up', node_host: 'a' }, value: [10, '+Inf'] },
  ],
};

describe('a series is called', () => {
  const metric = { __name__: 'up', node_host: 'a', gateway: 'g:1' };

  it('what its format says, without the labels that it lacks', () => {
    expect(renderLegend('{{node_host}} at {{ gateway }}{{nothing}}', metric)).toBe('a at g:1');
  });

  it('as Prometheus writes it, where the format leaves nothing', () => {
    expect(renderLegend('', metric)).toBe('up{gateway="g:1", node_host="a"}');
    expect(renderLegend('{{nothing}}', { node_host: 'a' })).toBe('{node_host="a"}');
    expect(renderLegend('', { __name__: 'up' })).toBe('up');
  });

  it('what is in the label, even where that looks like a format', () => {
    expect(renderLegend('{{node_host}}', { node_host: '{{gateway}}', gateway: 'g' })).toBe('{{gateway}}');
  });
});

describe('what Prometheus returned', () => {
  it('is a frame a series, whose labels are without the name of the metric', () => {
    const [first, second] = seriesFrames(VECTOR, { refId: 'A', legendFormat: '{{node_host}}' });
    expect(first?.name).toBe('b');
    expect(first?.fields[1]).toMatchObject({ labels: { node_host: 'b', gateway: 'g' }, values: [1] });
    expect(second?.fields[1]?.values).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('is a table with a column a label, empty where a series lacks it', () => {
    const frame = tableFrame(VECTOR, { refId: 'B', isOnlyTable: false });
    expect(frame.fields.map(({ name, values }) => [name, values])).toEqual([
      ['Time', [10_000, 10_000]],
      ['__name__', ['up', 'up']],
      ['gateway', ['g', '']],
      ['node_host', ['b', 'a']],
      ['Value #B', [1, Number.POSITIVE_INFINITY]],
    ]);
  });

  it('is a table without rows when it is nothing, which other tables can be merged with', () => {
    const frame = tableFrame({ resultType: 'vector', result: [] }, { refId: 'A', isOnlyTable: true });
    expect(frame.fields.map(({ name, values }) => [name, values.length])).toEqual([
      ['Time', 0],
      ['Value', 0],
    ]);
  });
});

interface Settings {
  readonly unit?: string;
  readonly displayName?: string;
  readonly custom?: Readonly<Record<string, unknown>>;
}

describe('the settings of a field', () => {
  const frames = seriesFrames(VECTOR, { refId: 'A', legendFormat: '{{node_host}}' });

  it('are those of the panel, then those of each override that matches, in their order', () => {
    const resolved = resolveFields<Settings>(frames, {
      defaults: { unit: 's', custom: { width: 1, align: 'left' } },
      overrides: [
        { matcher: { id: 'byName', options: 'a' }, properties: { custom: { width: 2 } } },
        { matcher: { id: 'byRegexp', options: '/^a|b$/' }, properties: { unit: 'ms' } },
        { matcher: { id: 'byFrameRefID', options: 'B' }, properties: { unit: 'bytes' } },
        { matcher: { id: 'byType', options: 'time' }, properties: { displayName: 'when' } },
      ],
    });
    expect(
      resolved.map((frame) => frame.map(({ name, settings }) => [name, settings.unit, settings.custom])),
    ).toEqual([
      [
        ['when', 's', { width: 1, align: 'left' }],
        ['b', 'ms', { width: 1, align: 'left' }],
      ],
      [
        ['when', 's', { width: 1, align: 'left' }],
        ['a', 'ms', { width: 2, align: 'left' }],
      ],
    ]);
  });

  it('count the series of the whole panel, so that no two have one colour', () => {
    const resolved = resolveFields(frames, { defaults: {}, overrides: [] });
    expect(resolved.map((frame) => frame[1]?.seriesIndex)).toEqual([0, 1]);
  });
});

describe('a state timeline', () => {
  const range = { fromMs: 0, toMs: 100 };

  it('joins neighbours of one value and ends where the time shown ends', () => {
    const timesMs = [0, 10, 20, 30];
    expect(
      stateRegions({ timesMs, values: [1, 1, 2, 2], stepMs: undefined, range, mergeValues: true }),
    ).toEqual([
      { fromMs: 0, toMs: 20, value: 1 },
      { fromMs: 20, toMs: 100, value: 2 },
    ]);
  });

  it('draws nothing where nothing was known: a gap, a missing value, a step after the last point', () => {
    const timesMs = [0, 10, 60, 70];
    expect(stateRegions({ timesMs, values: [1, null, 1, 1], stepMs: 10, range, mergeValues: true })).toEqual([
      { fromMs: 0, toMs: 10, value: 1 },
      { fromMs: 60, toMs: 80, value: 1 },
    ]);
  });

  it('keeps neighbours apart where the panel wants that', () => {
    const options = { timesMs: [0, 10], values: [1, 1], stepMs: 10, range };
    expect(stateRegions({ ...options, mergeValues: false })).toHaveLength(2);
  });

  it('draws nothing outside of the time shown', () => {
    const options = { timesMs: [-20, 90], values: [1, 2], stepMs: 30, range, mergeValues: true };
    expect(stateRegions(options)).toEqual([
      { fromMs: 0, toMs: 10, value: 1 },
      { fromMs: 90, toMs: 100, value: 2 },
    ]);
  });
});

describe('lines on one time axis', () => {
  const one = { timesMs: [0, 10, 40], values: [1, 2, 3], stepMs: 10, spanNulls: false };
  const other = { timesMs: [10, 20], values: [5, Number.NaN], stepMs: 10, spanNulls: false };

  it('break where points are further apart than a step, and only there', () => {
    expect(alignSeries([one, other])).toEqual({
      timesMs: [0, 10, 20, 40],
      series: [
        [1, 2, null, 3],
        [undefined, 5, null, undefined],
      ],
    });
  });

  it('do not break where the panel wants them whole', () => {
    expect(alignSeries([{ ...one, spanNulls: true }]).series).toEqual([[1, 2, 3]]);
  });

  it('are stacked on those before them, and stay broken', () => {
    expect(stackSeries(alignSeries([one, other])).series).toEqual([
      [1, 2, null, 3],
      [undefined, 7, null, undefined],
    ]);
  });
});

describe('annotations', () => {
  const options = {
    stepMs: 10_000,
    titleFormat: '{{state}} {{nothing}}',
    textFormat: '{{node_host}}',
    tagKeys: 'state,other',
    color: '#fff',
  };
  const metric = { state: 'zombie', node_host: 'a' };

  it('are one event while a series stays above zero, and another after a gap', () => {
    const values = [
      [10, '1'],
      [20, '1'],
      [30, '0'],
      [40, '1'],
      [60, '1'],
    ] as const;
    const events = annotationEvents(
      { resultType: 'matrix', result: [{ metric, values }] },
      { ...options, useValueForTime: false },
    );
    expect(events.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [10_000, 20_000],
      [40_000, 40_000],
      [60_000, 60_000],
    ]);
    expect(events[0]).toMatchObject({ title: 'zombie nothing', text: 'a', tags: ['zombie'] });
  });

  it('happen at the time that the value says, once for each value', () => {
    const values = [
      [10, '5000'],
      [20, '5000'],
      [30, '99000'],
    ] as const;
    const events = annotationEvents(
      { resultType: 'matrix', result: [{ metric, values }] },
      { ...options, useValueForTime: true },
    );
    expect(events.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [5_000, 5_000],
      [99_000, 99_000],
    ]);
  });
});

it.each([
  ['lastNotNull', 3],
  ['last', null],
  ['first', 1],
  ['firstNotNull', 1],
  ['min', 1],
  ['max', 5],
  ['mean', 3],
  ['sum', 9],
  ['count', 3],
] as const)('%s of 1, 5, NaN, 3, nothing is %s', (reducer, expected) => {
  expect(reduceValues([1, 5, Number.NaN, 3, null], reducer)).toBe(expected);
});

it('there is no greatest of nothing', () => {
  expect(reduceValues([], 'max')).toBeNull();
  expect(reduceValues([null], 'mean')).toBeNull();
});

describe('the grid', () => {
  it('has 24 columns, rows of 30 px, and 8 px in between', () => {
    const width = 24 * 40 + 23 * 8;
    expect(panelBox({ x: 0, y: 0, w: 24, h: 1 }, width)).toEqual({ left: 0, top: 0, width, height: 30 });
    expect(panelBox({ x: 12, y: 2, w: 6, h: 4 }, width)).toEqual({
      left: 576,
      top: 76,
      width: 280,
      height: 144,
    });
  });

  it('is as high as its lowest panel reaches', () => {
    expect(
      gridHeight([
        { x: 0, y: 0, w: 1, h: 4 },
        { x: 1, y: 2, w: 1, h: 3 },
      ]),
    ).toBe(190);
    expect(gridHeight([])).toBe(0);
  });

  it('shares a wide panel among tiles in a row, and a square one in both directions', () => {
    expect(cellGrid({ width: 1_000, height: 100 }, 5)).toEqual({ columns: 5, rows: 1, size: 100 });
    expect(cellGrid({ width: 400, height: 200 }, 4)).toMatchObject({ columns: 2, rows: 2 });
  });
});

it('a time axis has round times, and no more of them than it has room for', () => {
  const range = { fromMs: 1_700_000_003_000, toMs: 1_700_000_303_000 };
  expect(timeTicks(range, 6, 'UTC')).toEqual([
    { timeMs: 1_700_000_040_000, label: '22:14' },
    { timeMs: 1_700_000_100_000, label: '22:15' },
    { timeMs: 1_700_000_160_000, label: '22:16' },
    { timeMs: 1_700_000_220_000, label: '22:17' },
    { timeMs: 1_700_000_280_000, label: '22:18' },
  ]);
  expect(timeTicks({ fromMs: 0, toMs: 60_000 }, 5, 'UTC').map(({ label }) => label)).toEqual([
    '00:00:00',
    '00:00:15',
    '00:00:30',
    '00:00:45',
    '00:01:00',
  ]);
});
