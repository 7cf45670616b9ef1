import { describe, expect, it } from 'vitest';
import { chooseValue, sortOptions } from '../../preview/grafana/choose-variable.ts';
import {
  interpolateLink,
  interpolateQuery,
  interpolateText,
  variablesQuery,
  type Variables,
} from '../../preview/grafana/interpolate.ts';
import { alignToStep, queryInterval } from '../../preview/grafana/interval.ts';
import { parseLabelValuesQuery } from '../../preview/grafana/label-values.ts';
import { annotationQuery, panelQueries } from '../../preview/grafana/panel-queries.ts';
import { durationMs, durationText, resolveTimeRange } from '../../preview/grafana/time-range.ts';

const HOUR = { fromMs: 0, toMs: 3_600_000 };

describe('the interval of a query', () => {
  it('has about a point a pixel, on a round step', () => {
    expect(queryInterval({ range: HOUR, maxDataPoints: 100, scrapeIntervalMs: 1_000 }).stepMs).toBe(30_000);
  });

  it('is never shorter than a scrape, nor than the query asks for', () => {
    const narrow = { range: HOUR, maxDataPoints: 2_000, scrapeIntervalMs: 15_000 };
    expect(queryInterval(narrow).stepMs).toBe(15_000);
    expect(queryInterval({ ...narrow, minInterval: '2m' }).stepMs).toBe(120_000);
  });

  it('asks Prometheus for no more points than it gives', () => {
    const range = { fromMs: 0, toMs: 30 * 86_400_000 };
    const { stepMs } = queryInterval({ range, maxDataPoints: 1_000_000, scrapeIntervalMs: 1_000 });
    expect((range.toMs - range.fromMs) / stepMs).toBeLessThanOrEqual(11_000);
  });

  it('a rate looks back over four scrapes, or over a step and a scrape', () => {
    const at = (maxDataPoints: number): string | undefined =>
      queryInterval({ range: HOUR, maxDataPoints, scrapeIntervalMs: 15_000 }).variables.__rate_interval;
    expect(at(1_000)).toBe('60s');
    expect(at(12)).toBe('315s');
    expect(
      queryInterval({ range: HOUR, maxDataPoints: 12, scrapeIntervalMs: 15_000 }).variables,
    ).toMatchObject({
      __interval: '5m',
      __rate_interval_ms: '315000',
      __range: '3600s',
      __range_ms: '3600000',
    });
  });

  it('puts the points on multiples of the step', () => {
    expect(alignToStep({ fromMs: 61_000, toMs: 125_999 }, 15_000)).toEqual({ fromMs: 60_000, toMs: 120_000 });
  });
});

const VARIABLES: Variables = {
  job: { kind: 'all', values: ['a', 'b'], allValue: '.+' },
  gateway: { kind: 'all', values: ['g.1:80', 'g2'], allValue: undefined },
  node_host: { kind: 'some', values: [`it's a.b+"c"\\d`], isMulti: true },
  several: { kind: 'some', values: ['a.b', 'c'], isMulti: true },
  one: { kind: 'some', values: ['a"b\\c.d'], isMulti: false },
};

function query(expr: string): string {
  return interpolateQuery(expr, VARIABLES, { __range: '60s', __range_s: '60' }).text;
}

describe('a variable in a query', () => {
  it('is escaped for the regular expression and for the string that it stands in', () => {
    expect(query('x{a=~"$node_host"}')).toBe(String.raw`x{a=~"it\\'s a\\.b\\+\\\"c\\\"\\\\d"}`);
  });

  it('with several values is a choice between them', () => {
    expect(query('x{a=~"$several"}')).toBe(String.raw`x{a=~"(a\\.b|c)"}`);
  });

  it('that can have only one value is escaped for the string', () => {
    expect(query('x{a="$one"}')).toBe(String.raw`x{a="a\"b\\c.d"}`);
  });

  it('that means all is what the dashboard says all is, else all of its values', () => {
    expect(query('x{a=~"$job"}')).toBe('x{a=~".+"}');
    expect(query('x{a=~"$gateway"}')).toBe(String.raw`x{a=~"(g\\.1:80|g2)"}`);
  });

  it('is found in all three ways of writing it, and the longest name counts', () => {
    expect(query('$job ${job} [[job]] $__range_s $__range ${job:raw}')).toBe('.+ .+ .+ 60 60s .+');
  });

  it('that nobody knows is told, and so is a format that nobody knows', () => {
    expect(interpolateQuery('$nobody ${several:sqlstring}', VARIABLES, {}).unresolved).toEqual([
      '$nobody',
      '${several:sqlstring}',
    ]);
  });
});

describe('a link', () => {
  const scope = {
    timeQuery: 'from=1&to=2',
    labels: { node_host: 'a&b#c', gateway: 'g:1' },
    rowTexts: { 'Node host': '$job <x>' },
    seriesName: 'line 1',
  };

  it('carries labels, columns, variables and time, each encoded for an address', () => {
    const url =
      '/d/x?${job:queryparam}&var-n=${__field.labels.node_host:percentencode}&var-m=${__data.fields["Node host"]}&${__url_time_range}';
    expect(interpolateLink(url, VARIABLES, scope)).toEqual({
      text: '/d/x?var-job=%24__all&var-n=a%26b%23c&var-m=%24job%20%3Cx%3E&from=1&to=2',
      unresolved: [],
    });
  });

  it('with a reference that resolves to nothing says which', () => {
    const url = '${__field.labels.nothing}${__data.fields["No"]}${__unknown}';
    expect(interpolateLink(url, VARIABLES, scope).unresolved).toEqual([
      '${__field.labels.nothing}',
      '${__data.fields["No"]}',
      '${__unknown}',
    ]);
  });

  it('with all variables has each of them, and several values of one', () => {
    expect(variablesQuery({ job: VARIABLES.job!, several: VARIABLES.several! })).toBe(
      'var-job=%24__all&var-several=a.b&var-several=c',
    );
  });
});

it('a title names the values', () => {
  expect(interpolateText('of $several by $job', VARIABLES).text).toBe('of a.b + c by All');
});

describe('the value of a variable', () => {
  const variable = { multi: true, includeAll: true, allValue: '.+', current: undefined };

  it('is what the address asks for, even where there is no such any more', () => {
    expect(chooseValue(variable, ['a', 'b'], ['gone'])).toMatchObject({ kind: 'some', values: ['gone'] });
    expect(chooseValue(variable, ['a', 'b'], ['$__all'])).toMatchObject({ kind: 'all', allValue: '.+' });
  });

  it('is what the dashboard saved, where that is still offered', () => {
    const saved = { ...variable, includeAll: false, current: { text: 'b', value: 'b' } };
    expect(chooseValue(saved, ['a', 'b'], [])).toMatchObject({ values: ['b'] });
    expect(chooseValue(saved, ['a'], [])).toMatchObject({ values: ['a'] });
  });

  it('is all where that is offered, else the first', () => {
    expect(chooseValue(variable, ['a', 'b'], [])).toMatchObject({ kind: 'all' });
    expect(chooseValue({ ...variable, includeAll: false }, ['a', 'b'], [])).toMatchObject({ values: ['a'] });
    expect(chooseValue({ ...variable, includeAll: false }, [], [])).toMatchObject({ values: [] });
  });

  it('is one only where several cannot be chosen', () => {
    const single = { ...variable, multi: false, includeAll: false };
    expect(chooseValue(single, ['a', 'b'], ['b', 'a'])).toEqual({
      kind: 'some',
      values: ['b'],
      isMulti: false,
    });
  });

  it('is offered in the order that the dashboard wants', () => {
    expect(sortOptions(['b', 'C', 'a'], 0)).toEqual(['b', 'C', 'a']);
    expect(sortOptions(['b', 'C', 'a'], 1)).toEqual(['C', 'a', 'b']);
    expect(sortOptions(['b', 'C', 'a'], 5)).toEqual(['a', 'b', 'C']);
  });
});

it('the query of a variable is taken apart, whatever is in its selector', () => {
  expect(parseLabelValuesQuery('label_values(up{a=~"x,y", b="z)"}, job)')).toEqual({
    selector: 'up{a=~"x,y", b="z)"}',
    label: 'job',
  });
  expect(parseLabelValuesQuery('label_values(job)')).toEqual({ selector: undefined, label: 'job' });
  expect(() => parseLabelValuesQuery('metrics(x)')).toThrow(TypeError);
});

describe('times', () => {
  it('are now, some time ago, or given', () => {
    expect(resolveTimeRange({ from: 'now-1h', to: 'now' }, 7_200_000)).toEqual({
      fromMs: 3_600_000,
      toMs: 7_200_000,
    });
    expect(resolveTimeRange({ from: '1700000000000', to: '1700000001000' }, 0)).toEqual({
      fromMs: 1_700_000_000_000,
      toMs: 1_700_000_001_000,
    });
  });

  it.each(['yesterday', 'now-1 hour', 'now+1h', 'now/d', ''])(
    'that are written otherwise are refused: %s',
    (from) => {
      expect(() => resolveTimeRange({ from, to: 'now' }, 0)).toThrow(RangeError);
    },
  );

  it('between which nothing lies are refused', () => {
    expect(() => resolveTimeRange({ from: 'now', to: 'now-1h' }, 0)).toThrow(RangeError);
  });

  it.each([
    ['90s', 90_000, '1m'],
    ['15s', 15_000, '15s'],
    ['1.5h', 5_400_000, '1h'],
    ['500ms', 500, '500ms'],
    ['2d', 172_800_000, '2d'],
  ])('of length %s are read, and written in the greatest unit', (text, ms, written) => {
    expect(durationMs(text)).toBe(ms);
    expect(durationText(ms)).toBe(written);
  });
});

describe('the queries of a panel', () => {
  const context = {
    range: { fromMs: 10, toMs: 60_010 },
    variables: VARIABLES,
    scrapeIntervalMs: 1_000,
    widthPx: 60,
  };
  const target = {
    refId: 'A',
    legendFormat: '',
    format: 'time_series',
    instant: false,
    hide: false,
  } as const;

  it('leave out what is hidden, and ask over time or for its end', () => {
    const queries = panelQueries(
      {
        targets: [
          { ...target, expr: 'rate(x[$__rate_interval])' },
          { ...target, refId: 'B', expr: 'y', instant: true },
          { ...target, refId: 'C', expr: 'z', hide: true },
        ],
      },
      context,
    );
    expect(queries).toMatchObject([
      { kind: 'range', expr: 'rate(x[4s])', stepMs: 1_000, range: { fromMs: 0, toMs: 60_000 } },
      { kind: 'instant', expr: 'y', timeMs: 60_010 },
    ]);
  });

  it('of annotations have a hundred points, unless they want fewer', () => {
    const wide = { ...context, range: { fromMs: 0, toMs: 3 * 3_600_000 } };
    expect(annotationQuery({ expr: 'x', step: undefined }, wide).stepMs).toBe(120_000);
    expect(annotationQuery({ expr: 'x', step: '10m' }, wide).stepMs).toBe(600_000);
    expect(annotationQuery({ expr: 'x', step: undefined }, context).stepMs).toBe(1_000);
  });
});
