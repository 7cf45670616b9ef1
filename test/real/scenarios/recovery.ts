import { settleAlive } from '../claims.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import type { NodeHost } from '../harness/node-host.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
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
    await claimRecovered(context, { exporter, host: stopped, fault: 'SIGSTOP', sinceMs: stoppedAt });

    silent.loseTimers();
    await sleep(500);
    await gateway.restart({ outageMs: 2_000 });
    await gateway.waitForOperator();
    const answersAt = monotonicMs();
    await claimRecovered(context, { exporter, host: silent, fault: 'lost timer', sinceMs: answersAt });
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
    for (const node of [WRONG, PARKED]) await claimLeftAlone(context, beside, node);
    const [{ pid } = { pid: parked.launcherPid }] = parked.runs;
    context.record({
      fault: `${PARKED}: its process`,
      verdict: 'is the first one still',
      passed: parked.restarts === 0 && pid !== undefined,
      seen: `${parked.restarts} restarts`,
    });
  },
};

interface Recovered {
  readonly exporter: ExporterUnderTest;
  readonly host: NodeHost;
  readonly fault: string;
  readonly sinceMs: number;
}

/** Claims that it is attached again without a person, and that this was counted, once. */
async function claimRecovered(
  context: ScenarioContext,
  { exporter, host, fault, sinceMs }: Recovered,
): Promise<void> {
  const node = host.displayName;
  const accused = await exporter.waitFor(node, {
    fits: ({ livez }) => livez === 503,
    sinceMs,
    timeoutMs: 120_000,
    what: `to be accused after: ${fault}`,
  });
  const { elapsedMs } = await exporter.waitFor(node, {
    fits: ({ state }) => state === 'alive',
    sinceMs: accused.sample.atMs,
    timeoutMs: 300_000,
    what: `to recover after: ${fault}`,
  });
  const tookSeconds = (elapsedMs + accused.elapsedMs) / 1_000;
  // Its outcome is judged by the next review.
  await sleep(6_000);
  const attached = await attempts(exporter, node, 'attached');
  const took = await exporter.metric('openclaw_nodehost_recovery_attached_after_seconds', node);
  context.record({
    fault: `${fault}, recovery on`,
    verdict: 'attached again without a person, by one restart',
    tookSeconds,
    withinSeconds: 150,
    passed: attached === 1 && tookSeconds <= 150 * context.leniency,
    seen: `${attached ?? 'no'} restart, attached ${took?.toFixed(1) ?? '?'} s after it; accused ${(accused.elapsedMs / 1_000).toFixed(1)} s after the fault`,
  });
}

async function claimLeftAlone(
  context: ScenarioContext,
  exporter: ExporterUnderTest,
  node: string,
): Promise<void> {
  const counted = (await exporter.page('/metrics'))
    .split('\n')
    .filter((line) => line.includes('_recovery_attempts_total{') && line.includes(`"${node}"`));
  context.record({
    fault: `${node}, recovery on`,
    verdict: `not restarted in ${WATCHED_MS / 60_000} min`,
    passed: counted.length > 0 && counted.every((line) => line.endsWith(' 0')),
    seen: `${exporter.latest(node)?.state ?? 'not seen'}; ${counted.length} outcomes, each ${counted.every((line) => line.endsWith(' 0')) ? 0 : 'counted'}`,
  });
}

async function attempts(
  exporter: ExporterUnderTest,
  node: string,
  outcome: string,
): Promise<number | undefined> {
  const line = (await exporter.page('/metrics'))
    .split('\n')
    .find(
      (text) =>
        text.includes('_recovery_attempts_total{') &&
        text.includes(`"${node}"`) &&
        text.includes(`outcome="${outcome}"`),
    );
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
