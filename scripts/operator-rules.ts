import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const ALERTS = new URL('../alerts/', import.meta.url);
const DEPLOY = new URL('../deploy/', import.meta.url);
const FILES = ['openclaw-nodehost.recording.rules.yml', 'openclaw-nodehost.rules.yml'] as const;
const HEAD = '# Made of alerts/*.rules.yml by `npm run docs`.\n';

/** The rules as the operator of Prometheus wants them: an object of their own, and what the Helm chart makes one of. */
export function operatorRules(): readonly { readonly url: URL; readonly text: string }[] {
  const groups = FILES.flatMap(
    (name) => (parse(readFileSync(new URL(name, ALERTS), 'utf8')) as { readonly groups: unknown[] }).groups,
  );
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'openclaw-liveness' },
    spec: { groups },
  };
  const text = (value: unknown): string => HEAD + stringify(value, { lineWidth: 0 });
  return [
    { url: new URL('kubernetes/monitoring/prometheus-rule.yaml', DEPLOY), text: text(rule) },
    {
      url: new URL('helm/openclaw-liveness-exporter/files/prometheus-rule-spec.yaml', DEPLOY),
      text: text(rule.spec),
    },
  ];
}
