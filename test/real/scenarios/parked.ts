import { claimVerdict } from '../claims.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { exporterFor, healthyGateway, nodeHost } from './world.ts';

const NODE = 'Parked';

/** 2026.9.6 waits for ever on PAIRING_REQUIRED, also after the approval: from then on a restart helps. */
export const parkedScenario: Scenario = {
  name: 'parked',
  versions: ['2026.9.6'],
  async run(context) {
    const { cleanup } = context;
    const gateway = await healthyGateway(context, { gatewayConfig: { trustedProxies: ['127.0.0.1'] } });
    // With a forwarding header the gateway takes the node host for a remote one, which it does not pair by itself.
    const proxy = cleanup.use(
      await startTcpProxy({ upstream: gateway.endpoint, addHeaders: { 'X-Forwarded-For': '203.0.113.7' } }),
    );
    const host = await nodeHost(context, gateway, { displayName: NODE, endpoint: proxy.endpoint });
    const exporter = await exporterFor(context, gateway, { hosts: [host], token: gateway.token });
    await host.waitForLine(/waiting for operator action/, 60_000);
    const parkedAt = monotonicMs();
    await claimVerdict(context, {
      exporter,
      node: NODE,
      fault: 'parked on PAIRING_REQUIRED',
      state: 'blocked',
      reason: 'pairing_required',
      livez: 200,
      withinSeconds: 5,
      sinceMs: parkedAt,
    });
    await sleep(5_000);
    await gateway.approveDevice(NODE);
    const approvedAt = monotonicMs();
    await claimVerdict(context, {
      exporter,
      node: NODE,
      fault: 'approved, and still parked',
      state: 'zombie',
      reason: 'parked',
      livez: 503,
      withinSeconds: 30,
      sinceMs: approvedAt,
    });
    host.crash();
    await gateway.waitAttached(NODE, 60_000);
    await claimVerdict(context, {
      exporter,
      node: NODE,
      fault: 'parked: the restart helps',
      state: 'alive',
      livez: 200,
      withinSeconds: 60,
      sinceMs: monotonicMs(),
    });
  },
};
