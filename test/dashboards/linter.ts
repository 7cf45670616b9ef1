import { CATALOGUE } from '../../src/exporters/catalogue.ts';
import { SELF_METRIC_NAMES } from '../../src/exporters/self-metrics.ts';
import { SCRAPE_METRICS } from '../../dashboards/series.ts';
import { parsePromql, substituteGrafanaVariables, type PromqlExpression } from '../helpers/promql.ts';
import {
  panelsOf,
  queriesOf,
  type DashboardJson,
  type PanelJson,
  type VariableJson,
} from './dashboard-json.ts';

/*
 * The rules of grafana/dashboard-linter, which is a Go program, and some of our own. Where the linter looks only at some
 * types of panel or warns, we look at all and fail.
 */

/** What a rule objects to, in words that say where. */
export type Rule = (dashboard: DashboardJson) => readonly string[];

const DATA_SOURCE = '${datasource}';

/** Units that the linter accepts and Grafana knows: those that we have a use for. */
const UNITS: ReadonlySet<string> = new Set(['none', 'short', 'percentunit', 's', 'bytes', 'cpm']);

function variable(dashboard: DashboardJson, name: string): VariableJson | undefined {
  return dashboard.templating.list.find((one) => one.name === name);
}

function targetVariable(name: 'job' | 'instance', label: string): Rule {
  return (dashboard) => {
    const found = variable(dashboard, name);
    if (found === undefined) return [`there is no variable ${name}`];
    return [
      ...(found.type === 'query' ? [] : [`variable ${name} is no query`]),
      ...(found.label === label ? [] : [`variable ${name} is not labelled ${label}`]),
      ...(found.datasource?.uid === DATA_SOURCE ? [] : [`variable ${name} has a data source of its own`]),
      ...(found.multi === true ? [] : [`of variable ${name} only one can be chosen`]),
      ...(found.allValue === '.+' ? [] : [`"all" of variable ${name} is not .+`]),
    ];
  };
}

/** Says `complaint` of every panel for which it is not true. */
function everyPanel(complaint: string, isFine: (panel: PanelJson) => boolean): Rule {
  return (dashboard) =>
    panelsOf(dashboard)
      .filter((panel) => !isFine(panel))
      .map((panel) => `panel ${panel.title ?? panel.id ?? '?'} ${complaint}`);
}

function isText(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}

/** Reads what can be read; that the rest cannot is another rule's to say. */
function parsed(expr: string): PromqlExpression | undefined {
  try {
    return parsePromql(substituteGrafanaVariables(expr));
  } catch {
    return undefined;
  }
}

function everySelector(
  complaint: string,
  isFine: (selector: PromqlExpression['selectors'][number]) => boolean,
): Rule {
  return (dashboard) =>
    queriesOf(dashboard)
      .filter(({ isPanel }) => isPanel)
      .flatMap(({ where, expr }) =>
        (parsed(expr)?.selectors ?? [])
          .filter((selector) => !isFine(selector))
          .map((selector) => `${where}: ${selector.text} ${complaint}`),
      );
}

function hasMatcher(label: string): Rule {
  return everySelector(`does not select by ${label}`, ({ matchers }) =>
    matchers.some((one) => one.label === label && one.operator === '=~' && one.value === `$${label}`),
  );
}

const LABELS_OF_METRICS: ReadonlyMap<string, ReadonlyMap<string, readonly string[] | string>> = new Map([
  ...CATALOGUE.map(
    ({ name, labels }) => [name, new Map(labels.map((label) => [label.name, label.values]))] as const,
  ),
  ...[...SELF_METRIC_NAMES, ...SCRAPE_METRICS].map((name) => [name, new Map()] as const),
  // Written by Prometheus for each alert of ours: its name, and the labels of its series.
  [
    'ALERTS',
    new Map<string, readonly string[] | string>([
      ['alertname', 'any'],
      ['alertstate', ['pending', 'firing']],
      ['severity', ['critical', 'warning', 'none']],
      ['gateway', 'any'],
      ['node_host', 'any'],
    ]),
  ],
]);

/** Labels that Prometheus adds to all that it scrapes. */
const TARGET_LABELS = ['job', 'instance'];

function unknownNames({ selectors, groupings, createdLabels }: PromqlExpression): readonly string[] {
  const ofSelectors = selectors.flatMap(({ metric, matchers }) => {
    const labels = LABELS_OF_METRICS.get(metric ?? '');
    if (labels === undefined) return [`metric ${metric ?? '(none)'}`];
    return matchers.flatMap(({ label, operator, value }) => {
      if (TARGET_LABELS.includes(label)) return [];
      const values = labels.get(label);
      if (values === undefined) return [`label ${label} of ${metric ?? ''}`];
      const isKnown = typeof values === 'string' || operator !== '=' || values.includes(value);
      return isKnown ? [] : [`value ${value} of label ${label} of ${metric ?? ''}`];
    });
  });
  const ofGroupings = groupings.flatMap((grouping) => {
    const possible = new Set([
      ...TARGET_LABELS,
      ...createdLabels,
      ...grouping.selectors.flatMap(({ metric }) => [...(LABELS_OF_METRICS.get(metric ?? '')?.keys() ?? [])]),
    ]);
    return grouping.labels
      .filter((label) => !possible.has(label))
      .map((label) => `label ${label} (${grouping.kind})`);
  });
  return [...ofSelectors, ...ofGroupings];
}

const COUNTER_FUNCTIONS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase']);

function isCounter(metric: string | undefined): boolean {
  return metric?.endsWith('_total') === true;
}

function innermostFunction(selector: PromqlExpression['selectors'][number]): string | undefined {
  const [innermost] = selector.enclosures;
  return innermost?.kind === 'function' ? innermost.name : undefined;
}

/** Every rule, by the name that the linter or we have for it. */
export const RULES = {
  'template-datasource-rule': (dashboard) => {
    const found = dashboard.templating.list.filter(({ type }) => type === 'datasource');
    const [only] = found;
    if (only === undefined || found.length > 1) return [`${found.length} data source variables`];
    return [
      ...(only.name === 'datasource' ? [] : ['the data source variable is not named datasource']),
      ...(only.label === 'Data source' ? [] : ['the data source variable is not labelled Data source']),
      ...(only.query === 'prometheus' ? [] : ['the data source variable is not about Prometheus']),
    ];
  },
  'template-job-rule': targetVariable('job', 'Job'),
  'template-instance-rule': targetVariable('instance', 'Instance'),
  'template-label-promql-rule': (dashboard) =>
    dashboard.templating.list
      .filter(({ type }) => type === 'query')
      .flatMap(({ name, query }) => {
        const parts = typeof query === 'string' ? /^label_values\((.+), (\w+)\)$/.exec(query) : null;
        const expression = parts === null ? undefined : parsed(parts[1]!);
        if (parts === null || expression === undefined)
          return [`variable ${name} is no query: ${String(query)}`];
        const selected = {
          ...expression,
          groupings: [{ kind: 'by', labels: [parts[2]!], selectors: expression.selectors }],
        } as const;
        return unknownNames(selected).map((what) => `variable ${name}: unknown ${what}`);
      }),
  'template-on-time-change-reload': (dashboard) =>
    dashboard.templating.list
      .filter(({ type, refresh }) => type === 'query' && refresh !== 2)
      .map(({ name }) => `variable ${name} is not refreshed when the time range changes`),
  'template-unused-rule': (dashboard) =>
    dashboard.templating.list
      .filter(({ type }) => type === 'query')
      .filter(
        ({ name }) =>
          !queriesOf(dashboard).some(
            ({ isPanel, expr }) => isPanel && new RegExp(`\\$\\{?${name}\\b`).test(expr),
          ),
      )
      .map(({ name }) => `variable ${name} selects nothing`),
  'panel-datasource-rule': everyPanel(
    'does not use the data source that was chosen',
    ({ datasource, targets = [] }) =>
      [datasource, ...targets.map((target) => target.datasource)].every(
        (source) => source?.uid === DATA_SOURCE && source.type === 'prometheus',
      ),
  ),
  'panel-title-description-rule': everyPanel(
    'has no title or no description',
    ({ title, description }) => isText(title) && isText(description),
  ),
  'panel-units-rule': everyPanel('has no unit, or one that nobody knows', ({ fieldConfig }) =>
    [
      fieldConfig?.defaults.unit,
      ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
        properties.filter(({ id }) => id === 'unit').map(({ value }) => value as string),
      ),
    ].every((unit) => unit !== undefined && UNITS.has(unit)),
  ),
  'panel-no-targets-rule': everyPanel('asks nothing', ({ targets = [] }) => targets.length > 0),
  'target-promql-rule': (dashboard) =>
    queriesOf(dashboard).flatMap(({ where, expr }) => {
      try {
        parsePromql(substituteGrafanaVariables(expr));
        return [];
      } catch (error: unknown) {
        return [`${where}: ${String(error)}`];
      }
    }),
  'target-rate-interval-rule': (dashboard) =>
    queriesOf(dashboard)
      .filter(({ isPanel }) => isPanel)
      .flatMap(({ where, expr }) =>
        [...expr.matchAll(/\b(?:rate|irate)\([^[]*\[([^\]]*)\]/g)]
          .filter(([, range]) => range !== '$__rate_interval')
          .map(([text]) => `${where}: ${text} is not over $__rate_interval`),
      ),
  'target-job-rule': hasMatcher('job'),
  'target-instance-rule': hasMatcher('instance'),
  'target-counter-agg-rule': everySelector(
    'is a counter outside of rate, irate and increase',
    (selector) => !isCounter(selector.metric) || COUNTER_FUNCTIONS.has(innermostFunction(selector) ?? ''),
  ),
  'uneditable-dashboard-rule': ({ editable }) => (editable === false ? [] : ['it can be edited in place']),

  'counter-functions-take-counters': everySelector(
    'is a gauge within rate, irate or increase',
    (selector) => isCounter(selector.metric) || !COUNTER_FUNCTIONS.has(innermostFunction(selector) ?? ''),
  ),
  'names-of-the-catalogue': (dashboard) =>
    queriesOf(dashboard).flatMap(({ where, expr }) => {
      const expression = parsed(expr);
      return expression === undefined
        ? []
        : unknownNames(expression).map((what) => `${where}: unknown ${what}`);
    }),
  'legends-name-labels-that-are-there': (dashboard) =>
    panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ refId, expr, legendFormat = '', format }) => {
        const where = `${title ?? '?'} / ${refId}`;
        if (format === 'table') return [];
        if (!isText(legendFormat) || legendFormat === '__auto') return [`${where} has no legend`];
        return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
          .filter(
            ([, label]) => !(parsed(expr)?.groupings ?? []).some(({ labels }) => labels.includes(label!)),
          )
          .map(([text]) => `${where}: the query does not group by ${text}`);
      }),
    ),
  'one-id-a-panel': (dashboard) => {
    const ids = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).map(({ id }) => id);
    return ids
      .filter((id, index) => id === undefined || ids.indexOf(id) !== index)
      .map((id) => `id ${id ?? 'none'} is not of one panel alone`);
  },
  'one-letter-a-query': everyPanel('has two queries of one letter', ({ targets = [] }) =>
    targets.every(({ refId }, index) => targets.findIndex((one) => one.refId === refId) === index),
  ),
  'nothing-overlaps': (dashboard) => {
    const { panels } = dashboard;
    const overlapping = panels.flatMap((one, index) =>
      panels
        .slice(index + 1)
        .filter((other) => overlaps(one, other))
        .map((other) => `${one.title ?? '?'} and ${other.title ?? '?'} overlap`),
    );
    const outside = panels
      .filter(({ gridPos: { x, y, w, h } }) => x < 0 || y < 0 || w < 1 || h < 1 || x + w > 24)
      .map(({ title }) => `${title ?? '?'} is outside of the grid`);
    return [...overlapping, ...outside];
  },
  'lines-are-full': (dashboard) => {
    const used = new Map<number, number>();
    for (const {
      gridPos: { y, w },
    } of dashboard.panels)
      used.set(y, (used.get(y) ?? 0) + w);
    return [...used].filter(([, w]) => w !== 24).map(([y, w]) => `the line at ${y} is ${w} of 24 wide`);
  },
} as const satisfies Record<string, Rule>;

function overlaps({ gridPos: one }: PanelJson, { gridPos: other }: PanelJson): boolean {
  return (
    one.x < other.x + other.w &&
    other.x < one.x + one.w &&
    one.y < other.y + other.h &&
    other.y < one.y + one.h
  );
}
