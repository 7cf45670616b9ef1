import { settleAlive } from '../claims.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { claimLeftAlone, claimRecovered } from './recovery-claims.ts';
import { attachedNodeHost, exporterFor, healthyGateway, nodeHost } from './world.ts';

const STOPPED = 'Stopped';
const SILENT = 'Silent';
const WRONG = 'WrongToken';
const PARKED = 'Parked';

/** As shipped, but for what would make the run an hour: how long an accusation must hold, and a gateway be healthy. */
const RECOVERY = {
  enabled: true,
  held: '20s',
  gateway_healthy: '20s',
  cooldown: '1m',
  // The keep-alive loop is no supervisor that the exporter could ask; it brings back what has ended.
  command: ['/bin/sh', '-c', 'kill -KILL "$OPENCLAW_RECOVERY_PID"'],
};
/** A wrong one would have come in this time: three held spells and their cool-downs. */
const WATCHED_MS = 240_000;

/** Nobody restarts anything by hand here: the exporter does, and only where it helps. */
export const recoveryScenario: Scenario = {
  name: 'recovery',
  versions: ['2026.9.6'],
  shortVersions: [],
  async run(context) {
    const gateway = await healthyGateway(context, { gatewayConfig: { trustedProxies: ['127.0.0.1'] } });
    const stopped = await attachedNodeHost(context, gateway, { displayName: STOPPED });
    const silent = await attachedNodeHost(context, gateway, { displayName: SILENT, preload: 'lost-timer' });
    const exporter = await exporterFor(context, gateway, {
      hosts: [stopped, silent],
      token: gateway.token,
      recovery: RECOVERY,
    });
    await settleAlive(exporter, STOPPED);
    await settleAlive(exporter, SILENT);

    const stoppedAt = monotonicMs();
    stopped.freeze();
    await claimRecovered(context, {
      exporter,
      node: STOPPED,
      fault: 'SIGSTOP',
      sinceMs: stoppedAt,
      restarts: 1,
      withinSeconds: 150,
    });

    silent.loseTimers();
    await sleep(500);
    await gateway.restart({ outageMs: 2_000 });
    await gateway.waitForOperator();
    const answersAt = monotonicMs();
    await claimRecovered(context, {
      exporter,
      node: SILENT,
      fault: 'lost timer',
      sinceMs: answersAt,
      restarts: 1,
      withinSeconds: 150,
    });
    await exporter.end();

    const wrong = await nodeHost(context, gateway, { displayName: WRONG, token: 'wrong' });
    const proxy = context.cleanup.use(
      await startTcpProxy({ upstream: gateway.endpoint, addHeaders: { 'X-Forwarded-For': '203.0.113.7' } }),
    );
    const parked = await nodeHost(context, gateway, { displayName: PARKED, endpoint: proxy.endpoint });
    const beside = await exporterFor(context, gateway, {
      hosts: [wrong, parked],
      token: gateway.token,
      recovery: RECOVERY,
    });
    await parked.waitForLine(/waiting for operator action/, 60_000);
    await sleep(WATCHED_MS);
    for (const node of [WRONG, PARKED])
      await claimLeftAlone(context, beside, { node, fault: `${node} for ${WATCHED_MS / 60_000} min` });
    const [{ pid } = { pid: parked.launcherPid }] = parked.runs;
    context.record({
      fault: `${PARKED}: its process`,
      verdict: 'is the first one still',
      passed: parked.restarts === 0 && pid !== undefined,
      seen: `${parked.restarts} restarts`,
    });
  },
};
