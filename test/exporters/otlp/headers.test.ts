import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  OTLP_PROTOCOLS,
  type OtlpProtocol,
  type OtlpSettings,
} from '../../../src/exporters/otlp/otlp-settings.ts';
import { OTLP_SIGNALS } from '../../../src/exporters/otlp/otlp-status.ts';
import type { Transition } from '../../../src/core/model/snapshot.ts';
import { ago, aNode } from '../../helpers/snapshots.ts';
import { anOtlpExporter, settingsFor } from './an-otlp-exporter.ts';
import { startReceiver, type OtlpReceiver } from './otlp-receiver.ts';

const DOWN: Transition = { from: 'alive', to: 'down', at: ago(20), reasons: [], why: 'it is gone' };
const BACK: Transition = { from: 'down', to: 'alive', at: ago(10), reasons: [], why: 'it is back' };

const receivers: OtlpReceiver[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function aReceiver(protocol: OtlpProtocol): Promise<OtlpReceiver> {
  const receiver = await startReceiver(protocol);
  receivers.push(receiver);
  return receiver;
}

/** Sends each signal once; what was told of the links, with every message. */
async function sendAll(settings: OtlpSettings): Promise<readonly string[]> {
  const lines: string[] = [];
  const { exporter } = await anOtlpExporter(settings, {
    telemetry: {
      otlpLinkUp: ({ signal }) => lines.push(`${signal} up`),
      otlpLinkDown: ({ signal, reason, message }) => lines.push(`${signal} down: ${reason}: ${message}`),
      otlpCannotSend: ({ signal, message }) => lines.push(`${signal} cannot be sent: ${message}`),
      otlpComplained: ({ message }) => lines.push(message),
    },
  });
  exporter.transition(BACK, aNode({ transitions: [DOWN, BACK] }));
  await exporter.shutdown();
  return lines;
}

describe.each(OTLP_PROTOCOLS)('headers over %s', (protocol) => {
  it('are those of the variables: decoded, joined by name, a signal’s own first', async () => {
    const bare = await aReceiver(protocol);
    expect(await sendAll(settingsFor(bare.url, protocol, { OTEL_EXPORTER_OTLP_HEADERS: '' }))).toHaveLength(
      3,
    );
    const receiver = await aReceiver(protocol);
    const settings = settingsFor(receiver.url, protocol, {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20eHg6eXk=, late=2',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'late=3',
    });
    expect((await sendAll(settings)).toSorted()).toEqual(['logs up', 'metrics up', 'traces up']);

    for (const signal of OTLP_SIGNALS) {
      const known = Object.keys(bare.all(signal)[0]?.headers ?? {});
      expect(known).not.toEqual([]);
      const ours = Object.entries(receiver.all(signal)[0]?.headers ?? {}).filter(
        ([name]) => !known.includes(name),
      );
      expect(Object.fromEntries(ours)).toEqual({
        authorization: 'Basic eHg6eXk=',
        late: signal === 'logs' ? '3' : '2',
      });
    }
  });

  it.each(['Bearer s3cret-value', 'Basic czNjcmV0LXZhbHVl', 's3cret-value', 's3cret "quoted" value'])(
    'a collector that repeats the credential %s in its refusal does not get it into a message',
    async (credential) => {
      const receiver = await aReceiver(protocol);
      const status = protocol === 'grpc' ? 16 : 401;
      receiver.answer = { kind: 'echo', status, header: 'authorization' };
      const lines = await sendAll(
        settingsFor(receiver.url, protocol, {
          OTEL_EXPORTER_OTLP_HEADERS: `x-tenant=acme,authorization=${encodeURIComponent(credential)}`,
        }),
      );
      expect(lines).toHaveLength(3);
      for (const line of lines) expect(line).toMatch(/down: auth: .*no entry for .*\[redacted\]$/);
      expect(lines.join()).not.toMatch(/s3cret|czNjcmV0/);
    },
  );

  it.each([
    ['a value that is not ASCII', 'authorization=Bearer%20S%C3%89CRET'],
    ['one with a line break', 'authorization=Bearer%20S%C3%89CRET%0d%0ax'],
    ['one that is not encoded', 'authorization=Bearer SÉCRET%'],
  ])('%s is in no message, whatever the library makes of it', async (_, headers) => {
    const receiver = await aReceiver(protocol);
    const lines = await sendAll(
      settingsFor(receiver.url, protocol, {
        OTEL_EXPORTER_OTLP_HEADERS: headers,
        OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      }),
    );
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join()).not.toContain('CRET');
  });
});

it('variables that the libraries cannot use are told, without what may be a credential', async () => {
  const receiver = await aReceiver('http/protobuf');
  const lines = await sendAll(
    settingsFor(receiver.url, 'http/protobuf', {
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret-value',
      // As when two lines of an environment file were swapped.
      OTEL_EXPORTER_OTLP_COMPRESSION: 's3cret-value',
      OTEL_METRIC_EXPORT_INTERVAL: 'often',
      OTEL_RESOURCE_ATTRIBUTES: 'token=s3cret,oops',
    }),
  );
  for (const variable of [
    '_OTLP_TIMEOUT',
    '_OTLP_COMPRESSION',
    '_EXPORT_INTERVAL',
    'OTEL_RESOURCE_ATTRIBUTES',
  ])
    expect(lines.filter((line) => line.includes(variable))).toHaveLength(1);
  expect(lines.join()).not.toContain('s3cret');
});

it('OTEL_LOG_LEVEL does not let the SDK write past the redaction', async () => {
  const receiver = await aReceiver('http/protobuf');
  const settings = settingsFor(receiver.url, 'http/protobuf', { OTEL_LOG_LEVEL: 'error' });
  const { exporter } = await anOtlpExporter(settings);
  expect(registered()).not.toContain('diag');
  await exporter.shutdown();
});

it('nothing is registered that need not be, and nothing is left once the exporter has stopped', async () => {
  const receiver = await aReceiver('http/protobuf');
  const { exporter } = await anOtlpExporter(settingsFor(receiver.url, 'http/protobuf'));
  // Neither context manager nor propagator.
  expect(registered()).toEqual(['logs', 'metrics', 'trace']);
  await exporter.shutdown();
  expect(registered()).toEqual([]);
});

/** What OpenTelemetry's API holds for the whole process. */
function registered(): readonly string[] {
  const global = globalThis as unknown as Readonly<Record<symbol, Readonly<Record<string, unknown>>>>;
  const names = Object.keys(global[Symbol.for('opentelemetry.js.api.1')] ?? {});
  return names.filter((name) => name !== 'version').sort();
}
