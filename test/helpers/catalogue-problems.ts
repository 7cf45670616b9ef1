import { CATALOGUE } from '../../src/exporters/catalogue.ts';
import type { LabelDefinition, MetricDefinition } from '../../src/exporters/metric.ts';
import { SELF_METRIC_NAMES } from '../../src/exporters/self-metrics.ts';
import { recordedForAlerts } from './alert-rules.ts';
import type { LabelMatcher, PromqlExpression, Selector } from './promql.ts';

/*
 * What a PromQL expression asks for that no exporter of this version gives. An alert on `state="zombei"` is valid PromQL,
 * passes every check of Prometheus and never fires.
 */

/** What we need to know of a metric. */
interface KnownMetric {
  readonly isCounter: boolean;
  readonly labels: readonly LabelDefinition[];
}

/** What Prometheus puts on every series that it scrapes; the last two from version 3 on, where it is told to. */
const TARGET_LABELS: readonly LabelDefinition[] = [
  { name: 'job', values: 'job of the scrape configuration' },
  { name: 'instance', values: 'address of the target' },
  { name: '__type__', values: ['counter', 'gauge', 'histogram', 'info', 'stateset', 'unknown'] },
  { name: '__unit__', values: 'unit of the metric' },
];

const ALERTS_LABELS: readonly LabelDefinition[] = [
  { name: 'alertname', values: 'name of the alert' },
  { name: 'alertstate', values: ['pending', 'firing'] },
  { name: 'severity', values: ['critical', 'warning', 'info', 'none'] },
];

/** Series that Prometheus makes itself, or by our rules: those bear the labels of what they are made of. */
const MADE_BY_PROMETHEUS: Readonly<Record<string, readonly LabelDefinition[]>> = {
  up: [],
  scrape_duration_seconds: [],
  scrape_samples_scraped: [],
  ALERTS: [...ALERTS_LABELS, ...labelsOfAll()],
  ALERTS_FOR_STATE: [...ALERTS_LABELS, ...labelsOfAll()],
  ...Object.fromEntries(
    recordedForAlerts().map(({ record }) => [record, [...ALERTS_LABELS, ...labelsOfAll()]]),
  ),
};

const COUNTER_FUNCTIONS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets']);
/** Functions that say how often there was a sample, not how high it stood: right for any kind. */
const KIND_BLIND_FUNCTIONS: ReadonlySet<string> = new Set([
  'absent',
  'absent_over_time',
  'present_over_time',
  'count_over_time',
  'timestamp',
]);

/**
 * Every mistake in one expression, each a sentence; none when the catalogue has all that it names and each counter is
 * read as one.
 */
export function catalogueProblems(expression: PromqlExpression): readonly string[] {
  return [
    ...expression.selectors.flatMap((selector) => selectorProblems(selector)),
    ...expression.groupings.flatMap(({ kind, labels, selectors }) =>
      labels
        .filter((label) => !expression.createdLabels.includes(label))
        .filter((label) => !selectors.some((selector) => hasLabel(selector, label)))
        .map((label) => `nothing has the label ${label} of "${kind} (${labels.join(', ')})"`),
    ),
  ];
}

/** Mistakes in one series as it stands in a rule's test or on a page: `name{label="value"}`. */
export function selectorProblems(selector: Selector): readonly string[] {
  const { metric } = selector;
  if (metric === undefined) return [`no metric is named by ${selector.text}`];
  const known = knownMetric(metric);
  if (known === undefined) return [`the catalogue has no metric ${metric}`];
  return [
    ...selector.matchers.flatMap((matcher) => matcherProblems(metric, known, matcher)),
    ...kindProblems(selector, known),
  ];
}

/** Whether the catalogue, prom-client or Prometheus itself makes a metric of this name. */
export function isKnownMetric(name: string): boolean {
  return knownMetric(name) !== undefined;
}

function knownMetric(name: string): KnownMetric | undefined {
  const declared: MetricDefinition | undefined = CATALOGUE.find((metric) => metric.name === name);
  if (declared !== undefined) {
    return { isCounter: declared.type === 'counter', labels: [...declared.labels, ...TARGET_LABELS] };
  }
  if ((SELF_METRIC_NAMES as readonly string[]).includes(name)) {
    // Its labels are prom-client's own; we ask for none of them.
    return { isCounter: name.endsWith('_total'), labels: TARGET_LABELS };
  }
  const made = MADE_BY_PROMETHEUS[name];
  if (made !== undefined) return { isCounter: false, labels: [...made, ...TARGET_LABELS] };
  return undefined;
}

function hasLabel(selector: Selector, label: string): boolean {
  if (selector.metric === undefined) return false;
  return knownMetric(selector.metric)?.labels.some((candidate) => candidate.name === label) ?? false;
}

function matcherProblems(
  metric: string,
  known: KnownMetric,
  { label, operator, value }: LabelMatcher,
): readonly string[] {
  const definitions = known.labels.filter(({ name }) => name === label);
  if (definitions.length === 0) return [`${metric} has no label ${label}`];
  const bounded = definitions.flatMap(({ values }) => (typeof values === 'string' ? [] : values));
  const isUnbounded = definitions.some(({ values }) => typeof values === 'string');
  // What a Grafana variable stands for is the reader's choice.
  if (isUnbounded || value === '' || value.includes('$')) return [];
  switch (operator) {
    case '=':
    case '!=':
      return bounded.includes(value) ? [] : [`${metric} never has ${label}="${value}"`];
    case '=~':
    case '!~':
      return regexAlternatives(value)
        .filter(
          (alternative) => !bounded.some((candidate) => new RegExp(`^(?:${alternative})$`).test(candidate)),
        )
        .map((alternative) => `${metric} never has ${label}=~"${alternative}"`);
    default:
      return operator satisfies never;
  }
}

/** Each alternative on its own, so that `zombie|wegded` does not pass for its first half. */
function regexAlternatives(pattern: string): readonly string[] {
  return /[()[\]]/.test(pattern) ? [pattern] : pattern.split('|');
}

function kindProblems({ metric, range, enclosures, text }: Selector, known: KnownMetric): readonly string[] {
  const first = enclosures[0];
  const name = first?.kind === 'function' ? first.name : undefined;
  if (name !== undefined && KIND_BLIND_FUNCTIONS.has(name)) return [];
  const isReadAsCounter = name !== undefined && range !== undefined && COUNTER_FUNCTIONS.has(name);
  if (known.isCounter && !isReadAsCounter) {
    return [`${metric ?? text} is a counter and stands outside of rate(), increase() and resets()`];
  }
  if (!known.isCounter && isReadAsCounter) return [`${metric ?? text} is no counter and stands in ${name}()`];
  return [];
}

function labelsOfAll(): readonly LabelDefinition[] {
  return CATALOGUE.flatMap(({ labels }) => labels);
}
