import { describe, expect, it } from 'vitest';
import {
  annotationQueries,
  askingPanels,
  legendLabels,
  legendOf,
  sentExpression,
  type Dashboard,
} from './harness/grafana-dashboard.ts';
import { objectionTo } from './harness/unit-fits.ts';

const DASHBOARD: Dashboard = {
  title: 'a dashboard',
  uid: 'a',
  panels: [
    {
      id: 1,
      title: 'a row',
      type: 'row',
      panels: [{ id: 2, title: 'inside', type: 'stat', targets: [aTarget()] }],
    },
    { id: 3, title: 'text', type: 'text' },
    { id: 4, title: 'beside', type: 'timeseries', targets: [aTarget()] },
  ],
  templating: {
    list: [
      { name: 'datasource', type: 'datasource' },
      { name: 'job', type: 'query', multi: true, includeAll: true, allValue: '.+' },
      { name: 'node_host', type: 'query', multi: true, includeAll: false },
      { name: 'plain', type: 'query' },
    ],
  },
};
const SHOWN = { rangeSeconds: 300, stepSeconds: 2, scrapeSeconds: 1 };

function aTarget() {
  return { refId: 'A', expr: 'up' };
}

function sent(
  expr: string,
  chosen: Readonly<Record<string, string>> = { node_host: 'n', plain: 'p' },
): string {
  return sentExpression(expr, { dashboard: DASHBOARD, chosen, shown: SHOWN });
}

describe('what a panel sends to Prometheus', () => {
  it('has All for what was not chosen, and the choice for what was', () => {
    expect(sent('x{job=~"$job", node_host=~"${node_host}"}')).toBe('x{job=~".+", node_host=~"n"}');
  });

  it('has a choice escaped for the regular expression within the string', () => {
    expect(sent('x{node_host=~"$node_host"}', { node_host: 'a.b "c"', plain: '' })).toBe(
      String.raw`x{node_host=~"a\\.b \"c\""}`,
    );
  });

  it('has a choice of which there is only one escaped for the string alone', () => {
    expect(sent('x{a="$plain"}', { node_host: '', plain: 'a.b\\' })).toBe(String.raw`x{a="a.b\\"}`);
  });

  it('has a rate over four scrapes, or over a step and a scrape where that is more', () => {
    expect(sent('rate(x[$__rate_interval])')).toBe('rate(x[4s])');
    expect(sent('increase(x[$__range])')).toBe('increase(x[300s])');
  });

  it('is refused while a variable without All is not chosen', () => {
    expect(() => sent('x', { plain: '' })).toThrow('node_host');
  });
});

describe('reading a dashboard', () => {
  it('finds panels within rows, and leaves out those that ask nothing', () => {
    expect(askingPanels(DASHBOARD).map(({ title }) => title)).toEqual(['inside', 'beside']);
  });

  it('finds the queries of annotations in either place', () => {
    const list = [{ name: 'a', expr: 'x' }, { name: 'b', target: { expr: 'y' } }, { name: 'c' }];
    expect(annotationQueries({ ...DASHBOARD, annotations: { list } })).toEqual([
      { name: 'a', expr: 'x' },
      { name: 'b', expr: 'y' },
    ]);
  });

  it('reads legends', () => {
    expect(legendLabels('{{gateway}} {{ transport }}')).toEqual(['gateway', 'transport']);
    expect(legendOf('{{gateway}} {{ transport }}', { gateway: 'g', transport: 'ws' })).toBe('g ws');
  });
});

describe('a unit fits its values', () => {
  const NOW = Date.UTC(2026, 0, 1);

  it.each([
    ['s', [0, 42]],
    ['bytes', [96e6]],
    ['percentunit', [0, 1]],
    ['dateTimeAsIso', [NOW]],
    ['none', [3, Number.NaN]],
  ] as const)('%s of %j', (unit, values) => {
    expect(objectionTo(unit, values, NOW)).toBeUndefined();
  });

  it.each([
    ['a Unix time is no duration', 's', [NOW / 1_000]],
    ['seconds are no date', 'dateTimeAsIso', [NOW / 1_000]],
    ['a count is no ratio', 'percentunit', [96]],
    ['nothing is in a unit that nobody knows', 'furlong', [1]],
  ] as const)('%s', (_, unit, values) => {
    expect(objectionTo(unit, values, NOW)).toBeDefined();
  });
});
