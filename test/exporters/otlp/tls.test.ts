import { afterEach, describe, expect, it } from 'vitest';
import {
  OTLP_PROTOCOLS,
  type OtlpProtocol,
  type OtlpTlsFiles,
} from '../../../src/exporters/otlp/otlp-settings.ts';
import { aNode, aSnapshot } from '../../helpers/snapshots.ts';
import { anOtlpExporter, settingsFor } from './an-otlp-exporter.ts';
import { CERTIFICATE, KEY, startReceiver, type Encryption, type OtlpReceiver } from './otlp-receiver.ts';

const CLIENT = { certificate: CERTIFICATE, key: KEY };

let receiver: OtlpReceiver | undefined;
afterEach(() => receiver?.close());

/** What the exporter tells of sending its metrics once. */
async function sent(
  protocol: OtlpProtocol,
  encryption: Encryption,
  tls: OtlpTlsFiles,
): Promise<readonly string[]> {
  receiver = await startReceiver(protocol, { encryption });
  expect(receiver.url).toMatch(/^https:/);
  const { targets, ...settings } = settingsFor(receiver.url, protocol, { tls, timeoutMs: 500 });
  const { exporter, told } = await anOtlpExporter(
    { ...settings, targets: targets.metrics === undefined ? {} : { metrics: targets.metrics } },
    { snapshot: () => aSnapshot({ nodes: [aNode()] }) },
  );
  await exporter.shutdown();
  return told.lines;
}

describe.each(OTLP_PROTOCOLS)('over %s with TLS', (protocol) => {
  it('a collector whose authority is named is trusted', async () => {
    expect(await sent(protocol, 'tls', { ca: CERTIFICATE })).toEqual(['metrics up']);
  });

  it('one that nobody vouches for gets nothing', async () => {
    const [line, ...others] = await sent(protocol, 'tls', {});
    // Over gRPC the deadline may come before the reason.
    expect(line).toMatch(/^metrics down: (tls|timeout)$/);
    expect(others).toEqual([]);
    expect(receiver?.requests).toBe(0);
  });

  it('one that asks for a certificate is shown it', async () => {
    expect(await sent(protocol, 'mutual', { ca: CERTIFICATE, client: CLIENT })).toEqual(['metrics up']);
  });

  it('without it is not let in', async () => {
    const [line] = await sent(protocol, 'mutual', { ca: CERTIFICATE });
    expect(line).toMatch(/^metrics down: /);
    expect(receiver?.requests).toBe(0);
  });
});
