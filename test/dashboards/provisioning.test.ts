import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SHIPPED } from './dashboard-json.ts';

const ROOT = new URL('../../', import.meta.url);

function yaml(path: string): unknown {
  return parse(readFileSync(new URL(path, ROOT), 'utf8'));
}

/* What Grafana reads (docs: Administration, Provisioning); strict, so that a misspelt key is found. */
const PROVIDERS = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: z.string(),
      type: z.literal('file'),
      folder: z.string(),
      folderUid: z.string(),
      disableDeletion: z.boolean(),
      allowUiUpdates: z.literal(false),
      updateIntervalSeconds: z.number(),
      options: z.strictObject({ path: z.string(), foldersFromFilesStructure: z.boolean() }),
    }),
  ),
});
const DATA_SOURCES = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: z.string(),
      uid: z.string(),
      type: z.literal('prometheus'),
      access: z.literal('proxy'),
      url: z.url(),
      isDefault: z.literal(true),
      editable: z.literal(false),
      jsonData: z.strictObject({
        httpMethod: z.enum(['GET', 'POST']),
        prometheusType: z.literal('Prometheus'),
        timeInterval: z.string(),
      }),
    }),
  ),
});
const COMPOSE = z.object({ services: z.object({ grafana: z.object({ volumes: z.array(z.string()) }) }) });
const PROMETHEUS = z.object({ global: z.object({ scrape_interval: z.string() }) });

const provider = PROVIDERS.parse(yaml('deploy/grafana/provisioning/dashboards/openclaw-nodehost.yml'))
  .providers[0];
const dataSource = DATA_SOURCES.parse(yaml('deploy/grafana/provisioning/datasources/prometheus.yml'))
  .datasources[0];

describe('provisioning', () => {
  it('finds every dashboard that ships where compose.yaml puts it', () => {
    const mounts = COMPOSE.parse(yaml('compose.yaml')).services.grafana.volumes.map((mount) =>
      mount.split(':'),
    );
    for (const file of SHIPPED) {
      expect(mounts).toContainEqual([`./dashboards/${file}`, `${provider!.options.path}/${file}`, 'ro']);
    }
  });

  it('compose.yaml mounts what is there', () => {
    const mounts = COMPOSE.parse(yaml('compose.yaml')).services.grafana.volumes;
    const sources = mounts.map((mount) => mount.split(':')[0]!).filter((source) => source.startsWith('./'));
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(existsSync(new URL(source, ROOT)), source).toBe(true);
  });

  it('takes the scrape interval of our Prometheus, on which $__rate_interval stands', () => {
    const { scrape_interval: interval } = PROMETHEUS.parse(yaml('deploy/prometheus/prometheus.yml')).global;
    expect(dataSource!.jsonData.timeInterval).toBe(interval);
  });
});
