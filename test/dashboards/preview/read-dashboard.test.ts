import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDashboard, type Dashboard } from '../../../dashboards/preview/read-dashboard.ts';

describe.each(['fleet', 'node-host'])('the shipped dashboard %s', (name) => {
  const path = new URL(`../../../dashboards/${name}.json`, import.meta.url);
  const { problems, tiles, variables, links } = readDashboard(JSON.parse(readFileSync(path, 'utf8')));

  it('uses nothing that the preview does not understand', () => {
    expect(problems).toEqual([]);
    expect(tiles.filter(({ kind }) => kind === 'not-understood')).toEqual([]);
  });

  it('has panels, variables and links that were read', () => {
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
  return readDashboard({ uid: 'x', title: 'x', panels: [panel] });
}

function withOverride(override: unknown): unknown {
  return { ...STAT, type: 'table', options: {}, fieldConfig: { defaults: {}, overrides: [override] } };
}

it('a panel that is understood is a panel', () => {
  expect(withPanel(STAT).tiles).toMatchObject([{ kind: 'panel', panel: { type: 'stat' } }]);
});

const byName = { id: 'byName', options: 'a' };

it.each([
  ['a type', { ...STAT, type: 'piechart' }, 'type: piechart'],
  ['an option', { ...STAT, options: { sparkle: true } }, 'options.sparkle: true'],
  ['the value of an option', { ...STAT, options: { graphMode: 'area' } }, 'options.graphMode: "area"'],
  [
    'a property of an override',
    withOverride({ matcher: byName, properties: [{ id: 'custom.glow', value: 1 }] }),
    'custom.glow: 1',
  ],
  [
    'the value of a property',
    withOverride({ matcher: byName, properties: [{ id: 'custom.cellOptions', value: { type: 'gauge' } }] }),
    'custom.cellOptions.type: "gauge"',
  ],
  ['a matcher', withOverride({ matcher: { id: 'byValue' }, properties: [] }), 'byValue'],
  ['a transformation', { ...STAT, transformations: [{ id: 'histogram', options: {} }] }, 'histogram'],
  [
    'an automatic name',
    { ...STAT, targets: [{ refId: 'A', expr: 'up', legendFormat: '__auto' }] },
    'legendFormat: an automatic name',
  ],
  ['another data source', { ...STAT, datasource: { type: 'loki', uid: 'x' } }, 'datasource: x'],
  ['a hidden query', { ...STAT, targets: [{ refId: 'A', expr: 'up', hide: true }] }, 'hide'],
  ['a repeated panel', { ...STAT, repeat: 'node_host' }, 'repeat'],
])('%s that is not understood is told in place of the panel', (_what, panel, problem) => {
  const [tile] = withPanel(panel).tiles;
  expect(tile).toMatchObject({ kind: 'not-understood', title: 'Alive', place: STAT.gridPos });
  expect(tile?.kind === 'not-understood' && tile.problems).toEqual([problem]);
});

it('what is not understood around the panels is told, and the rest is read', () => {
  const read = readDashboard({
    uid: 'x',
    title: 'x',
    panels: [STAT],
    templating: { list: [{ type: 'interval', name: 'step' }] },
    annotations: { list: [{ builtIn: 1 }, { name: 'odd', enable: true }] },
    links: [{ type: 'dashboards', title: 'x' }],
  });
  expect(read.tiles).toMatchObject([{ kind: 'panel' }]);
  expect(read.problems.join('\n')).toMatch(/templating\.list\[0\].*annotations\.list\[0\].*links\[0\]/s);
});

it('what is no dashboard is told', () => {
  expect(() => readDashboard({ title: 'no uid' })).toThrow('uid');
});

it('panels of a folded row are shown', () => {
  const gridPos = { x: 0, y: 0, w: 24, h: 1 };
  const row = { type: 'row', id: 9, title: 'Row', collapsed: true, gridPos, panels: [STAT] };
  expect(withPanel(row).tiles.map(({ kind }) => kind)).toEqual(['row', 'panel']);
});
