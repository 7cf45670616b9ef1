import { describe, expect, it } from 'vitest';
import { parsePromql, promDurationMs, PromqlSyntaxError, substituteGrafanaVariables } from './promql.ts';

describe('a PromQL expression', () => {
  it('is listed by its selectors, with what stands around each, innermost first', () => {
    const { selectors } = parsePromql(
      'max by (job) (max_over_time(rate(a_total{x="1",y!~"p|q"}[5m] offset 1m)[1h:15s])) > last_over_time(b[2m])',
    );
    expect(selectors).toEqual([
      {
        metric: 'a_total',
        matchers: [
          { label: 'x', operator: '=', value: '1' },
          { label: 'y', operator: '!~', value: 'p|q' },
        ],
        range: '5m',
        enclosures: [
          { kind: 'function', name: 'rate' },
          { kind: 'subquery', range: '1h' },
          { kind: 'function', name: 'max_over_time' },
          { kind: 'aggregation', name: 'max', grouping: { kind: 'by', labels: ['job'], selectors: [] } },
        ],
        text: 'a_total{x="1",y!~"p|q"}',
      },
      {
        metric: 'b',
        matchers: [],
        range: '2m',
        enclosures: [{ kind: 'function', name: 'last_over_time' }],
        text: 'b',
      },
    ]);
  });

  it('names the labels of each grouping with the selectors they can be labels of', () => {
    const { groupings } = parsePromql(
      'sum without (x) (a) / on (k) group_left (v) (b unless ignoring (z) c)',
    );
    const brief = groupings.map(({ kind, labels, selectors }) => [
      kind,
      labels,
      selectors.map(({ text }) => text),
    ]);
    expect(brief).toEqual([
      ['without', ['x'], ['a']],
      ['on', ['k'], ['a', 'b', 'c']],
      ['group_left', ['v'], ['a', 'b', 'c']],
      ['ignoring', ['z'], ['b', 'c']],
    ]);
  });

  it('tells the labels that it makes itself', () => {
    expect(
      parsePromql('count_values("n", label_join(label_replace(a, "x", "$1", "y", "(.*)"), "z", "-", "x"))')
        .createdLabels,
    ).toEqual(['z', 'x', 'n']);
  });

  it.each([
    ['{__name__="up"}', 'up'],
    ['{"up",job="a"}', 'up'],
    ['{job="a"}', undefined],
  ])('%s selects the metric %s', (text, metric) => {
    expect(parsePromql(text).selectors[0]?.metric).toBe(metric);
  });

  it.each([
    [String.raw`a{x="q\"\\\n\x41\u00e9"}`, 'q"\\\nAé'],
    [String.raw`a{x='it\'s'}`, "it's"],
    ['a{x=`raw\\n`}', 'raw\\n'],
  ])('%s is unquoted', (text, value) => {
    expect(parsePromql(text).selectors[0]?.matchers[0]?.value).toBe(value);
  });

  it.each(['rate(a[5m]', 'a{x=}', 'sum by (a', 'a +', '', 'rate(a[$__rate_interval])'])(
    '%s is refused',
    (text) => {
      expect(() => parsePromql(text)).toThrow(PromqlSyntaxError);
    },
  );
});

describe('Grafana variables', () => {
  it('are replaced where Grafana has a value of its own or one is given, else left', () => {
    expect(
      substituteGrafanaVariables(
        'rate(a{job=~"$job",i=~"${instance:regex}",g="[[gateway]]"}[$__rate_interval])',
        {
          gateway: 'gw:1',
        },
      ),
    ).toBe('rate(a{job=~"$job",i=~"${instance:regex}",g="gw:1"}[1m])');
  });
});

describe('a Prometheus duration', () => {
  it.each([
    ['15s', 15_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1d', 86_400_000],
  ])('%s is %d ms', (text, ms) => {
    expect(promDurationMs(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '5 m', '1.5h', 'x1h'])('"%s" is none', (text) => {
    expect(() => promDurationMs(text)).toThrow(RangeError);
  });
});
