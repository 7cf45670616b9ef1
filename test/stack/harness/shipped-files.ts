import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file that ships, by its name in `files`. */
export interface ShippedFile {
  readonly name: string;
  readonly text: string;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function shippedPrometheusConfig(): string {
  return read('deploy/prometheus/prometheus.yml');
}

export function shippedAlertmanagerConfig(): string {
  return read('alerts/alertmanager.example.yml');
}

/** Every file that `rule_files` of the shipped configuration takes. */
export function shippedRuleFiles(): readonly ShippedFile[] {
  return readdirSync(join(ROOT, 'alerts'))
    .filter((name) => name.endsWith('.rules.yml'))
    .sort()
    .map((name) => ({ name, text: read(`alerts/${name}`) }));
}

export function shippedDashboard(name: 'fleet' | 'node-host'): string {
  return read(`dashboards/${name}.json`);
}
