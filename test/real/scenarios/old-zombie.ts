import { claimVerdict } from '../claims.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import type { Gateway } from '../harness/gateway.ts';
import type { NodeHost } from '../harness/node-host.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { attachedNodeHost, exporterFor, healthyGateway, reconnectsByItself } from './world.ts';

const NODE = 'OldZombie';
/** How old the zombie is when the exporter first looks. */
const OLD_MS = 120_000;
/**
 * It never saw it dial, so it gives it the whole backoff and a handshake; its own start comes on top. A dial of 2026.4 has
 * no deadline: what a way that was lost until now had swallowed TCP sends again up to two minutes later.
 */
const FIRST_VERDICT_S = { reconnects: 75, waitsForTcp: 240 };
const GROWS_FOR_MS = 20_000;
const HEARTBEAT_AGE = 'openclaw_nodehost_heartbeat_age_seconds';
/** Between the gateway's record and the harness' own clock reading. */
const SKEW_SECONDS = 5;

/** An exporter that nobody had installed when the node host fell silent: the gateway recorded when it was last there. */
export const oldZombieScenario: Scenario = {
  name: 'old-zombie',
  versions: ['2026.4.15', '2026.9.6'],
  shortVersions: [],
  async run(context) {
    const gateway = await healthyGateway(context);
    const { host, silentAt } = reconnectsByItself(context)
      ? await losesItsTimer(context, gateway)
      : await meetsAMutePeer(context, gateway);
    await sleep(Math.max(0, silentAt + OLD_MS - monotonicMs()));

    const startedAt = monotonicMs();
    const exporter = await exporterFor(context, gateway, { hosts: [host], token: gateway.token });
    await claimVerdict(context, {
      exporter,
      node: NODE,
      fault: 'exporter started beside an old zombie, from its start on',
      state: 'zombie',
      livez: 503,
      withinSeconds: reconnectsByItself(context) ? FIRST_VERDICT_S.reconnects : FIRST_VERDICT_S.waitsForTcp,
      sinceMs: startedAt,
    });
    await recordAge(context, { exporter, silentAt, startedAt, isRecorded: await isRecorded(gateway) });
  },
};

interface Zombie {
  readonly host: NodeHost;
  /** When it was attached last, on the monotonic clock. */
  readonly silentAt: number;
}

async function losesItsTimer(context: ScenarioContext, gateway: Gateway): Promise<Zombie> {
  const host = await attachedNodeHost(context, gateway, { displayName: NODE, preload: 'lost-timer' });
  host.loseTimers();
  await sleep(500);
  const silentAt = monotonicMs();
  await gateway.restart({ outageMs: 500 });
  await gateway.waitForOperator();
  return { host, silentAt };
}

/** Restarted, and its new connection meets a peer that never answers: before 2026.9 it waits for ever. */
async function meetsAMutePeer(context: ScenarioContext, gateway: Gateway): Promise<Zombie> {
  const proxy = context.cleanup.use(await startTcpProxy({ upstream: gateway.endpoint }));
  const host = await attachedNodeHost(context, gateway, { displayName: NODE, endpoint: proxy.endpoint });
  proxy.swallowNext();
  const silentAt = monotonicMs();
  host.crash();
  await waitUntil(() => proxy.swallowed > 0, { timeoutMs: 120_000, what: 'its next connection' });
  return { host, silentAt };
}

/** Whether the gateway tells when a node that is not attached was there last; 2026.4 does not. */
async function isRecorded(gateway: Gateway): Promise<boolean> {
  const row = await gateway.node(NODE);
  return ['lastDisconnectedAtMs', 'lastConnectedAtMs', 'lastSeenAtMs'].some(
    (key) => typeof row?.[key] === 'number',
  );
}

async function recordAge(
  context: ScenarioContext,
  run: {
    readonly exporter: ExporterUnderTest;
    readonly silentAt: number;
    readonly startedAt: number;
    readonly isRecorded: boolean;
  },
): Promise<void> {
  const { exporter, silentAt, startedAt } = run;
  const first = await exporter.metric(HEARTBEAT_AGE, NODE);
  const silentSeconds = (monotonicMs() - silentAt) / 1_000;
  const upSeconds = (monotonicMs() - startedAt) / 1_000;
  const seen = `${first?.toFixed(1) ?? 'no'} s; silent for ${silentSeconds.toFixed(1)} s, exporter up for ${upSeconds.toFixed(1)} s`;
  if (!run.isRecorded) {
    // Nobody recorded it, so nobody can say; what must not be said is that it was alive since.
    context.record({
      fault: 'exporter started beside an old zombie, of which the gateway records nothing: heartbeat age',
      verdict: 'none, or no younger than the exporter',
      passed: first === undefined || Number.isNaN(first) || first >= upSeconds - SKEW_SECONDS,
      seen,
    });
    return;
  }
  context.record({
    fault: 'exporter started beside an old zombie: heartbeat age',
    verdict: 'at least as old as its silence',
    passed: first !== undefined && first >= silentSeconds - SKEW_SECONDS && first > upSeconds,
    seen,
  });
  await sleep(GROWS_FOR_MS);
  const later = await exporter.metric(HEARTBEAT_AGE, NODE);
  const grew = (later ?? Number.NaN) - (first ?? Number.NaN);
  context.record({
    fault: `exporter started beside an old zombie: heartbeat age ${GROWS_FOR_MS / 1_000} s later`,
    verdict: `${GROWS_FOR_MS / 1_000} s more`,
    passed: Math.abs(grew - GROWS_FOR_MS / 1_000) <= SKEW_SECONDS,
    seen: `${grew.toFixed(1)} s more`,
  });
}
