import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { mountsOf, readCompose } from '../deploy/compose-file.ts';
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
const PROMETHEUS = z.object({ global: z.object({ scrape_interval: z.string() }) });

const provider = PROVIDERS.parse(yaml('deploy/grafana/provisioning/dashboards/openclaw-nodehost.yml'))
  .providers[0];
const dataSource = DATA_SOURCES.parse(yaml('deploy/grafana/provisioning/datasources/prometheus.yml'))
  .datasources[0];

describe('provisioning', () => {
  it('finds every dashboard that ships where compose.yaml puts it', () => {
    const mounts = mountsOf(readCompose('compose.yaml').services.grafana!);
    for (const file of SHIPPED) {
      expect(mounts).toContainEqual({
        source: `dashboards/${file}`,
        target: `${provider!.options.path}/${file}`,
        isReadOnly: true,
      });
    }
  });

  it('takes the scrape interval of our Prometheus, on which $__rate_interval stands', () => {
    const { scrape_interval: interval } = PROMETHEUS.parse(yaml('deploy/prometheus/prometheus.yml')).global;
    expect(dataSource!.jsonData.timeInterval).toBe(interval);
  });
});
