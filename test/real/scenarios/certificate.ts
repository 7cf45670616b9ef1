import { readFileSync } from 'node:fs';
import { claimNeverAccused, claimVerdict } from '../claims.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { exporterFor, healthyGateway, nodeHost } from './world.ts';

const NODE = 'WrongCertificate';
/** Two attempts on the backoff schedule, or two runs of a 2026.4 node host that exits after each. */
const TWO_ATTEMPTS_S = 30;
/** Longer than what makes attempts futile in this run: a certificate is no reason to restart, however long it is wrong. */
const FUTILE_AFTER_S = 20;
const WATCH_MS = 45_000;

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** The way to the gateway is `wss` with a certificate that the node host does not trust: no restart changes that. */
export const certificateScenario: Scenario = {
  name: 'certificate',
  versions: ['2026.4.15', '2026.7.1', '2026.9.6'],
  shortVersions: ['2026.9.6'],
  async run(context) {
    const gateway = await healthyGateway(context);
    const proxy = context.cleanup.use(
      await startTcpProxy({
        upstream: gateway.endpoint,
        tls: { key: fixture('gateway-key.pem'), cert: fixture('gateway-certificate.pem') },
      }),
    );
    const host = await nodeHost(context, gateway, {
      displayName: NODE,
      endpoint: { ...proxy.endpoint, tls: true },
    });
    const thresholds = { futile_after: `${FUTILE_AFTER_S}s` };
    // One asks the gateway itself, the other is told to go by the same way as the node host.
    const beside = await exporterFor(context, gateway, { hosts: [host], token: gateway.token, thresholds });
    const same = await exporterFor(context, gateway, {
      hosts: [host],
      gatewayUrl: `wss://127.0.0.1:${proxy.endpoint.port}`,
      token: gateway.token,
      thresholds,
    });
    await host.waitForLine(/certificate/i, 60_000);
    const failedAt = monotonicMs();
    await claimVerdict(context, {
      exporter: beside,
      node: NODE,
      fault: 'certificate that it does not trust',
      state: 'blocked',
      reason: 'tls',
      livez: 200,
      withinSeconds: TWO_ATTEMPTS_S,
      sinceMs: failedAt,
    });
    await sleep(WATCH_MS);
    for (const { exporter, as } of [
      { exporter: beside, as: '' },
      { exporter: same, as: ', nor does the exporter' },
    ]) {
      claimNeverAccused(context, {
        exporter,
        node: NODE,
        fault: `certificate that it does not trust${as}, ${WATCH_MS / 1_000} s of attempts`,
        sinceMs: failedAt,
      });
    }
  },
};
