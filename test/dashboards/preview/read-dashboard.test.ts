import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDashboard, type Dashboard } from '../../../dashboards/preview/read-dashboard.ts';

function shipped(name: string): Dashboard {
  const path = new URL(`../../../dashboards/${name}.json`, import.meta.url);
  return readDashboard(JSON.parse(readFileSync(path, 'utf8')));
}

describe.each(['fleet', 'node-host'])('the shipped dashboard %s', (name) => {
  const { tiles, templating, links } = shipped(name);

  it('uses nothing that the preview does not understand', () => {
    expect(tiles.filter(({ kind }) => kind === 'not-understood')).toEqual([]);
  });

  it('has panels, variables and links that were read', () => {
    expect(tiles.filter(({ kind }) => kind === 'panel').length).toBeGreaterThan(10);
    expect(templating.list.map((variable) => variable.name)).toEqual(
      expect.arrayContaining(['datasource', 'job', 'instance', 'gateway', 'node_host']),
    );
    expect(links.length).toBeGreaterThan(0);
  });
});

const STAT = {
  id: 1,
  type: 'stat',
  title: 'Alive',
  gridPos: { x: 0, y: 0, w: 4, h: 4 },
  targets: [{ refId: 'A', expr: 'up', legendFormat: 'up' }],
  options: {
    graphMode: 'none',
    justifyMode: 'center',
    orientation: 'auto',
    showPercentChange: false,
    wideLayout: true,
    colorMode: 'value',
    textMode: 'value',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  fieldConfig: { defaults: {}, overrides: [] },
};

/** Everything around its panels is understood. */
const AROUND = {
  uid: 'x',
  title: 'x',
  timezone: 'browser',
  time: { from: 'now-3h', to: 'now' },
  refresh: '30s',
  templating: { list: [] },
  annotations: { list: [] },
  links: [],
};

function withPanel(panel: unknown): Dashboard {
  return readDashboard({ ...AROUND, panels: [panel] });
}

/** A table with this override, from the shipped ones. */
function withOverride(override: unknown): unknown {
  const table = shipped('fleet').tiles.find((tile) => tile.kind === 'panel' && tile.panel.type === 'table');
  const { panel } = table as Extract<typeof table, { kind: 'panel' }>;
  return {
    ...panel,
    ...STAT,
    type: 'table',
    options: panel.options,
    fieldConfig: { defaults: {}, overrides: [override] },
  };
}

it('a panel that is understood is a panel', () => {
  expect(withPanel(STAT).tiles).toMatchObject([{ kind: 'panel', panel: { type: 'stat' } }]);
  const properties = [
    { id: 'unit', value: 's' },
    { id: 'custom.width', value: 90 },
  ];
  expect(
    withPanel(withOverride({ matcher: { id: 'byName', options: 'a' }, properties })).tiles,
  ).toMatchObject([{ kind: 'panel', panel: { type: 'table' } }]);
});

const byName = { id: 'byName', options: 'a' };
const [TARGET] = STAT.targets;

it.each([
  ['a type', { ...STAT, type: 'piechart' }, /^type: /],
  ['an option', { ...STAT, options: { ...STAT.options, sparkle: true } }, /^options: .*"sparkle"/],
  [
    'an option that is not there',
    { ...STAT, options: { ...STAT.options, wideLayout: undefined } },
    /^options\.wideLayout: /,
  ],
  [
    'the value of an option',
    { ...STAT, options: { ...STAT.options, graphMode: 'area' } },
    /^options\.graphMode: .*"none"/,
  ],
  [
    'a property of an override',
    withOverride({ matcher: byName, properties: [{ id: 'custom.glow', value: 1 }] }),
    /^fieldConfig\.overrides\.0\.properties\.0\.id: not understood/,
  ],
  [
    'the value of a property',
    withOverride({ matcher: byName, properties: [{ id: 'custom.cellOptions', value: { type: 'gauge' } }] }),
    /^fieldConfig\.overrides\.0\.properties\.0\.id: not understood/,
  ],
  [
    'a matcher',
    withOverride({ matcher: { id: 'byValue', options: 'a' }, properties: [] }),
    /^fieldConfig\.overrides\.0\.matcher\.id: /,
  ],
  [
    'a transformation',
    { ...STAT, transformations: [{ id: 'histogram', options: {} }] },
    /^transformations\.0\.id: /,
  ],
  [
    'an automatic name',
    { ...STAT, targets: [{ ...TARGET, legendFormat: '__auto' }] },
    /^targets\.0: .*automatic/,
  ],
  ['another data source', { ...STAT, datasource: { type: 'loki', uid: 'x' } }, /^datasource\.uid: /],
  ['a hidden query', { ...STAT, targets: [{ ...TARGET, hide: true }] }, /^targets\.0: .*"hide"/],
  ['a repeated panel', { ...STAT, repeat: 'node_host' }, /"repeat"/],
  ['a title with a variable', { ...STAT, title: 'of $job' }, /^title: .*variable/],
])('%s that is not understood is told in place of the panel', (_what, panel, problem) => {
  const [tile] = withPanel(panel).tiles;
  expect(tile).toMatchObject({ kind: 'not-understood', gridPos: STAT.gridPos });
  expect(tile?.kind === 'not-understood' && tile.problems).toEqual([expect.stringMatching(problem)]);
});

it('what is not understood around the panels is told, each with its path', () => {
  const read = (): unknown =>
    readDashboard({
      ...AROUND,
      panels: [STAT],
      templating: { list: [{ type: 'interval', name: 'step' }] },
      annotations: { list: [{ builtIn: 1, name: 'odd', enable: true }] },
      links: [{ type: 'dashboards', title: 'x' }],
    });
  expect(read).toThrow(/templating\.list\.0.*annotations\.list\.0.*links\.0/s);
});

it('what is no dashboard is told', () => {
  expect(() => readDashboard({ title: 'no uid' })).toThrow('uid');
});

it('a row that is folded, whose panels would be missing, is told', () => {
  const row = { type: 'row', id: 9, title: 'Row', collapsed: true, gridPos: STAT.gridPos, panels: [STAT] };
  expect(withPanel({ ...row, collapsed: false, panels: [] }).tiles).toMatchObject([
    { kind: 'row', title: 'Row' },
  ]);
  expect(withPanel(row).tiles).toMatchObject([{ kind: 'not-understood', title: 'Row' }]);
});
