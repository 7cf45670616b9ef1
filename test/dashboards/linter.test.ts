import { describe, expect, it } from 'vitest';
import { readDashboard, SHIPPED, type DashboardJson } from './dashboard-json.ts';
import { RULES } from './linter.ts';

type RuleName = keyof typeof RULES;

const RULE_NAMES = Object.keys(RULES) as RuleName[];

describe.each(SHIPPED)('%s', (file) => {
  it.each(RULE_NAMES)('keeps %s', (rule) => {
    expect(RULES[rule](readDashboard(file))).toEqual([]);
  });
});

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
type Draft = Mutable<DashboardJson>;

function variable(draft: Draft, name: string): Draft['templating']['list'][number] {
  return draft.templating.list.find((one) => one.name === name)!;
}

/** The first panel that draws something of that type. */
function panel(draft: Draft, type = 'timeseries'): Draft['panels'][number] {
  return draft.panels.find((one) => one.type === type)!;
}

/** Puts `to` for `from` in the first query of a panel that has it. */
function inQuery(from: string | RegExp, to: string): (draft: Draft) => void {
  return (draft) => {
    const targets = draft.panels.flatMap((one) => one.targets ?? []);
    const target = targets.find(({ expr }) => expr.replace(from, to) !== expr)!;
    target.expr = target.expr.replace(from, to);
  };
}

/** For each rule what it must find, in the dashboard as it ships. */
const MISTAKES: Readonly<Record<RuleName, (draft: Draft) => void>> = {
  'template-datasource-rule': (draft) => {
    variable(draft, 'datasource').label = 'Prometheus';
  },
  'template-job-rule': (draft) => {
    variable(draft, 'job').label = 'job';
  },
  'template-instance-rule': (draft) => {
    variable(draft, 'instance').multi = false;
  },
  'template-label-promql-rule': (draft) => {
    variable(draft, 'job').query = 'label_values(openclaw_nodehost_build_info, job)';
  },
  'template-on-time-change-reload': (draft) => {
    variable(draft, 'gateway').refresh = 1;
  },
  'template-unused-rule': (draft) => {
    variable(draft, 'job').name = 'unused';
  },
  'panel-datasource-rule': (draft) => {
    panel(draft).targets![0]!.datasource = { type: 'prometheus', uid: 'prometheus' };
  },
  'panel-title-description-rule': (draft) => {
    panel(draft).description = ' ';
  },
  'panel-units-rule': (draft) => {
    panel(draft, 'table').fieldConfig!.overrides.push({
      matcher: { id: 'byName', options: 'State' },
      properties: [{ id: 'unit', value: 'seconds' }],
    });
  },
  'panel-no-targets-rule': (draft) => {
    panel(draft, 'bargauge').targets = [];
  },
  'target-promql-rule': inQuery('max by (', 'max by ('.repeat(2)),
  'target-rate-interval-rule': inQuery('[$__rate_interval]', '[5m]'),
  'target-job-rule': inQuery('job=~"$job", ', ''),
  'target-instance-rule': inQuery('instance=~"$instance"', 'instance="$instance"'),
  'target-counter-agg-rule': inQuery(/increase\((\w+_total\{[^}]*\})\[\$__range\]/, 'abs($1'),
  'uneditable-dashboard-rule': (draft) => {
    draft.editable = true;
  },
  'counter-functions-take-counters': inQuery(/openclaw_nodehost_closes_total/, 'openclaw_nodehost_live'),
  'names-of-the-catalogue': inQuery('openclaw_nodehost_state{', 'openclaw_nodehost_status{'),
  'legends-name-labels-that-are-there': (draft) => {
    panel(draft).targets![0]!.legendFormat = '{{name}}';
  },
  'one-id-a-panel': (draft) => {
    panel(draft, 'table').id = panel(draft).id!;
  },
  'one-letter-a-query': (draft) => {
    panel(draft, 'table').targets![1]!.refId = 'A';
  },
  'nothing-overlaps': (draft) => {
    panel(draft).gridPos.y -= 1;
  },
  'lines-are-full': (draft) => {
    panel(draft).gridPos.w -= 1;
  },
};

describe('a mistake', () => {
  it.each(RULE_NAMES)('is found by %s', (rule) => {
    const draft = readDashboard('fleet.json') as Draft;
    MISTAKES[rule](draft);
    expect(RULES[rule](draft as DashboardJson)).not.toEqual([]);
  });
});

describe('a query about what the exporter does not say', () => {
  const base = readDashboard('fleet.json');
  const withExpr = (expr: string): DashboardJson => ({
    ...base,
    panels: [
      { type: 'stat', title: 'x', gridPos: { x: 0, y: 0, w: 24, h: 1 }, targets: [{ refId: 'A', expr }] },
    ],
    annotations: { list: [] },
  });

  it.each([
    ['openclaw_nodehost_state{state="zombei"}', 'value zombei of label state'],
    ['openclaw_nodehost_state{verdict="zombie"}', 'label verdict'],
    ['sum by (stat) (openclaw_nodehost_state)', 'label stat (by)'],
    ['openclaw_nodehost_live * on (gateway, code) openclaw_nodehost_ready', 'label code (on)'],
  ])('%s is found', (expr, found) => {
    expect(RULES['names-of-the-catalogue'](withExpr(expr)).join()).toContain(found);
  });

  it('a label that the query makes itself is no mistake', () => {
    const expr = 'sum by (shade) (label_replace(openclaw_nodehost_live, "shade", "x", "", ""))';
    expect(RULES['names-of-the-catalogue'](withExpr(expr))).toEqual([]);
  });
});
