import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  interpolateLink,
  interpolateQuery,
  type Variables,
} from '../../../dashboards/preview/browser/interpolate.ts';
import { panelFrames } from '../../../dashboards/preview/browser/queries.ts';
import { chooseValue, resolveVariables } from '../../../dashboards/preview/browser/variables.ts';

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
  const EXPR = '$__interval $__rate_interval $__range';

  /** What Prometheus is asked for so many ms, on a panel of this width. */
  async function askedFor(toMs: number, width: number, scrapeMs: number) {
    answer({ result: [] });
    const scene = { range: { fromMs: 0, toMs }, scrapeIntervalMs: scrapeMs, variables: {} };
    await panelFrames({ targets: [{ refId: 'A', expr: EXPR, legendFormat: '' }] }, scene, width);
    const [query] = asked;
    return { ...Object.fromEntries(query ?? []), step: Number(query?.get('step')) };
  }

  it('has about a point a pixel, on a round step', async () => {
    expect(await askedFor(3_600_000, 100, 1_000)).toMatchObject({ step: 30 });
  });

  it('is never shorter than a scrape', async () => {
    expect(await askedFor(3_600_000, 2_000, 15_000)).toMatchObject({ step: 15 });
  });

  it('asks Prometheus for no more points than it gives', async () => {
    const { step } = await askedFor(30 * 86_400_000, 1_000_000, 1_000);
    expect((30 * 86_400) / step).toBeLessThanOrEqual(11_000);
  });

  it('a rate looks back over four scrapes, or over a step and a scrape', async () => {
    expect(await askedFor(3_600_000, 1_000, 15_000)).toMatchObject({ query: '15000ms 60s 3600s' });
    asked.length = 0;
    expect(await askedFor(3_600_000, 12, 15_000)).toMatchObject({ query: '300000ms 315s 3600s' });
  });

  it('puts the points on multiples of the step', async () => {
    expect(await askedFor(125_999, 2, 15_000)).toMatchObject({ step: 60, start: '0', end: '120' });
  });
});

const VARIABLES: Variables = {
  job: { values: ['a', 'b'], allValue: '.+' },
  node_host: { values: [`it's a.b+"c"\\d`] },
  several: { values: ['a.b', 'c'] },
};

function query(expr: string): string {
  return interpolateQuery(expr, VARIABLES, { __range: '60s', __rate_interval: '4s' });
}

describe('a variable in a query', () => {
  it('is escaped for the regular expression and for the string that it stands in', () => {
    expect(query('x{a=~"$node_host"}')).toBe(String.raw`x{a=~"it\\'s a\\.b\\+\\\"c\\\"\\\\d"}`);
  });

  it('with several values is a choice between them', () => {
    expect(query('x{a=~"$several"}')).toBe(String.raw`x{a=~"(a\\.b|c)"}`);
  });

  it('that means all is what the dashboard says all is', () => {
    expect(query('x{a=~"$job"}')).toBe('x{a=~".+"}');
  });

  it('is found in both ways of writing it', () => {
    expect(query('$job ${job} [$__range] $__rate_interval')).toBe('.+ .+ [60s] 4s');
  });

  it('that nobody knows is told, and so is a format that nobody knows', () => {
    expect(() => query('$nobody ${several:sqlstring} $job_s')).toThrow(
      'Not understood: $nobody, ${several:sqlstring}, $job_s',
    );
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
      '/d/x?${job:queryparam}&var-n=${__field.labels.node_host:percentencode}&var-m=${__data.fields["Node host"]:percentencode}&${__url_time_range}';
    expect(interpolateLink(url, VARIABLES, scope)).toBe(
      '/d/x?var-job=%24__all&var-n=a%26b%23c&var-m=%24job%20%3Cx%3E&from=1&to=2',
    );
  });

  it('with a reference that resolves to nothing says which', () => {
    const url = '${__field.labels.nothing}${__data.fields["No"]}${__unknown}';
    expect(() => interpolateLink(url, VARIABLES, scope)).toThrow(
      'Not understood: ${__field.labels.nothing}, ${__data.fields["No"]}, ${__unknown}',
    );
  });

  it('has several values of a variable one after the other', () => {
    expect(interpolateLink('${several:queryparam}', VARIABLES, scope)).toBe('var-several=a.b&var-several=c');
  });

  it('has a title for people, who read no percent signs', () => {
    expect(interpolateLink('Open ${__field.labels.node_host}', VARIABLES, scope)).toBe('Open a&b#c');
  });
});

describe('the value of a variable', () => {
  it('is what the address asks for, even where there is no such any more', () => {
    expect(chooseValue({ allValue: '.+' }, ['a', 'b'], ['gone'])).toEqual({ values: ['gone'] });
    expect(chooseValue({ allValue: '.+' }, ['a', 'b'], ['$__all'])).toMatchObject({ allValue: '.+' });
    expect(chooseValue({}, ['a', 'b'], ['b', 'a'])).toEqual({ values: ['b', 'a'] });
  });

  it('is all where that is offered, else the first', () => {
    expect(chooseValue({ allValue: '.+' }, ['a', 'b'], [])).toEqual({ values: ['a', 'b'], allValue: '.+' });
    expect(chooseValue({}, ['a', 'b'], [])).toEqual({ values: ['a'] });
    expect(chooseValue({}, ['a', 'b'], ['$__all'])).toEqual({ values: ['a'] });
    expect(chooseValue({}, [], [])).toEqual({ values: [] });
  });
});

describe('the query of a variable', () => {
  async function resolved(query: string) {
    answer(['b', 'C', 'a']);
    const variable = { type: 'query', name: 'job', label: 'Job', query, multi: true, sort: 5 } as const;
    const [found] = await resolveVariables([variable], { fromMs: 0, toMs: 1 }, new URLSearchParams());
    return found?.options;
  }

  it('is taken apart, whatever is in its selector', async () => {
    await resolved('label_values(up{a=~"x,y", b="z)"}, job)');
    await resolved('label_values(job)');
    expect(asked.map((query) => query.get('match[]'))).toEqual(['up{a=~"x,y", b="z)"}', null]);
  });

  it('offers values by the alphabet, whatever their case', async () => {
    expect(await resolved('label_values(job)')).toEqual(['a', 'b', 'C']);
  });
});
