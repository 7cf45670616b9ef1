import { createDataFrame, FieldType } from '@grafana/data';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { annotationEvents } from '../../../dashboards/preview/browser/annotation-events.ts';
import { fieldsOf, isNumber, preparedFrames, shown } from '../../../dashboards/preview/browser/fields.ts';
import { panelBox } from '../../../dashboards/preview/browser/layout.ts';
import { alignedData } from '../../../dashboards/preview/browser/plot-data.ts';
import { panelFrames } from '../../../dashboards/preview/browser/queries.ts';
import type { Scene } from '../../../dashboards/preview/browser/scene.ts';
import { stateRegions } from '../../../dashboards/preview/browser/state-regions.ts';
import { timeTicks } from '../../../dashboards/preview/browser/time-ticks.ts';
import type { Panel } from '../../../dashboards/preview/read-dashboard.ts';

const SCENE: Scene = {
  range: { fromMs: 0, toMs: 60_000 },
  scrapeIntervalMs: 1_000,
  timeZone: 'utc',
  variables: {},
  annotations: [],
};

const VECTOR = [
  { metric: { __name__: 'up', node_host: 'b', gateway: 'g' }, value: [10, '1'] },
  { metric: { __name__: 'up', node_host: 'a' }, value: [10, '+Inf'] },
];

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The frames of a panel with this query, for which Prometheus has this. */
async function frames(target: object, result: readonly unknown[] = VECTOR) {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ status: 'success', data: { result } })));
  const panel = { targets: [{ refId: 'A', expr: 'up', instant: true, ...target }] } as unknown as Panel;
  return panelFrames(panel, SCENE, 100);
}

async function names(legendFormat: string, metric: object): Promise<readonly unknown[]> {
  const found = await frames({ legendFormat }, [{ metric, value: [1, '1'] }]);
  return found.map(({ fields }) => fields[1]?.config.displayNameFromDS);
}

describe('a series is called', () => {
  const metric = { __name__: 'up', node_host: 'a', gateway: 'g:1' };

  it('what its format says, without the labels that it lacks', async () => {
    expect(await names('{{node_host}} at {{ gateway }}{{nothing}}', metric)).toEqual(['a at g:1']);
  });

  it('as Prometheus writes it, where the format leaves nothing', async () => {
    expect(await names('', metric)).toEqual(['up{gateway="g:1", node_host="a"}']);
    expect(await names('{{nothing}}', { node_host: 'a' })).toEqual(['{node_host="a"}']);
  });

  it('what is in the label, even where that looks like a format', async () => {
    expect(await names('{{node_host}}', { node_host: '{{gateway}}', gateway: 'g' })).toEqual(['{{gateway}}']);
  });
});

describe('what Prometheus returned', () => {
  it('is a frame a series, whose labels are without the name of the metric', async () => {
    const [first, second] = await frames({ legendFormat: '{{node_host}}' });
    expect(first?.fields[1]).toMatchObject({ labels: { node_host: 'b', gateway: 'g' }, values: [1] });
    expect(second?.fields[1]?.values).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('is a table with a column a label, empty where a series lacks it', async () => {
    const [table] = await frames({ format: 'table' });
    expect(table?.fields.map(({ name, values }) => [name, values])).toEqual([
      ['Time', [10_000, 10_000]],
      ['__name__', ['up', 'up']],
      ['gateway', ['g', '']],
      ['node_host', ['b', 'a']],
      ['Value', [1, Number.POSITIVE_INFINITY]],
    ]);
  });

  it('is a table without rows when it is nothing, which other tables can be merged with', async () => {
    const [table] = await frames({ format: 'table' }, []);
    expect(table?.fields.map(({ name, values }) => [name, values.length])).toEqual([
      ['Time', 0],
      ['Value', 0],
    ]);
  });
});

it('what the panel and its overrides say of a field is applied by Grafana, our own settings included', async () => {
  const fieldConfig = {
    defaults: { unit: 's', custom: { fillOpacity: 40 } },
    overrides: [
      {
        matcher: { id: 'byName', options: 'a' },
        properties: [
          { id: 'unit', value: 'percentunit' },
          { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
        ],
      },
    ],
  };
  const asked = await frames({ legendFormat: '{{node_host}}' });
  const prepared = await preparedFrames({ fieldConfig } as unknown as Panel, asked, SCENE);
  const [b, a] = fieldsOf(prepared, isNumber);
  expect([b?.name, shown(b!.field, 90).text, b?.field.config.custom]).toEqual([
    'b',
    '1.50 mins',
    { fillOpacity: 40 },
  ]);
  expect([a?.name, shown(a!.field, 0.5).text, a?.field.config.custom]).toEqual([
    'a',
    '50%',
    { fillOpacity: 40, lineStyle: { fill: 'dash', dash: [10, 10] } },
  ]);
});

describe('a state timeline', () => {
  const range = { fromMs: 0, toMs: 100 };

  it('joins neighbours of one value and ends where the time shown ends', () => {
    const timesMs = [0, 10, 20, 30];
    expect(stateRegions({ timesMs, values: [1, 1, 2, 2], stepMs: Infinity, range })).toEqual([
      { fromMs: 0, toMs: 20, value: 1 },
      { fromMs: 20, toMs: 100, value: 2 },
    ]);
  });

  it('draws nothing where nothing was known: a gap, a missing value, a step after the last point', () => {
    const timesMs = [0, 10, 60, 70];
    expect(stateRegions({ timesMs, values: [1, null, 1, 1], stepMs: 10, range })).toEqual([
      { fromMs: 0, toMs: 10, value: 1 },
      { fromMs: 60, toMs: 80, value: 1 },
    ]);
  });

  it('draws nothing outside of the time shown', () => {
    expect(stateRegions({ timesMs: [-20, 90], values: [1, 2], stepMs: 30, range })).toEqual([
      { fromMs: 0, toMs: 10, value: 1 },
      { fromMs: 90, toMs: 100, value: 2 },
    ]);
  });
});

describe('lines on one time axis', () => {
  const line = (timesMs: number[], values: number[]) => {
    const frame = createDataFrame({
      fields: [
        { name: 'Time', type: FieldType.time, values: timesMs, config: { interval: 10_000 } },
        { name: 'Value', type: FieldType.number, values },
      ],
    });
    return { frame, field: frame.fields[1]! };
  };
  const lines = [line([0, 10_000, 40_000], [1, 2, 3]), line([10_000, 20_000], [5, Number.NaN])];

  it('break where points are further apart than a step, and only there', () => {
    expect(alignedData(lines, false)).toEqual([
      [0, 10, 20, 40],
      [1, 2, null, 3],
      [undefined, 5, null, undefined],
    ]);
  });

  it('are stacked on those before them, and stay broken', () => {
    expect(alignedData(lines, true)).toEqual([
      [0, 10, 20, 40],
      [1, 2, null, 3],
      [undefined, 7, null, undefined],
    ]);
  });
});

describe('annotations', () => {
  const kind = { titleFormat: '{{state}} {{nothing}}', textFormat: '{{node_host}}', iconColor: '#fff' };
  const metric = { state: 'zombie', node_host: 'a' };
  const spans = (values: readonly (readonly [number, string])[], useValueForTime: boolean) =>
    annotationEvents([{ metric, values }], { ...kind, useValueForTime }, 10_000);

  it('are one event while a series stays above zero, and another after a gap', () => {
    const values = [
      [10, '1'],
      [20, '1'],
      [30, '0'],
      [40, '1'],
      [60, '1'],
    ] as const;
    const events = spans(values, false);
    expect(events.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [10_000, 20_000],
      [40_000, 40_000],
      [60_000, 60_000],
    ]);
    expect(events[0]).toMatchObject({ title: 'zombie nothing', text: 'a' });
  });

  it('happen at the time that the value says, once for each value', () => {
    const events = spans(
      [
        [10, '5000'],
        [20, '5000'],
        [30, '99000'],
      ],
      true,
    );
    expect(events.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [5_000, 5_000],
      [99_000, 99_000],
    ]);
  });
});

it('the grid has 24 columns, rows of 30 px, and 8 px in between', () => {
  const width = 24 * 40 + 23 * 8;
  expect(panelBox({ x: 0, y: 0, w: 24, h: 1 }, width)).toEqual({ left: 0, top: 0, width, height: 30 });
  expect(panelBox({ x: 12, y: 2, w: 6, h: 4 }, width)).toEqual({
    left: 576,
    top: 76,
    width: 280,
    height: 144,
  });
});

it('a time axis has round times, and no more of them than it has room for', () => {
  const ticks = (fromMs: number, toMs: number, most: number) =>
    timeTicks({ range: { fromMs, toMs }, timeZone: 'utc' }, most).map(({ label }) => label);
  expect(ticks(1_700_000_003_000, 1_700_000_303_000, 6)).toEqual([
    '22:14',
    '22:15',
    '22:16',
    '22:17',
    '22:18',
  ]);
  expect(ticks(0, 60_000, 5)).toEqual(['00:00:00', '00:00:15', '00:00:30', '00:00:45', '00:01:00']);
});
