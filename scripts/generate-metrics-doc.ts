import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { EXPORTER_METRICS } from '../src/exporters/exporter-metrics.ts';
import { GATEWAY_METRICS } from '../src/exporters/gateway-metrics.ts';
import type { LabelDefinition, MetricDefinition } from '../src/exporters/metric.ts';
import { NODE_METRICS } from '../src/exporters/node-metrics.ts';
import { otelDescriptorOf } from '../src/exporters/otel-name.ts';
import { SELF_METRIC_NAMES } from '../src/exporters/self-metrics.ts';

/** Where the document is kept. */
export const METRICS_DOC = new URL('../docs/metrics.md', import.meta.url);

const INTRODUCTION = `# Metrics

<!-- Generated from src/exporters by \`node scripts/generate-metrics-doc.ts\`. Do not edit. -->

Served on \`/metrics\` as Prometheus text 0.0.4 or OpenMetrics 1.0, by the \`Accept\` header; every series is the same in both.

- **A fact that is not known is absent**, not 0: a field that the gateway's version lacks, a viewpoint that cannot see, the
  time of something that never happened. An alert that must not fall silent then should ask for the series with \`absent()\`, or
  wrap it in \`last_over_time()\`.
- **A node host's heartbeat is the newest moment at which it was attached and proven alive**: it is young if, and only if, the
  node host can be used. A proof of life only says that its event loop ran; a silent zombie gives them all the time.
- **What has many possible reasons is one series with the current reason**: \`parked\`, \`blocked\` (0 without a reason,
  1 with it) and \`reason\` change their label when the reason changes. \`max_over_time(x[5m])\` holds the one before, too.
- **Counters start at zero for every label value**, so that \`increase()\` sees the first event. They survive a restart of the
  exporter. Close codes and refusals that a node host hardly ever meets are counted as \`other\`; which one it was is said by
  \`reason\` and \`blocked\`, and counted apart in \`/api/v1/nodes\`. What can be counted only on a node host's own machine is absent
  for a remote one.
- **At most 80 series for a local node host, 40 for a remote one**; fewer where a viewpoint is off or cannot see. With \`recovery\`
  enabled a local one has 4 more.
- **Alert on timestamps, not on ages**: \`time() - …_timestamp_seconds\` grows when the exporter is stuck, an age freezes.
- Types: a *state set* has one series for each state, 1 for the current one; an *info* is always 1 and has facts in its
  labels. Both are exposed as gauges: from a metric of the type info the OpenTelemetry collector would cut \`_info\` off.
- OpenMetrics says when a counter was zero (\`_created\`) only where \`web.created_timestamps\` is on.
- The last three columns are the same metric [over OTLP](opentelemetry.md): values are the same at the same instant, attributes
  are the labels under the same names (an empty one is left out), and Prometheus or a collector translates the name into that of
  the first column. A *counter* is a monotonic cumulative sum whose start time is when it was zero, also before a restart of the
  exporter. \`process_*\` and \`nodejs_*\` are not sent.
`;

function code(text: string): string {
  return `\`${text}\``;
}

function row(metric: MetricDefinition): string {
  const labels = metric.labels.map(({ name }) => code(name)).join(', ');
  const { name, unit, kind } = otelDescriptorOf(metric);
  const type = metric.type === 'stateset' ? 'state set' : metric.type;
  return `| ${code(metric.name)} | ${type} | ${labels} | ${metric.help} | ${code(name)} | ${unit === '' ? '' : code(unit)} | ${kind} |`;
}

function table(metrics: readonly MetricDefinition[]): string {
  return [
    '| Prometheus | Type | Labels | Meaning | OpenTelemetry | Unit | Kind |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...metrics.map(row),
  ].join('\n');
}

function shortName(metric: MetricDefinition): string {
  return code(metric.name.replace(/^openclaw_nodehost_/, '…_'));
}

function valuesInWords(values: readonly string[]): string {
  const named = values.filter((value) => value !== '').map(code);
  return `${named.join(' ')}${values.includes('') ? '; empty while there is none' : ''}`;
}

function labelTable(metrics: readonly MetricDefinition[]): string {
  const users = new Map<LabelDefinition, MetricDefinition[]>();
  for (const metric of metrics) {
    for (const label of metric.labels) users.set(label, [...(users.get(label) ?? []), metric]);
  }
  const rows = [...users].map(([{ name, values }, using]) => {
    const meaning = typeof values === 'string' ? values : valuesInWords(values);
    const where = using.length > 4 ? `${using.length} metrics` : using.map(shortName).join(', ');
    return `| ${code(name)} | ${where} | ${meaning} |`;
  });
  return ['| Label | Of | Values |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The document as it should be. */
export async function renderMetricsDoc(): Promise<string> {
  const text = `${INTRODUCTION}
## Node hosts

${table(NODE_METRICS)}

## Gateway

${table(GATEWAY_METRICS)}

## The exporter

${table(EXPORTER_METRICS)}

From prom-client, about the process of the exporter (never about a node host): ${SELF_METRIC_NAMES.map(code).join(', ')}.
Which of its default metrics are left out, and why, is in [decision 0002](decisions/0002-prom-client.md).

## Labels

${labelTable([...NODE_METRICS, ...GATEWAY_METRICS, ...EXPORTER_METRICS])}
`;
  return format(text, { ...(await resolveConfig(METRICS_DOC)), parser: 'markdown' });
}

if (import.meta.main) {
  const text = await renderMetricsDoc();
  if (!process.argv.includes('--check')) {
    writeFileSync(METRICS_DOC, text);
  } else if (readFileSync(METRICS_DOC, 'utf8') !== text) {
    console.error(
      'docs/metrics.md is not what the catalogue says; run: node scripts/generate-metrics-doc.ts',
    );
    process.exitCode = 1;
  }
}
