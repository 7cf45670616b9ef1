import { afterEach, describe, expect, it, vi } from 'vitest';
import { readOtlpVariables } from '../../../src/config/otlp-variables.ts';
import { Secret } from '../../../src/core/model/secret.ts';
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
    events: {
      linkUp: ({ signal }) => lines.push(`${signal} up`),
      linkDown: ({ signal, reason, message }) => lines.push(`${signal} down: ${reason}: ${message}`),
      cannotSend: (signal, message) => lines.push(`${signal} cannot be sent: ${message}`),
    },
  });
  exporter.transition(BACK, aNode({ transitions: [DOWN, BACK] }));
  await exporter.shutdown();
  return lines;
}

describe.each(OTLP_PROTOCOLS)('headers over %s', (protocol) => {
  const readFrom = (environment: Readonly<Record<string, string>>): OtlpSettings => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const { settings } = readOtlpVariables(environment, '/cwd');
    if (settings === undefined) throw new Error('nothing is sent');
    return settings;
  };

  it('are exactly those that were read: what was reported as ignored is not on the wire', async () => {
    const bare = await aReceiver(protocol);
    expect(await sendAll(settingsFor(bare.url, protocol, { headers: {} }))).toHaveLength(3);

    const receiver = await aReceiver(protocol);
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'good=1,b d=2,late=S%C3%89CRET',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'late=3,worse,more=a%0ab',
    };
    expect((await sendAll(readFrom(environment))).toSorted()).toEqual(['logs up', 'metrics up', 'traces up']);

    for (const signal of OTLP_SIGNALS) {
      const known = Object.keys(bare.all(signal)[0]?.headers ?? {});
      expect(known).not.toEqual([]);
      const ours = Object.entries(receiver.all(signal)[0]?.headers ?? {}).filter(
        ([name]) => !known.includes(name),
      );
      expect(Object.fromEntries(ours)).toEqual(signal === 'logs' ? { good: '1', late: '3' } : { good: '1' });
    }
  });

  it('what the environment says is as before once the exporter has started', async () => {
    const receiver = await aReceiver(protocol);
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'good=1,b d=2',
    };
    await sendAll(readFrom(environment));
    expect(process.env).toMatchObject(environment);
  });

  it.each(['Bearer s3cret-value', 'Basic czNjcmV0LXZhbHVl', 's3cret-value', 's3cret "quoted" value'])(
    'a collector that repeats the credential %s in its refusal does not get it into a message',
    async (credential) => {
      const receiver = await aReceiver(protocol);
      const status = protocol === 'grpc' ? 16 : 401;
      receiver.answer = { kind: 'echo', status, header: 'authorization' };
      const lines = await sendAll(
        settingsFor(receiver.url, protocol, { headers: { authorization: new Secret(credential) } }),
      );
      expect(lines).toHaveLength(3);
      for (const line of lines) expect(line).toMatch(/down: auth: .*no entry for .*\[redacted\]$/);
      expect(lines.join()).not.toMatch(/s3cret|czNjcmV0/);
    },
  );
});

it('a value that gRPC’s own library complains about is not in the message', async () => {
  const lines = await sendAll(
    settingsFor('http://127.0.0.1:9', 'grpc', { headers: { authorization: new Secret('Bearer SÉCRET') } }),
  );
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/cannot be sent: .*illegal/);
  expect(lines.join()).not.toContain('CRET');
});
