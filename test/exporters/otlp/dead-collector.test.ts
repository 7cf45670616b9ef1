import { afterEach, describe, expect, it } from 'vitest';
import type { After } from '../../../src/runtime/after.ts';
import { OTLP_PROTOCOLS } from '../../../src/exporters/otlp/otlp-settings.ts';
import { aNode, ago, aSnapshot } from '../../helpers/snapshots.ts';
import type { NodeSnapshot, Snapshot, Transition } from '../../../src/core/model/snapshot.ts';
import { anOtlpExporter, settingsFor } from './an-otlp-exporter.ts';
import { plainAttributes } from './otlp-messages.ts';
import { startReceiver, type OtlpReceiver } from './otlp-receiver.ts';

/** With one try a request: how often the official exporter repeats is its own affair. */
const IMPATIENT = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };

const changeTo = (to: Transition['to'], seconds: number): Transition => ({
  from: to === 'zombie' ? 'alive' : 'zombie',
  to,
  at: ago(seconds),
  reasons: [],
  why: `it is ${to}`,
});

function nodeAfter(...transitions: readonly Transition[]): NodeSnapshot {
  return aNode({ state: transitions.at(-1)?.to ?? 'unknown', transitions });
}

const LOGS_ONLY = { OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' };
/** No node, so that no entity is reported. */
const NOBODY = (): Snapshot => aSnapshot({ nodes: [] });
const METRICS_ONLY = { OTEL_LOGS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' };

const receivers: OtlpReceiver[] = [];
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function aReceiver(protocol: (typeof OTLP_PROTOCOLS)[number], port = 0): Promise<OtlpReceiver> {
  const receiver = await startReceiver(protocol, { port });
  receivers.push(receiver);
  return receiver;
}

async function aDeadPort(): Promise<number> {
  const receiver = await startReceiver('http/protobuf');
  await receiver.close();
  return Number(new URL(receiver.url).port);
}

/** A tenth of the time, so that nobody waits for the second try. */
const hurried: After = (ms, callback) => {
  const timer = setTimeout(callback, ms / 10);
  return () => {
    clearTimeout(timer);
  };
};

/** Resolves as soon as `condition` holds, looked at after each turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(OTLP_PROTOCOLS)('a collector that is not there, over %s', (protocol) => {
  it('costs a count for each request and one word for all of them', async () => {
    const url = `http://127.0.0.1:${await aDeadPort()}`;
    const { exporter, told } = await anOtlpExporter(
      settingsFor(url, protocol, { ...IMPATIENT, ...METRICS_ONLY, OTEL_METRIC_EXPORT_INTERVAL: '50' }),
      {
        snapshot: () => aSnapshot({ nodes: [aNode()] }),
      },
    );
    const failures = (): number =>
      exporter.status().reduce((sum, status) => sum + (status.failures.refused + status.failures.timeout), 0);
    await until(() => failures() >= 3);
    expect(told.lines).toHaveLength(1);
    expect(told.lines[0]).toMatch(/^metrics down: (refused|timeout)$/);
    expect(exporter.status()[0]).toMatchObject({ signal: 'metrics', up: false, exports: 0 });
    await exporter.shutdown();
  });

  it('gets what happened in its absence once it is back, and that is one word more', async () => {
    const port = await aDeadPort();
    const { exporter, told } = await anOtlpExporter(
      settingsFor(`http://127.0.0.1:${port}`, protocol, { ...IMPATIENT, ...LOGS_ONLY }),
      { after: hurried, snapshot: NOBODY },
    );
    const down = changeTo('zombie', 60);
    exporter.transition(down, nodeAfter(down));
    await until(() => told.lines.length === 1);
    const receiver = await aReceiver(protocol, port);
    const up = changeTo('alive', 30);
    exporter.transition(up, nodeAfter(down, up));
    await receiver.until(() => receiver.all('logs').length > 0);
    const states = receiver
      .all('logs')
      .flatMap(({ request }) => request.resourceLogs ?? [])
      .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
      .map(({ attributes }) => plainAttributes(attributes)['openclaw.nodehost.to_state']);
    expect(states).toEqual(['zombie', 'alive']);
    await until(() => told.lines.length === 2);
    expect(told.lines).toEqual([expect.stringMatching(/^logs down: (refused|timeout)$/), 'logs up']);
    expect(exporter.status()[0]).toMatchObject({ up: true, exports: 1, dropped: 0 });
    await exporter.shutdown();
  });

  it('that refuses a request for good does not get it again', async () => {
    const receiver = await aReceiver(protocol);
    receiver.answer = { kind: 'status', status: protocol === 'grpc' ? 3 : 400 };
    const { exporter, told } = await anOtlpExporter(settingsFor(receiver.url, protocol, LOGS_ONLY), {
      snapshot: NOBODY,
    });
    const change = changeTo('zombie', 60);
    exporter.transition(change, nodeAfter(change));
    await until(() => told.lines.length === 1);
    expect(told.lines).toEqual([protocol === 'grpc' ? 'logs down: protocol' : 'logs down: http_4xx']);
    receiver.answer = { kind: 'take' };
    await exporter.shutdown();
    expect(receiver.requests).toBe(1);
    expect(exporter.status()[0]?.dropped).toBe(1);
  });

  it('of a large collection only the first request is tried', async () => {
    const receiver = await aReceiver(protocol);
    receiver.answer = { kind: 'status', status: protocol === 'grpc' ? 3 : 400 };
    const nodes = Array.from({ length: 100 }, (_, index) => aNode({ name: `node-${index}` }));
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol, METRICS_ONLY), {
      snapshot: () => aSnapshot({ nodes }),
    });
    await exporter.shutdown();
    expect(receiver.requests).toBe(1);
  });
});

describe('a file that cannot be read', () => {
  it('is told by the library that wanted it, and everything is sent as far as it can be', async () => {
    const receiver = await aReceiver('http/protobuf');
    const settings = settingsFor(receiver.url, 'http/protobuf', {
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem',
    });
    const { exporter, told } = await anOtlpExporter(settings);
    await exporter.shutdown();
    expect(told.lines).toContain('Failed to read root certificate file');
    expect(receiver.all('metrics').length).toBeGreaterThan(0);
  });
});
