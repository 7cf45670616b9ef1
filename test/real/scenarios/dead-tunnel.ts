import { claimHeartbeatStopped, claimNeverAccused, claimVerdict, settleAlive } from '../claims.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { attachedNodeHost, exporterFor, healthyGateway } from './world.ts';

const NODE = 'BehindTunnel';
/** Longer than the backoff's cap and the patience of every rule. */
const DEAD_MS = { short: 60_000, long: 150_000 };
/** The backoff's cap and a boot, on a busy machine. */
const RECOVERY_MS = 240_000;
/** The roster is read every 5 s; without it a connection must outlive every connect deadline, 18 s, and be looked at. */
const ALIVE_AGAIN_S = { knowing: 15, blind: 25 };
const AFTERMATH_MS = 15_000;

/**
 * No log to read, and a tunnel that died: each dial is refused within milliseconds, so that no look at the sockets ever
 * shows one. The node host does all it can; the gateway, asked directly, is well.
 */
export const deadTunnelScenario: Scenario = {
  name: 'dead-tunnel',
  versions: ['2026.4.15', '2026.7.1', '2026.9.6'],
  shortVersions: ['2026.9.6'],
  async run(context) {
    const gateway = await healthyGateway(context);
    const tunnel = context.cleanup.use(await startTcpProxy({ upstream: gateway.endpoint }));
    const host = await attachedNodeHost(context, gateway, { displayName: NODE, endpoint: tunnel.endpoint });
    const hosts = [host];
    const knowing = await exporterFor(context, gateway, { hosts, token: gateway.token, log: 'none' });
    const blind = await exporterFor(context, gateway, { hosts, log: 'none' });
    const both = [
      { exporter: knowing, as: '', aliveWithinS: ALIVE_AGAIN_S.knowing },
      { exporter: blind, as: ', no credential', aliveWithinS: ALIVE_AGAIN_S.blind },
    ];
    for (const { exporter } of both) await settleAlive(exporter, NODE);

    const cutAt = monotonicMs();
    await tunnel.cut();
    await Promise.all(
      both.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: NODE,
          fault: `dead tunnel, no readable log${as}`,
          state: 'gateway-down',
          reason: 'endpoint-unreachable',
          livez: 200,
          withinSeconds: 30,
          sinceMs: cutAt,
        }),
      ),
    );
    const deadMs = context.isShort ? DEAD_MS.short : DEAD_MS.long;
    await sleep(Math.max(0, cutAt + deadMs - monotonicMs()));
    for (const { exporter, as } of both) {
      claimNeverAccused(context, {
        exporter,
        node: NODE,
        fault: `dead tunnel for ${deadMs / 1_000} s, no readable log${as}`,
        sinceMs: cutAt,
      });
      const fault = `dead tunnel, no readable log${as}`;
      await claimHeartbeatStopped(context, { exporter, node: NODE, fault, sinceMs: cutAt });
    }
    const restoredAt = monotonicMs();
    await tunnel.restore();
    await gateway.waitAttached(NODE, RECOVERY_MS);
    const attachedAt = monotonicMs();
    await Promise.all(
      both.map(({ exporter, as, aliveWithinS }) =>
        claimVerdict(context, {
          exporter,
          node: NODE,
          fault: `the tunnel is back${as}`,
          state: 'alive',
          livez: 200,
          withinSeconds: aliveWithinS,
          sinceMs: attachedAt,
        }),
      ),
    );
    await sleep(AFTERMATH_MS);
    for (const { exporter, as } of both) {
      claimNeverAccused(context, {
        exporter,
        node: NODE,
        fault: `the return of the tunnel, no readable log${as}`,
        sinceMs: restoredAt,
      });
    }
  },
};
