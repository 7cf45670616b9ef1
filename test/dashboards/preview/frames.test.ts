import { createDataFrame, FieldType } from '@grafana/data';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { annotationEvents } from '../../../dashboards/preview/browser/annotation-events.ts';
import { preparedFrames, shown } from '../../../dashboards/preview/browser/fields.ts';
import { joined, stacked, stateRegions } from '../../../dashboards/preview/browser/plot-data.ts';
import { panelFrames } from '../../../dashboards/preview/browser/queries.ts';
import type { Scene } from '../../../dashboards/preview/browser/scene.ts';
import type { Panel } from '../../../dashboards/preview/read-dashboard.ts';

const SCENE: Scene = {
  range: { fromMs: 0, toMs: 60_000 },
  scrapeIntervalMs: 1_000,
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
  const asked = { refId: 'A', expr: 'up', legendFormat: '', instant: true, ...target };
  return panelFrames({ targets: [asked] }, SCENE, 100);
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
  const panel = { fieldConfig, transformations: [] } as unknown as Panel;
  const [b, a] = (await preparedFrames(panel, asked, SCENE)).map(({ fields }) => fields[1]!);
  expect([shown(b!, 90).text, b?.config.custom]).toEqual(['1.50 mins', { fillOpacity: 40 }]);
  expect([shown(a!, 0.5).text, a?.config.custom]).toEqual([
    '50%',
    { fillOpacity: 40, lineStyle: { fill: 'dash', dash: [10, 10] } },
  ]);
});

/** A series with a point at each of these times, ms, which should have one every 10 ms. */
function seriesOf(timesMs: number[], values: (number | null)[]) {
  return createDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: timesMs, config: { interval: 10 } },
      { name: 'Value', type: FieldType.number, values },
    ],
  });
}

describe('a state timeline', () => {
  const regions = (timesMs: number[], values: (number | null)[]) =>
    stateRegions(seriesOf(timesMs, values), { fromMs: 0, toMs: 100 });

  it('joins neighbours of one value', () => {
    expect(regions([0, 10, 20, 30], [1, 1, 2, 2])).toEqual([
      { fromMs: 0, toMs: 20, value: 1 },
      { fromMs: 20, toMs: 40, value: 2 },
    ]);
  });

  it('draws nothing where nothing was known: a gap, a missing value, a step after the last point', () => {
    expect(regions([0, 10, 20, 60, 70], [1, null, Number.NaN, 1, 1])).toEqual([
      { fromMs: 0, toMs: 10, value: 1 },
      { fromMs: 60, toMs: 80, value: 1 },
    ]);
  });

  it('draws nothing outside of the time shown', () => {
    expect(regions([-20, -10, 0, 95], [1, 1, 1, 2])).toEqual([
      { fromMs: 0, toMs: 10, value: 1 },
      { fromMs: 95, toMs: 100, value: 2 },
    ]);
  });
});

describe('lines on one time axis', () => {
  const [time, ...fields] = joined([
    seriesOf([0, 10, 40], [1, 2, 3]),
    seriesOf([10, 15, 20], [5, 6, Number.NaN]),
  ]).fields;

  it('break where points are further apart than a step, and only there', () => {
    expect([time?.values, ...fields.map(({ values }) => values as unknown)]).toEqual([
      [0, 10, 15, 20, 30, 40],
      [1, 2, null, null, null, 3],
      [undefined, 5, 6, Number.NaN, undefined, undefined],
    ]);
  });

  it('are stacked on those before them, and stay broken', () => {
    expect(stacked(fields)).toEqual([
      [1, 2, null, null, null, 3],
      [undefined, 7, 6, null, undefined, undefined],
    ]);
  });
});

describe('annotations', () => {
  const kind = {
    name: 'x',
    enable: true,
    builtIn: 0,
    titleFormat: '{{state}} {{nothing}}',
    textFormat: '{{node_host}}',
    iconColor: '#fff',
  } as const;
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
