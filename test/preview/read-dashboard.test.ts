import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDashboard, type Dashboard } from '../../preview/grafana/read-dashboard.ts';

const SHIPPED = ['fleet', 'node-host'];

function shipped(name: string): Dashboard {
  return readDashboard(
    JSON.parse(readFileSync(new URL(`../../dashboards/${name}.json`, import.meta.url), 'utf8')),
  );
}

describe.each(SHIPPED)('the shipped dashboard %s', (name) => {
  it('uses nothing that the preview does not understand', () => {
    const { problems, tiles } = shipped(name);
    expect(problems).toEqual([]);
    expect(tiles.filter(({ kind }) => kind === 'not-understood')).toEqual([]);
  });

  it('has panels, variables and links that were read', () => {
    const { tiles, variables, links } = shipped(name);
    expect(tiles.filter(({ kind }) => kind === 'panel').length).toBeGreaterThan(10);
    expect(variables.map((variable) => variable.name)).toEqual(
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
  options: { graphMode: 'none' },
};

function withPanel(panel: unknown): Dashboard {
  return readDashboard({ uid: 'x', title: 'x', schemaVersion: 42, panels: [panel] });
}

it('a panel that is understood is a panel', () => {
  expect(withPanel(STAT).tiles).toMatchObject([{ kind: 'panel', panel: { type: 'stat' } }]);
});

it.each([
  ['a type', { ...STAT, type: 'piechart' }, 'type'],
  [
    'an option',
    { ...STAT, options: { graphMode: 'none', sparkle: true } },
    'options: Unrecognized key: "sparkle"',
  ],
  ['the value of an option', { ...STAT, options: { graphMode: 'area' } }, 'options.graphMode'],
  [
    'a unit',
    { ...STAT, fieldConfig: { defaults: { unit: 'furlongs' } } },
    'fieldConfig.defaults.unit: a unit that is not understood',
  ],
  [
    'a colour',
    { ...STAT, fieldConfig: { defaults: { color: { mode: 'fixed', fixedColor: 'puce' } } } },
    'a colour that is not understood',
  ],
  [
    'a property of an override',
    {
      ...STAT,
      fieldConfig: {
        defaults: {},
        overrides: [
          { matcher: { id: 'byName', options: 'a' }, properties: [{ id: 'custom.glow', value: 1 }] },
        ],
      },
    },
    'fieldConfig.overrides[0].properties',
  ],
  [
    'a matcher',
    { ...STAT, fieldConfig: { defaults: {}, overrides: [{ matcher: { id: 'byValue' }, properties: [] }] } },
    'fieldConfig.overrides[0].matcher',
  ],
  [
    'a transformation',
    { ...STAT, transformations: [{ id: 'histogram', options: {} }] },
    'transformations[0]',
  ],
  [
    'an automatic name',
    { ...STAT, targets: [{ refId: 'A', expr: 'up', legendFormat: '__auto' }] },
    'an automatic name',
  ],
  ['another data source', { ...STAT, datasource: { type: 'loki', uid: 'x' } }, 'datasource'],
  ['a repeated panel', { ...STAT, repeat: 'node_host' }, 'Unrecognized key: "repeat"'],
])('%s that is not understood is told in place of the panel', (_what, panel, problem) => {
  const [tile] = withPanel(panel).tiles;
  expect(tile).toMatchObject({ kind: 'not-understood', title: 'Alive', place: STAT.gridPos });
  expect(tile?.kind === 'not-understood' && tile.problems.join('\n')).toContain(problem);
});

it('what is not understood around the panels is told, and the rest is read', () => {
  const read = readDashboard({
    uid: 'x',
    title: 'x',
    schemaVersion: 42,
    panels: [STAT],
    templating: { list: [{ type: 'interval', name: 'step' }] },
    annotations: {
      list: [
        { builtIn: 1, name: 'Annotations & Alerts' },
        { name: 'odd', enable: true },
      ],
    },
    links: [{ type: 'dashboards', title: 'x' }],
  });
  expect(read.tiles).toMatchObject([{ kind: 'panel' }]);
  expect(read.problems.join('\n')).toMatch(/templating\.list\[0\].*annotations\.list\[0\].*links\[0\]/s);
});

it('what is no dashboard is told', () => {
  expect(readDashboard({ title: 'no uid', spice: 1 }).problems.join('\n')).toMatch(/uid.*spice/s);
  expect(readDashboard(null).problems).not.toEqual([]);
});

it('panels of a folded row are shown', () => {
  const row = {
    type: 'row',
    id: 9,
    title: 'Row',
    collapsed: true,
    gridPos: { x: 0, y: 0, w: 24, h: 1 },
    panels: [STAT],
  };
  expect(withPanel(row).tiles.map(({ kind }) => kind)).toEqual(['row', 'panel']);
});
