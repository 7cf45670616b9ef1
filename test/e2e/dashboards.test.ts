import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  REASON,
  STATE_NUMBER,
  STATE_NUMBER_OF_THE_WORST,
  TIMELINE_ROWS,
  WORST,
  orNotSeen,
  perMinuteByOccurring,
} from '../../dashboards/expressions.ts';
import { STATE_LOOKS, STATES_WORST_FIRST } from '../../dashboards/node-state-look.ts';
import { series } from '../../dashboards/series.ts';
import type { NodeState } from '../../src/core/model/node-state.ts';
import { panelsOf, queriesOf, readDashboard, SHIPPED } from '../dashboards/dashboard-json.ts';
import { describeWith, PROMTOOL } from '../helpers/debian-program.ts';
import { substituteGrafanaVariables } from '../helpers/promql.ts';

/*
 * Prometheus's own tool reads every query of the dashboards, and evaluates those that decide what is shown on made-up
 * fleets.
 */
let program: string = PROMTOOL.program;

const EVERYTHING = { job: '.+', instance: '.+', gateway: '.+', node_host: '.+' };

function plain(expr: string): string {
  return substituteGrafanaVariables(expr, EVERYTHING);
}

interface Verdict {
  readonly status: number | null;
  readonly output: string;
}

function promtool(command: readonly string[], document: unknown): Verdict {
  const directory = mkdtempSync(join(tmpdir(), 'dashboards-'));
  try {
    const file = join(directory, 'test.yml');
    writeFileSync(file, stringify(document));
    const { error, status, stdout, stderr } = spawnSync(program, [...command, file], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Samples a minute apart. */
interface InputSeries {
  readonly series: string;
  readonly values: string;
}

interface NodeHost {
  readonly name: string;
  /** State at each minute. */
  readonly states: readonly NodeState[];
  readonly exporter?: string;
  readonly reason?: string;
}

function labels({ name, exporter = 'a:9789' }: NodeHost): string {
  return `job="openclaw", instance="${exporter}", gateway="gw:18789", node_host="${name}"`;
}

/** Those states that it ever is in, and `alive`: promtool gives a query ten thousand samples, a fleet of 500 has more. */
function stateSet(nodeHost: NodeHost): readonly InputSeries[] {
  return [...new Set<NodeState>(['alive', ...nodeHost.states])].map((state) => ({
    series: `openclaw_nodehost_state{${labels(nodeHost)}, state="${state}"}`,
    values: nodeHost.states.map((current) => (current === state ? 1 : 0)).join(' '),
  }));
}

function inputOf(nodeHosts: readonly NodeHost[]): readonly InputSeries[] {
  return nodeHosts.flatMap((nodeHost) => [
    ...stateSet(nodeHost),
    ...(nodeHost.reason === undefined
      ? []
      : [
          {
            series: `openclaw_nodehost_reason{${labels(nodeHost)}, reason="${nodeHost.reason}"}`,
            values: nodeHost.states.map(() => 1).join(' '),
          },
        ]),
  ]);
}

interface Expected {
  readonly labels: string;
  readonly value: number;
}

/** What promtool says when `expr`, at the last of `minutes`, is said to be `expected`; empty when it is. */
function difference({
  input,
  expr,
  minutes,
  expected,
}: {
  readonly input: readonly InputSeries[];
  readonly expr: string;
  readonly minutes: number;
  readonly expected: readonly Expected[];
}): string {
  const { status, output } = promtool(['test', 'rules'], {
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: input,
        promql_expr_test: [
          {
            expr: plain(expr).replaceAll('[1h]', `[${minutes}m]`),
            eval_time: `${minutes - 1}m`,
            exp_samples: expected,
          },
        ],
      },
    ],
  });
  return status === 0 ? '' : output;
}

function numbered(nodeHosts: readonly (readonly [name: string, state: NodeState])[]): readonly Expected[] {
  return nodeHosts.map(([name, state]) => ({
    labels: `{gateway="gw:18789", node_host="${name}"}`,
    value: STATE_LOOKS[state].number,
  }));
}

function fleet(count: number, states: readonly NodeState[], prefix = 'fine'): readonly NodeHost[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${String(index).padStart(3, '0')}`,
    states,
  }));
}

const ALIVE: readonly NodeState[] = ['alive', 'alive', 'alive', 'alive'];

describeWith(PROMTOOL, (path) => {
  program = path;

  it.each(SHIPPED)('Prometheus can evaluate every query of %s', (file) => {
    const queries = queriesOf(readDashboard(file));
    expect(queries.length).toBeGreaterThan(20);
    const rules = queries.map(({ expr }, index) => ({
      record: `dashboard:query_${index}`,
      expr: plain(expr),
    }));
    const { status, output } = promtool(['check', 'rules'], { groups: [{ name: file, rules }] });
    expect(output).toContain(`${queries.length} rules found`);
    expect(status).toBe(0);
  });

  it('each state has its number', () => {
    const nodeHosts = STATES_WORST_FIRST.map((state) => ({ name: `is-${state}`, states: [state] }));
    const expected = numbered(STATES_WORST_FIRST.map((state) => [`is-${state}`, state]));
    expect(difference({ input: inputOf(nodeHosts), expr: STATE_NUMBER, minutes: 1, expected })).toBe('');
    const wrong = expected.map((one) => ({ ...one, value: one.value + 1 }));
    expect(
      difference({ input: inputOf(nodeHosts), expr: STATE_NUMBER, minutes: 1, expected: wrong }),
    ).not.toBe('');
  });

  it('a state of a later version is not shown as another one', () => {
    const input = [
      ...stateSet({ name: 'new', states: [] }).map((one) => ({ ...one, values: '0' })),
      {
        series: `openclaw_nodehost_state{${labels({ name: 'new', states: [] })}, state="migrating"}`,
        values: '1',
      },
    ];
    expect(difference({ input, expr: STATE_NUMBER, minutes: 1, expected: [] })).toBe('');
  });

  it('a node host that two exporters see is counted once, by the worse verdict and its reason', () => {
    const input = inputOf([
      { name: 'attic', exporter: 'attic:9789', states: ['zombie'], reason: 'silent' },
      { name: 'attic', exporter: 'gateway:9789', states: ['offline'], reason: 'not-connected' },
    ]);
    const expected = numbered([['attic', 'zombie']]);
    expect(difference({ input, expr: STATE_NUMBER, minutes: 1, expected })).toBe('');
    const reason = '{gateway="gw:18789", node_host="attic", reason="silent"}';
    expect(
      difference({
        input,
        expr: REASON,
        minutes: 1,
        expected: [{ labels: reason, value: STATE_LOOKS.zombie.number }],
      }),
    ).toBe('');
  });

  it('the timeline shows one node host that was always alive', () => {
    const input = inputOf([{ name: 'only', states: ALIVE }]);
    const expected = numbered([['only', 'alive']]);
    expect(difference({ input, expr: STATE_NUMBER_OF_THE_WORST, minutes: 4, expected })).toBe('');
  });

  it('of 500 the timeline shows the three that were not always alive, and fills up to ten', () => {
    const trouble: readonly NodeHost[] = [
      { name: 'was-zombie', states: ['alive', 'zombie', 'zombie', 'alive'] },
      { name: 'is-down', states: ['alive', 'alive', 'alive', 'down'] },
      { name: 'was-blocked', states: ['blocked', 'blocked', 'alive', 'alive'] },
    ];
    const input = inputOf([...fleet(497, ALIVE), ...trouble]);
    const rows = `count(${STATE_NUMBER_OF_THE_WORST})`;
    expect(difference({ input, expr: rows, minutes: 4, expected: [{ labels: '{}', value: WORST }] })).toBe(
      '',
    );
    const shown = `(${STATE_NUMBER_OF_THE_WORST}) and on (node_host) openclaw_nodehost_state{node_host!~"fine-.+"}`;
    const expected = numbered([
      ['was-zombie', 'alive'],
      ['is-down', 'down'],
      ['was-blocked', 'alive'],
    ]);
    expect(difference({ input, expr: shown, minutes: 4, expected })).toBe('');
  });

  it('of 500 in trouble the timeline shows 25, those the longest not alive', () => {
    const input = inputOf([
      ...fleet(500 - TIMELINE_ROWS, ['alive', 'alive', 'alive', 'offline'], 'shortly'),
      ...fleet(TIMELINE_ROWS, ['offline', 'offline', 'offline', 'alive'], 'long'),
    ]);
    const expr = `count by (state) (label_replace(${STATE_NUMBER_OF_THE_WORST}, "state", "$1", "node_host", "(.+)-.+"))`;
    const expected = [{ labels: '{state="long"}', value: TIMELINE_ROWS }];
    // `$1` is of label_replace, not of Grafana: it must come through.
    expect(plain(expr)).toContain('"$1"');
    expect(difference({ input, expr, minutes: 4, expected })).toBe('');
  });

  it('a viewpoint that says nothing of a known node host is not seen, and nothing of an unknown one', () => {
    const expr = orNotSeen(`max(${series('openclaw_nodehost_process_up')})`);
    const known = inputOf([{ name: 'far', states: ['offline'] }]);
    expect(difference({ input: known, expr, minutes: 1, expected: [{ labels: '{}', value: -1 }] })).toBe('');
    const up = {
      series: `openclaw_nodehost_process_up{${labels({ name: 'far', states: [] })}}`,
      values: '0',
    };
    expect(
      difference({ input: [...known, up], expr, minutes: 1, expected: [{ labels: '{}', value: 0 }] }),
    ).toBe('');
    expect(difference({ input: [], expr, minutes: 1, expected: [] })).toBe('');
  });

  it('the log of a node host complains of nothing, of attempts that fail, or of a park, whose series is that of its reason', () => {
    const expr = panelsOf(readDashboard('node-host.json'))
      .flatMap(({ targets = [] }) => targets)
      .find(({ legendFormat }) => legendFormat === 'Log')
      ?.expr.replaceAll('$__rate_interval', '2m');
    const minutes = 5;
    const host = { name: 'x', states: ['alive', 'alive', 'alive', 'alive', 'alive'] } as const;
    const parked = (reason: string, values: string): InputSeries => ({
      series: `openclaw_nodehost_parked{${labels(host)}${reason === '' ? '' : `, reason="${reason}"`}}`,
      values,
    });
    const failures = (values: string): InputSeries => ({
      series: `openclaw_nodehost_reconnect_failures_total{${labels(host)}, reason="refused"}`,
      values,
    });
    const said = (value: number, ...input: readonly InputSeries[]): string =>
      difference({
        input: [...stateSet(host), ...input],
        expr: expr ?? '',
        minutes,
        expected: [{ labels: '{}', value }],
      });
    expect(said(0, parked('', '0 0 0 0 0'), failures('0 0 0 0 0'))).toBe('');
    expect(said(1, parked('', '0 0 0 0 0'), failures('0 0 0 1 2'))).toBe('');
    expect(
      said(2, parked('', '0 0 stale'), parked('pairing_required', '_ _ 1 1 1'), failures('0 0 0 0 0')),
    ).toBe('');
    expect(said(0, parked('', '0 0 0 0 0'))).toBe('');
    expect(said(-1)).toBe('');
  });

  it('events are shown by kind, those that occurred; "none" when none did, nothing when nobody counts', () => {
    const closes = (code: string, values: string): InputSeries => ({
      series: `openclaw_nodehost_closes_total{${labels({ name: 'x', states: [] })}, code="${code}"}`,
      values,
    });
    // The built-in stand-in for $__rate_interval is a minute, which holds one of these samples.
    const expr = perMinuteByOccurring({
      counter: 'openclaw_nodehost_closes_total',
      labels: ['code'],
    }).replaceAll('$__rate_interval', '2m');
    const minutes = 5;
    expect(
      difference({
        input: [closes('1012', '0 0 0 3 6'), closes('1006', '0 0 0 0 0')],
        expr,
        minutes,
        expected: [{ labels: '{code="1012"}', value: 3 }],
      }),
    ).toBe('');
    expect(
      difference({
        input: [closes('1012', '2 2 2 2 2'), closes('1006', '0 0 0 0 0')],
        expr,
        minutes,
        expected: [{ labels: '{code="none"}', value: 0 }],
      }),
    ).toBe('');
    expect(difference({ input: [], expr, minutes, expected: [] })).toBe('');
  });
});
