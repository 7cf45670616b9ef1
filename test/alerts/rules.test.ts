import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  ALERT_RULES_FILE,
  alertRules,
  alertTestFile,
  alertTestFiles,
  readRuleTests,
  recordedForAlerts,
  recordingRules,
} from '../helpers/alert-rules.ts';
import { rewriteLinks } from '../../src/cli/alert-links.ts';
import { catalogueProblems } from '../helpers/catalogue-problems.ts';
import { parsePromql } from '../helpers/promql.ts';

const RUNBOOKS = new URL('../../docs/runbooks/', import.meta.url);
const DASHBOARDS = new URL('../../dashboards/', import.meta.url);

const DASHBOARD = z.object({
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
});

const rules = alertRules();
const dashboards = ['fleet.json', 'node-host.json'].map((name) =>
  DASHBOARD.parse(JSON.parse(readFileSync(new URL(name, DASHBOARDS), 'utf8'))),
);

/**
 * The expressions that a template evaluates: Go's `printf` with a value for each `%q`, as `query` gets them.
 */
function templateQueries(template: string): readonly string[] {
  return [...template.matchAll(/printf "([^"]+)"[^}]*\| query/g)].map(([, format]) =>
    format!.replaceAll('%q', '"x$"'),
  );
}

describe.each(rules)('$alert', ({ alert, expr, labels, annotations, ...rule }) => {
  it('asks only for what the catalogue has', () => {
    expect(catalogueProblems(parsePromql(expr))).toEqual([]);
  });

  it('asks only for what the catalogue has in its annotations, too', () => {
    const queries = Object.values(annotations).flatMap(templateQueries);
    expect(queries.flatMap((query) => catalogueProblems(parsePromql(query)))).toEqual([]);
  });

  it('quotes in a query, and escapes in an address, what people may have named', () => {
    for (const query of Object.values(annotations).flatMap((text) => [
      ...text.matchAll(/printf "([^"]+)"[^}]*\| query/g),
    ])) {
      expect(query[1]).not.toMatch(/=%[^q]/);
    }
    const [, query = ''] = /\/\?q=(.*)$/.exec(annotations.dashboard_url ?? '') ?? [];
    expect(query).toMatch(/^(\{\{ \$labels\.\w+ \| urlquery \}\})?$/);
  });

  it('has a severity, and nothing else beside its own labels', () => {
    expect(labels).toEqual({ severity: expect.stringMatching(/^(critical|warning|info|none)$/) as string });
  });

  it('has a summary of one sentence, without a number that changes, and a description', () => {
    expect(annotations.summary?.replaceAll(/\{\{ \$labels\.\w+ \}\}/g, 'x')).toMatch(/^[A-Z][^{}]+\.$/);
    expect(annotations.description?.length).toBeGreaterThan(annotations.summary?.length ?? 0);
    expect(Object.keys(annotations).sort()).toEqual([
      'dashboard_url',
      'description',
      'runbook_url',
      'summary',
    ]);
  });

  it('leads to a runbook that is there', () => {
    expect(annotations.runbook_url).toMatch(new RegExp(`^http://\\{\\{ .+ \\}\\}/runbooks/${alert}\\.md$`));
    expect(existsSync(new URL(`${alert}.md`, RUNBOOKS))).toBe(true);
  });

  it('leads to a status page until a Grafana is given, and then to a dashboard that is there, with variables that it has', () => {
    const links = { grafana: 'http://grafana/' };
    const url = new URL(
      rewriteLinks(`dashboard_url: >-\n  ${annotations.dashboard_url ?? ''}`, links)
        .replace('dashboard_url: >-', '')
        .replaceAll(/\{\{.*?\}\}/g, 'x'),
    );
    const dashboard = dashboards.find(({ uid }) => url.pathname === `/d/${uid}`);
    const variables = dashboard?.templating.list.map(({ name }) => `var-${name}`) ?? [];
    expect(dashboard).toBeDefined();
    expect([...url.searchParams.keys()].filter((name) => !variables.includes(name))).toEqual([]);
  });

  it('names each node host, gateway or exporter that it is about', () => {
    const names = Object.entries({
      node_host: alert.startsWith('OpenClawNodeHost'),
      gateway: alert.startsWith('OpenClawGateway'),
      instance: alert.startsWith('OpenClawExporter') && alert !== 'OpenClawExporterAbsent',
    }).flatMap(([label, isWanted]) => (isWanted ? [`{{ $labels.${label} }}`] : []));
    for (const name of names) {
      expect(annotations.summary).toContain(name);
      expect(annotations.description).toContain(name);
    }
  });

  it('has a test file: fires at its time, silent just before, silent in a near miss', () => {
    const { rule_files, tests } = readRuleTests(alertTestFile(alert));
    const names = tests.map(({ name }) => name);
    expect(rule_files).toEqual(['../../alerts/openclaw-nodehost.rules.yml']);
    const firing = tests.filter(({ name }) => name.startsWith('fires '));
    expect(firing.length).toBeGreaterThan(0);
    const told = firing.flatMap((test) => test.alert_rule_test ?? []).flatMap(({ exp_alerts }) => exp_alerts);
    expect(told.length).toBeGreaterThan(0);

    // One that is always there cannot be early.
    const isConstant = expr === 'vector(1)';
    expect(names.filter((name) => name.startsWith('silent just before'))).toHaveLength(isConstant ? 0 : 1);
    expect(names.filter((name) => /^silent (?!just before)/.test(name)).length).toBeGreaterThan(0);
    expect(rule.for === undefined || names.length >= 3).toBe(true);
  });
});

describe('the alerts', () => {
  it('have names of their own', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are all that runbooks and tests are about', () => {
    const names = rules.map(({ alert }) => alert).sort();
    const pages = readdirSync(RUNBOOKS).filter((name) => name !== 'README.md');
    expect(pages.map((name) => name.replace(/\.md$/, '')).sort()).toEqual(names);
    const tested = alertTestFiles().map(({ pathname }) => pathname.replace(/^.*\/(.+)\.test\.yml$/, '$1'));
    expect(tested).toEqual(names);
  });

  it('page in at most four lines', () => {
    const pages = rules.filter(({ labels }) => labels.severity === 'critical');
    expect(pages.filter(({ expr }) => expr.split('\n').length > 4)).toEqual([]);
  });

  it('page only for what their exporter saw itself, and go on when it is dead', () => {
    const pages = rules.filter(({ labels }) => labels.severity === 'critical').map(({ alert }) => alert);
    const held = rules.filter(({ expr }) => expr.includes(':held{')).map(({ alert }) => alert);
    expect(held).toEqual(pages.filter((alert) => !alert.startsWith('OpenClawExporter')));
  });

  it('hold each itself and no other, as node host or as gateway', () => {
    for (const { alert, expr } of rules.filter((rule) => rule.expr.includes(':held{'))) {
      const level = alert.startsWith('OpenClawGateway') ? 'gateway' : 'node_host';
      expect(expr.split('\n').at(-1)).toMatch(
        new RegExp(
          `^or on \\(job, instance, gateway.*\\) ${level}:openclaw_nodehost_alert:held\\{alertname="${alert}"\\}$`,
        ),
      );
    }
  });

  it('rest on what their own group has recorded before them, so that nothing is an evaluation late', () => {
    const file = parse(readFileSync(ALERT_RULES_FILE, 'utf8')) as {
      groups: { rules: { record?: string; expr: string }[] }[];
    };
    for (const { record } of recordedForAlerts()) {
      const groups = file.groups.filter(({ rules: all }) => all.some(({ expr }) => expr.includes(record)));
      expect(groups).toHaveLength(1);
      const all = groups[0]!.rules;
      const first = all.findIndex(({ expr }) => expr.includes(record));
      expect(all.slice(0, first).map((rule) => rule.record)).toContain(record);
    }
  });
});

describe.each(recordedForAlerts())('$record', ({ record, expr }) => {
  it('asks only for what the catalogue has', () => {
    expect(catalogueProblems(parsePromql(expr))).toEqual([]);
  });

  it('is named level:metric:operation, and an alert rests on it', () => {
    expect(record).toMatch(/^[a-z_]+:openclaw_nodehost_[a-z_]+:[a-z0-9]+$/);
    expect(rules.filter((rule) => rule.expr.includes(record))).not.toEqual([]);
  });
});

describe.each([...recordingRules()])('$record', ({ record, expr }) => {
  it('records only what the catalogue has', () => {
    expect(catalogueProblems(parsePromql(expr))).toEqual([]);
  });

  it('is named level:metric:operation, after a metric that is there or what it says of it', () => {
    expect(record).toMatch(/^[a-z_]+:openclaw_nodehost_[a-z_]+:[a-z0-9]+$/);
  });

  it('is no part of any alert', () => {
    expect(rules.filter((rule) => rule.expr.includes(record))).toEqual([]);
  });
});
