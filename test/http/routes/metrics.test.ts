import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createPrometheusExporter } from '../../../src/exporters/prometheus.ts';
import { createSelfMetrics } from '../../../src/exporters/self-metrics.ts';
import { parseOpenMetrics, parseText } from '../../helpers/parse-exposition.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';
import { ask, aServer } from '../helpers.ts';

const PROMETHEUS_ACCEPT =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

function realServer() {
  return aServer({
    renderMetrics: createPrometheusExporter({
      snapshot: aRichSnapshot,
      context: () => ({
        version: '1.2.3',
        nodejsVersion: process.version,
        configLastReloadSuccessful: true,
        configLastReloadSuccessMs: 1_795_000_000_000,
      }),
      selfMetrics: createSelfMetrics(),
    }),
  });
}

describe('/metrics', () => {
  it('gives OpenMetrics to Prometheus and text to curl, in turn, with the same series', async () => {
    const server = await realServer();
    const names = (families: ReturnType<typeof parseText>): readonly string[] =>
      families.flatMap(({ samples }) => samples.map(({ name }) => name));

    const openMetrics = await ask(server, '/metrics', { headers: { accept: PROMETHEUS_ACCEPT } });
    const text = await ask(server, '/metrics', { headers: { accept: '*/*' } });
    const again = await ask(server, '/metrics', { headers: { accept: PROMETHEUS_ACCEPT } });

    expect(openMetrics.status).toBe(200);
    expect(openMetrics.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    expect(text.headers['content-type']).toBe(
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    );
    expect(names(parseText(text.body))).toContain('openclaw_nodehost_connects_total');
    expect(names(parseText(text.body))).toContain('process_cpu_seconds_total');
    expect(names(parseOpenMetrics(openMetrics.body))).toEqual(names(parseText(text.body)));
    expect(names(parseOpenMetrics(again.body))).toEqual(names(parseText(text.body)));
  });

  it('says nothing before the first verdicts, so that a restarted exporter does not end what Prometheus remembers', async () => {
    let isWarm = false;
    const server = await aServer({
      isReady: () => (isWarm ? { ok: true } : { ok: false, why: 'not every viewpoint has looked yet' }),
    });
    expect(await ask(server, '/metrics')).toMatchObject({
      status: 503,
      body: 'no metrics yet: not every viewpoint has looked yet\n',
    });
    isWarm = true;
    expect((await ask(server, '/metrics')).status).toBe(200);
  });

  it('is compressed when gzip is accepted, and only then', async () => {
    const server = await realServer();
    const zipped = await ask(server, '/metrics', { headers: { 'accept-encoding': 'gzip' } });
    const refused = await ask(server, '/metrics', { headers: { 'accept-encoding': 'gzip;q=0, identity' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(Number(zipped.headers['content-length'])).toBe(zipped.raw.length);
    expect(zipped.headers.vary).toBe('Accept, Accept-Encoding');
    parseText(gunzipSync(zipped.raw).toString());
    expect(refused.headers['content-encoding']).toBeUndefined();
    parseText(refused.body);
  });

  it('answers a HEAD without a body', async () => {
    const answer = await ask(await realServer(), '/metrics', { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(10_000);
  });

  it('gives up when the scraper has said that it will not wait longer', async () => {
    let reason: unknown;
    const server = await aServer({
      renderMetrics: (_format, signal) => {
        signal?.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return new Promise(() => undefined);
      },
    });
    const answer = await ask(server, '/metrics', {
      headers: { 'x-prometheus-scrape-timeout-seconds': '0.05' },
    });
    expect(answer).toMatchObject({
      status: 503,
      body: 'the scrape took longer than the scraper will wait\n',
    });
    expect(reason).toMatchObject({ name: 'TimeoutError' });
  });

  it.each(['2.01', '16.1', '32.2', '1.001', '1e9', '1e999', '9'.repeat(400), ' 5 '])(
    'is 200 for a scraper that will wait %s seconds',
    async (timeout) => {
      const answer = await ask(await aServer(), '/metrics', {
        headers: { 'x-prometheus-scrape-timeout-seconds': timeout },
      });
      expect(answer.status).toBe(200);
    },
  );

  it.each(['0', '-1', 'soon', '', '0x10', 'NaN', 'Infinity', '1,5', '5, 5'])(
    'takes no notice of a scrape timeout of %j',
    async (timeout) => {
      const answer = await ask(await aServer(), '/metrics', {
        headers: { 'x-prometheus-scrape-timeout-seconds': timeout },
      });
      expect(answer.status).toBe(200);
    },
  );

  it('is 500 without details when rendering fails', async () => {
    const errors: unknown[] = [];
    const server = await aServer({
      renderMetrics: () => Promise.reject(new Error('secret detail')),
      onError: (error) => errors.push(error),
    });
    const answer = await ask(server, '/metrics');
    expect(answer).toMatchObject({ status: 500, body: 'the exporter failed; its log says why\n' });
    expect(errors).toHaveLength(1);
  });
});
