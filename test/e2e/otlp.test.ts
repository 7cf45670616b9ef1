import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Surroundings } from '../../src/demo/demo-surroundings.ts';
import { hexId, plainAttributes, type DataPoint } from '../exporters/otlp/otlp-messages.ts';
import { startReceiver, type OtlpReceiver } from '../exporters/otlp/otlp-receiver.ts';
import { parseText } from '../helpers/parse-exposition.ts';
import { startExporterProcess, type ExporterProcess } from './otlp/exporter-process.ts';

let directory: string;
const endings: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otlp-e2e-'));
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await rm(directory, { recursive: true, force: true });
});

async function aReceiver(): Promise<OtlpReceiver> {
  const receiver = await startReceiver('http/protobuf');
  endings.push(() => receiver.close());
  return receiver;
}

async function anExporter(
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = ['--gateway.url', 'ws://127.0.0.1:9'],
): Promise<ExporterProcess> {
  const exporter = await startExporterProcess({
    flags: ['--state.dir', join(directory, 'state'), ...flags],
    home: directory,
    environment,
  });
  endings.push(() => exporter.kill());
  return exporter;
}

function points(receiver: OtlpReceiver, name: string): readonly DataPoint[] {
  return receiver
    .all('metrics')
    .flatMap(({ request }) => request.resourceMetrics ?? [])
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter((metric) => metric.name === name)
    .flatMap(({ gauge, sum }) => (sum ?? gauge)?.dataPoints ?? []);
}

function instanceIds(receiver: OtlpReceiver): ReadonlySet<unknown> {
  const resources = receiver.all('metrics').flatMap(({ request }) => request.resourceMetrics ?? []);
  return new Set(
    resources.map(({ resource }) => plainAttributes(resource?.attributes)['service.instance.id']),
  );
}

async function scrape(url: string, name: string): Promise<number> {
  const families = parseText(await (await fetch(`${url}/metrics`)).text());
  return (families.find((family) => family.name === name)?.samples ?? []).reduce(
    (sum, { value }) => sum + value,
    0,
  );
}

/** Looks every 100 ms; a vitest timeout ends it. */
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await wait(100);
}

describe('without an endpoint', () => {
  it('nothing of the SDK is loaded, and nobody dials the default ports of a collector', async () => {
    const dialled: number[] = [];
    for (const port of [4317, 4318]) {
      const server = createServer((socket) => {
        dialled.push(port);
        socket.destroy();
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      endings.push(() => new Promise((resolve) => server.close(resolve)));
    }
    const exporter = await anExporter({ OTEL_METRIC_EXPORT_INTERVAL: '100', OTEL_SERVICE_NAME: 'x' });
    // Then 10 intervals of an exporter that would push.
    await until(async () => (await fetch(`${exporter.url}/-/ready`)).ok);
    await wait(1_000);
    expect(
      parseText(await (await fetch(`${exporter.url}/metrics`)).text()).map(({ name }) => name),
    ).not.toContain('openclaw_nodehost_exporter_otlp_exports_total');
    expect((await exporter.stop()).code).toBe(0);
    expect(exporter.stderr()).not.toContain('loaded ');
    expect(dialled).toEqual([]);
  });
});

describe('with an endpoint', () => {
  it('id and start of the counters are the same after a stop and after a SIGKILL', async () => {
    const receivers = [await aReceiver(), await aReceiver(), await aReceiver()];
    const starts: (string | undefined)[] = [];
    const ids: unknown[] = [];
    for (const [run, receiver] of receivers.entries()) {
      const exporter = await anExporter(
        { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRIC_EXPORT_INTERVAL: '300' },
        ['--gateway.url', 'ws://127.0.0.1:9', '--node.pid-file', join(directory, 'node.pid')],
      );
      await receiver.until(() => points(receiver, 'openclaw.nodehost.connects').length >= 3);
      expect(exporter.stderr()).toContain('loaded @opentelemetry/sdk-metrics');
      starts.push(
        ...new Set(
          points(receiver, 'openclaw.nodehost.connects').map(({ startTimeUnixNano }) => startTimeUnixNano),
        ),
      );
      ids.push(...instanceIds(receiver));
      if (run === 1) await exporter.kill();
      else expect((await exporter.stop()).code).toBe(0);
    }
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(starts).toHaveLength(3);
    expect(new Set(starts).size).toBe(1);
    expect(Number(starts[0])).toBeGreaterThan(0);
  });

  it('a dead collector costs one line and a count; /livez and /metrics do not wait for it', async () => {
    const receiver = await startReceiver('http/protobuf');
    await receiver.close();
    const exporter = await anExporter({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    });
    await until(async () => (await fetch(`${exporter.url}/-/ready`)).ok);
    const failures = 'openclaw_nodehost_exporter_otlp_failures_total';
    await until(async () => (await scrape(exporter.url, failures)) >= 5);
    expect(await scrape(exporter.url, 'openclaw_nodehost_exporter_otlp_exports_total')).toBe(0);
    expect(exporter.stderr().match(/otlp_link_down/g)).toHaveLength(1);
    expect(exporter.stderr()).toMatch(
      /WARN .*http:\/\/127\.0\.0\.1:\d+\/v1\/metrics does not accept OTLP metrics/,
    );
    const { code, tookMs } = await exporter.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(3_000);
  });

  it('a collector that takes a request and never answers does not keep the exporter from stopping', async () => {
    const receiver = await aReceiver();
    receiver.answer = { kind: 'mute' };
    const exporter = await anExporter({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
    });
    await until(async () => (await fetch(`${exporter.url}/-/ready`)).ok);
    const stopped = exporter.stop();
    await receiver.until(() => receiver.requests > 0);
    const { code, tookMs } = await stopped;
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5_000);
    expect(exporter.stderr()).toContain('otlp_not_flushed');
  });

  it('a value that cannot be used is told at the start, and the exporter runs', async () => {
    const exporter = await anExporter({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' });
    expect(exporter.stderr()).toMatch(
      /WARN .*environment variable OTEL_EXPORTER_OTLP_ENDPOINT: found a value that is not shown; allowed/,
    );
    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);
    expect((await exporter.stop()).code).toBe(0);
  });
});

describe('a node host that is frozen and continued', () => {
  it('is an event when it is called wedged, one when it is alive again, and a span around both', async () => {
    const receiver = await aReceiver();
    const surroundings = await Surroundings.start({
      cast: { zombie: 'a', frozen: 'b', survivor: 'c' },
      onDeath: () => undefined,
    });
    endings.push(() => surroundings.stop());
    const [, frozen] = surroundings.nodeHosts;
    if (frozen === undefined) throw new Error('no node host');
    const exporter = await anExporter(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BLRP_SCHEDULE_DELAY: '1',
        OTEL_BSP_SCHEDULE_DELAY: '1',
      },
      [
        ['--gateway.url', surroundings.gatewayUrl],
        ['--gateway.token-file', surroundings.tokenFile],
        ['--node.state-dir', frozen.stateDir],
        ['--node.name', 'b'],
        ['--node.log', frozen.logPath],
      ].flat(),
    );
    await until(async () => (await fetch(`${exporter.url}/readyz/b`)).status === 200);

    const events = () =>
      receiver
        .all('logs')
        .flatMap(({ request }) => request.resourceLogs ?? [])
        .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
        .map((record) => ({ record, attributes: plainAttributes(record.attributes) }))
        .filter(({ attributes }) => attributes['openclaw.nodehost.name'] === 'b');
    surroundings.freeze('b');
    await receiver.until(() =>
      events().some(({ attributes }) => attributes['openclaw.nodehost.to_state'] === 'wedged'),
    );
    surroundings.continue('b');
    const spans = () =>
      receiver
        .all('traces')
        .flatMap(({ request }) => request.resourceSpans ?? [])
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: found }) => found))
        .filter(({ attributes }) => plainAttributes(attributes)['openclaw.nodehost.name'] === 'b');
    await receiver.until(
      () =>
        spans().length > 0 &&
        events().some(({ attributes }) => attributes['openclaw.nodehost.to_state'] === 'alive'),
    );

    const wedged = events().find(({ attributes }) => attributes['openclaw.nodehost.to_state'] === 'wedged');
    expect(wedged?.record.eventName).toBe('openclaw.nodehost.state_change');
    expect(wedged?.attributes).toMatchObject({
      'openclaw.nodehost.from_state': 'alive',
      'openclaw.nodehost.reasons': ['process-stopped'],
      'openclaw.nodehost.live': false,
      'openclaw.nodehost.evidence': { process: { kernelState: 'stopped' } },
    });
    const [span] = spans();
    expect(span?.name).toBe('openclaw.nodehost.outage');
    expect(
      span?.events?.map(({ attributes }) => plainAttributes(attributes)['openclaw.nodehost.to_state']),
    ).toEqual(['wedged', 'alive']);
    expect(hexId(span?.traceId)).toBe(hexId(wedged?.record.traceId));
    expect((await exporter.stop()).code).toBe(0);
  });
});
