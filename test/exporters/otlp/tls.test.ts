import { afterEach, describe, expect, it } from 'vitest';
import { OTLP_PROTOCOLS, type OtlpProtocol } from '../../../src/exporters/otlp/otlp-settings.ts';
import { aNode, aSnapshot } from '../../helpers/snapshots.ts';
import { anOtlpExporter, settingsFor } from './an-otlp-exporter.ts';
import { CERTIFICATE, KEY, startReceiver, type Encryption, type OtlpReceiver } from './otlp-receiver.ts';

const TRUSTED = { OTEL_EXPORTER_OTLP_CERTIFICATE: CERTIFICATE };
const CLIENT = {
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: CERTIFICATE,
  OTEL_EXPORTER_OTLP_CLIENT_KEY: KEY,
};

let receiver: OtlpReceiver | undefined;
afterEach(() => receiver?.close());

/** What the exporter tells of sending its metrics once. */
async function sent(
  protocol: OtlpProtocol,
  encryption: Encryption,
  tls: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  receiver = await startReceiver(protocol, { encryption });
  expect(receiver.url).toMatch(/^https:/);
  const { exporter, told } = await anOtlpExporter(
    settingsFor(receiver.url, protocol, {
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_TRACES_EXPORTER: 'none',
      ...tls,
    }),
    { snapshot: () => aSnapshot({ nodes: [aNode()] }) },
  );
  await exporter.shutdown();
  return told.lines;
}

describe.each(OTLP_PROTOCOLS)('over %s with TLS', (protocol) => {
  it('a collector whose authority is named is trusted', async () => {
    expect(await sent(protocol, 'tls', TRUSTED)).toEqual(['metrics up']);
  });

  it('one that nobody vouches for gets nothing', async () => {
    const [line, ...others] = await sent(protocol, 'tls', {});
    // Over gRPC the deadline may come before the reason.
    expect(line).toMatch(/^metrics down: (tls|timeout)$/);
    expect(others).toEqual([]);
    expect(receiver?.requests).toBe(0);
  });

  it('one that asks for a certificate is shown it', async () => {
    expect(await sent(protocol, 'mutual', { ...TRUSTED, ...CLIENT })).toEqual(['metrics up']);
  });

  it('without it is not let in', async () => {
    const [line] = await sent(protocol, 'mutual', TRUSTED);
    expect(line).toMatch(/^metrics down: /);
    expect(receiver?.requests).toBe(0);
  });
});
