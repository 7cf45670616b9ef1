import { claimNeverAccused, claimVerdict } from '../claims.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { BadGateway, type BadGatewayOptions } from '../harness/peers/bad-gateway.ts';
import type { Gateway } from '../harness/gateway.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { exporterFor, healthyGateway, nodeHost } from './world.ts';

const NO_WAY = 'NoWay';
const FUTILE = 'Futile';
/** Ten minutes in the product; the rule is the same. */
const FUTILE_AFTER_S = 40;
/** Until its next attempt has failed where ours had got through: the backoff's cap, or a start of 2026.4.15. */
const NEXT_ATTEMPT_S = 30;
/** We try its way every 30 s, from half of the time on. */
const TRY_S = 30;

/** A proxy whose upstream is gone, and one that turns away this node host alone. */
export const futileScenario: Scenario = {
  name: 'proxy-502',
  versions: ['2026.4.15', '2026.9.6'],
  shortVersions: ['2026.9.6'],
  async run(context) {
    const gateway = await healthyGateway(context);
    await Promise.all([meetsNobody(context, gateway), othersGetIn(context, gateway)]);
  },
};

/** Its attempts fail and so do ours by the same way: a restart would meet that again. */
async function meetsNobody(context: ScenarioContext, gateway: Gateway): Promise<void> {
  const { exporter, firstAt } = await behindProxy(context, gateway, { node: NO_WAY });
  const fault = 'proxy answers 502 to everybody';
  await claimVerdict(context, {
    exporter,
    node: NO_WAY,
    fault,
    state: 'gateway-down',
    reason: 'endpoint-unreachable',
    livez: 200,
    withinSeconds: 15,
    sinceMs: firstAt,
  });
  const watchedS = FUTILE_AFTER_S + NEXT_ATTEMPT_S + TRY_S;
  await sleep(Math.max(0, firstAt + watchedS * 1_000 - monotonicMs()));
  claimNeverAccused(context, {
    exporter,
    node: NO_WAY,
    fault: `${fault} for ${watchedS} s`,
    sinceMs: firstAt,
  });
}

/** Its attempts fail and fail, while ours get through by the same way. */
async function othersGetIn(context: ScenarioContext, gateway: Gateway): Promise<void> {
  const admits = 'openclaw-liveness-exporter';
  const { exporter, firstAt } = await behindProxy(context, gateway, { node: FUTILE, admits });
  const fault = 'proxy answers 502 to this node host alone';
  await claimVerdict(context, {
    exporter,
    node: FUTILE,
    fault,
    state: 'reconnecting',
    livez: 200,
    withinSeconds: 10,
    sinceMs: firstAt,
  });
  const futile = await claimVerdict(context, {
    exporter,
    node: FUTILE,
    fault: `${fault}, futile after ${FUTILE_AFTER_S} s`,
    state: 'zombie',
    reason: 'futile',
    livez: 503,
    withinSeconds: FUTILE_AFTER_S + NEXT_ATTEMPT_S,
    sinceMs: firstAt,
  });
  const tookS = ((futile?.atMs ?? firstAt) - firstAt) / 1_000;
  context.record({
    fault: `${fault}: patience`,
    verdict: `no 503 in the first ${FUTILE_AFTER_S} s`,
    passed: tookS >= FUTILE_AFTER_S - 5,
    seen: `503 after ${tookS.toFixed(1)} s`,
  });
}

async function behindProxy(
  context: ScenarioContext,
  gateway: Gateway,
  { node, ...options }: BadGatewayOptions & { readonly node: string },
): Promise<{ readonly exporter: ExporterUnderTest; readonly firstAt: number }> {
  const peer = context.cleanup.use(await BadGateway.start(options));
  const host = await nodeHost(context, gateway, { displayName: node, endpoint: peer.endpoint });
  const exporter = await exporterFor(context, gateway, {
    hosts: [host],
    token: gateway.token,
    thresholds: { futile_after: `${FUTILE_AFTER_S}s` },
  });
  await host.waitForLine(/502/, 60_000);
  return { exporter, firstAt: monotonicMs() };
}
