import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  interpolateLink,
  interpolateQuery,
  interpolateText,
  variablesQuery,
  type Variables,
} from '../../../dashboards/preview/browser/interpolate.ts';
import { panelFrames } from '../../../dashboards/preview/browser/queries.ts';
import type { Scene } from '../../../dashboards/preview/browser/scene.ts';
import { chooseValue, resolveVariables } from '../../../dashboards/preview/browser/variables.ts';
import type { Panel } from '../../../dashboards/preview/read-dashboard.ts';

const asked: URLSearchParams[] = [];

/** A Prometheus that answers everything with this. */
function answer(data: unknown): void {
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(new URLSearchParams(url.split('?')[1]));
    return Promise.resolve(Response.json({ status: 'success', data }));
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

describe('the interval of a query', () => {
  const EXPR = '$__interval $__rate_interval $__range $__range_s';

  /** What Prometheus is asked for so many ms, on a panel of this width. */
  async function askedFor(toMs: number, width: number, scrapeMs: number, more: object = {}) {
    answer({ result: [] });
    const scene: Scene = {
      range: { fromMs: 0, toMs },
      scrapeIntervalMs: scrapeMs,
      timeZone: 'utc',
      variables: {},
      annotations: [],
    };
    const panel = { targets: [{ refId: 'A', expr: EXPR }], ...more } as unknown as Panel;
    await panelFrames(panel, scene, width);
    const [query] = asked;
    return { ...Object.fromEntries(query ?? []), step: Number(query?.get('step')) };
  }

  it('has about a point a pixel, on a round step', async () => {
    expect(await askedFor(3_600_000, 100, 1_000)).toMatchObject({ step: 30 });
  });

  it('is never shorter than a scrape, nor than the panel asks for', async () => {
    expect(await askedFor(3_600_000, 2_000, 15_000)).toMatchObject({ step: 15 });
    asked.length = 0;
    expect(await askedFor(3_600_000, 2_000, 15_000, { interval: '2m' })).toMatchObject({ step: 120 });
  });

  it('asks Prometheus for no more points than it gives', async () => {
    const { step } = await askedFor(30 * 86_400_000, 1_000_000, 1_000);
    expect((30 * 86_400) / step).toBeLessThanOrEqual(11_000);
  });

  it('a rate looks back over four scrapes, or over a step and a scrape', async () => {
    expect(await askedFor(3_600_000, 1_000, 15_000)).toMatchObject({ query: '15000ms 60s 3600s 3600' });
    asked.length = 0;
    expect(await askedFor(3_600_000, 12, 15_000)).toMatchObject({ query: '300000ms 315s 3600s 3600' });
  });

  it('puts the points on multiples of the step', async () => {
    expect(await askedFor(125_999, 2, 15_000, { interval: '2m' })).toMatchObject({ start: '0', end: '120' });
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

  it('is found in both ways of writing it, and the longest name counts', () => {
    expect(query('$job ${job} $__range_s $__range')).toBe('.+ .+ 60 60s');
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
    rowText: (name: string) => (name === 'Node host' ? '$job <x>' : undefined),
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
    expect(new Set(interpolateLink(url, VARIABLES, scope).unresolved)).toEqual(
      new Set(['${__field.labels.nothing}', '${__data.fields["No"]}', '${__unknown}']),
    );
  });

  it('with all variables has each of them, and several values of one', () => {
    expect(variablesQuery({ job: VARIABLES.job!, several: VARIABLES.several! })).toBe(
      'var-job=%24__all&var-several=a.b&var-several=c',
    );
  });
});

it('a title names the values', () => {
  expect(interpolateText('of $several by $job', VARIABLES)).toBe('of a.b + c by All');
});

describe('the value of a variable', () => {
  const variable = { multi: true, includeAll: true, allValue: '.+' };

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
});

describe('the query of a variable', () => {
  async function resolved(sort: number, query = 'label_values(up{a=~"x,y", b="z)"}, job)') {
    answer(['b', 'C', 'a']);
    const variable = { type: 'query', name: 'job', query, sort } as const;
    const [found] = await resolveVariables([variable], { fromMs: 0, toMs: 1 }, new URLSearchParams());
    return found?.options;
  }

  it('is taken apart, whatever is in its selector', async () => {
    await resolved(0);
    await resolved(0, 'label_values(job)');
    expect(asked.map((query) => query.get('match[]'))).toEqual(['up{a=~"x,y", b="z)"}', null]);
  });

  it('offers values in the order that the dashboard wants', async () => {
    expect(await resolved(0)).toEqual(['b', 'C', 'a']);
    expect(await resolved(1)).toEqual(['C', 'a', 'b']);
    expect(await resolved(5)).toEqual(['a', 'b', 'C']);
  });
});
