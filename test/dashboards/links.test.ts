import { describe, expect, it } from 'vitest';
import { panelsOf, readDashboard, SHIPPED, type DashboardJson } from './dashboard-json.ts';

const DASHBOARDS = SHIPPED.map((file) => readDashboard(file));

/** Links of cells, rows and lines. */
function dataLinks(dashboard: DashboardJson): readonly string[] {
  return panelsOf(dashboard).flatMap(({ fieldConfig }) => [
    ...(fieldConfig?.defaults.links ?? []).map(({ url }) => url),
    ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
      properties
        .filter(({ id }) => id === 'links')
        .flatMap(({ value }) => (value as { readonly url: string }[]).map(({ url }) => url)),
    ),
  ]);
}

function uidOf(url: string): string | undefined {
  return /^\/d\/([^?]+)\?/.exec(url)?.[1];
}

describe('links between the dashboards', () => {
  it('each leads to the other, and keeps time, data source and exporters', () => {
    const [fleet, nodeHost] = DASHBOARDS;
    expect(fleet?.links.map(({ url }) => uidOf(url))).toEqual([nodeHost?.uid]);
    expect(nodeHost?.links.map(({ url }) => uidOf(url))).toEqual([fleet?.uid]);
    for (const { url, keepTime } of DASHBOARDS.flatMap(({ links }) => links)) {
      expect(keepTime).toBe(true);
      for (const name of ['datasource', 'job', 'instance', 'gateway'])
        expect(url).toContain(`\${${name}:queryparam}`);
    }
  });

  it('the way back shows all node hosts, not only the one', () => {
    const [, nodeHost] = DASHBOARDS;
    expect(nodeHost?.links[0]?.url).not.toContain('node_host');
  });

  it('a click on a node host opens that one, for the same time', () => {
    const [fleet, nodeHost] = DASHBOARDS;
    const urls = dataLinks(fleet!);
    expect(urls.length).toBeGreaterThan(3);
    for (const url of urls) {
      expect(uidOf(url)).toBe(nodeHost?.uid);
      expect(url).toContain('${__url_time_range}');
      expect(url).toMatch(/&var-gateway=\$\{[^}]+:percentencode\}&var-node_host=\$\{[^}]+:percentencode\}/);
    }
  });

  it('every variable that a link sets is one of the dashboard that it opens', () => {
    for (const dashboard of DASHBOARDS) {
      for (const url of [...dashboard.links.map((link) => link.url), ...dataLinks(dashboard)]) {
        const target = DASHBOARDS.find(({ uid }) => uid === uidOf(url));
        const names = new Set(target?.templating.list.map(({ name }) => name));
        const set = [...url.matchAll(/\$\{(\w+):queryparam\}|var-(\w+)=/g)].map(
          ([, one, other]) => one ?? other,
        );
        expect(set.length).toBeGreaterThan(0);
        expect(set.filter((name) => !names.has(name!))).toEqual([]);
      }
    }
  });

  it('a cell links by columns that the table has', () => {
    const linked = DASHBOARDS.flatMap(panelsOf).filter(
      ({ type, fieldConfig }) => type === 'table' && JSON.stringify(fieldConfig).includes('__data.fields'),
    );
    expect(linked).not.toEqual([]);
    for (const { fieldConfig, transformations = [] } of linked) {
      const organize = transformations.find(({ id }) => id === 'organize')?.options as {
        readonly renameByName: Readonly<Record<string, string>>;
      };
      const columns = Object.values(organize.renameByName);
      const asked = [...JSON.stringify(fieldConfig).matchAll(/__data\.fields\[\\*"([^"\\]+)\\*"\]/g)];
      for (const [, column] of asked) expect(columns).toContain(column);
    }
  });
});
