import { claimVerdict, settleAlive } from '../claims.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, waitUntil } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { attachedNodeHost, exporterFor, healthyGateway } from './world.ts';

const NODE = 'Mute';

/** 2026.4.15 sits for ever on a socket to a peer that accepts and never answers: a zombie without any injected code. */
export const mutePeerScenario: Scenario = {
  name: 'mute-peer',
  versions: ['2026.4.15'],
  shortVersions: [],
  async run(context) {
    const gateway = await healthyGateway(context);
    // A healthy neighbour in the same roster must not be taken for it.
    const neighbour = await attachedNodeHost(context, gateway, { displayName: 'Neighbour' });
    const proxy = context.cleanup.use(await startTcpProxy({ upstream: gateway.endpoint }));
    const host = await attachedNodeHost(context, gateway, { displayName: NODE, endpoint: proxy.endpoint });
    const exporter = await exporterFor(context, gateway, { hosts: [host, neighbour], token: gateway.token });
    await settleAlive(exporter, NODE);
    proxy.swallowNext();
    host.crash();
    await waitUntil(() => proxy.swallowed > 0, { timeoutMs: 60_000, what: 'its connection to appear' });
    const openedAt = monotonicMs();
    await claimVerdict(context, {
      exporter,
      node: NODE,
      fault: 'mute peer, from its socket on',
      state: 'zombie',
      livez: 503,
      withinSeconds: 30,
      sinceMs: openedAt,
    });
  },
};
