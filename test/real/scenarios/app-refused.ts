import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ExporterUnderTest } from '../exporter-under-test.ts';
import { App } from '../harness/app.ts';
import type { Gateway } from '../harness/gateway.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { healthyGateway } from './world.ts';

const NAME = 'Ana';
/** What the app meets in turns; the gateway calls the two so. */
const TURNS = ['token_mismatch', 'pairing_required'] as const;
const ATTEMPTS_A_TURN = 3;
/** As an app at the beginning of its backoff: ten refusals in a minute would be answered by a lock-out. */
const PAUSE_MS = 7_000;
/** A line is read within a second, and the verdict made with it. */
const TOLD_WITHIN_MS = 5_000;
const DURATION_MS = { short: 60_000, long: 600_000 } as const;

/** openclaw#41407: an app whose token and pairing are wrong in turns, seen by the gateway's log, with a token and without. */
export const appRefusedScenario: Scenario = {
  name: 'app-refused',
  versions: ['2026.9.6', '2026.4.15'],
  // CI's half hour is full.
  shortVersions: [],
  async run(context) {
    const { cleanup, version } = context;
    const gateway = await healthyGateway(context, { gatewayConfig: { trustedProxies: ['127.0.0.1'] } });
    // With a forwarding header the gateway takes the app for a remote one, which it does not pair by itself.
    const proxy = cleanup.use(
      await startTcpProxy({ upstream: gateway.endpoint, addHeaders: { 'X-Forwarded-For': '203.0.113.7' } }),
    );
    // 2026.4 logs where all OpenClaw processes of a machine do, whatever its configuration says.
    const log = version === '2026.4.15' ? undefined : join(gateway.home, 'gateway.jsonl');
    const start = async (token?: string): Promise<ExporterUnderTest> =>
      cleanup.use(
        await ExporterUnderTest.start({
          gatewayUrl: gateway.url,
          nodes: [],
          ...(token !== undefined && { token }),
          ...(log !== undefined && { gatewayLog: log }),
        }),
      );
    const exporters = {
      'with a token': await start(gateway.token),
      'without a token': await start(),
    };
    const app = cleanup.use(
      new App({
        url: `ws://127.0.0.1:${proxy.endpoint.port}`,
        token: 'a-token-from-before-the-rotation',
        displayName: NAME,
        instanceId: '11111111-2222-3333-4444-555555555555',
      }),
    );
    await refusedInTurns(context, { app, gateway, exporters, log });
    await tokenIsMade(context, gateway, exporters);
  },
};

interface Refused {
  readonly app: App;
  readonly gateway: Gateway;
  readonly exporters: Readonly<Record<string, ExporterUnderTest>>;
  readonly log: string | undefined;
}

async function refusedInTurns(
  context: ScenarioContext,
  { app, gateway, exporters, log }: Refused,
): Promise<void> {
  const end = monotonicMs() + DURATION_MS[context.isShort ? 'short' : 'long'];
  const late = new Map(Object.keys(exporters).map((name) => [name, 0]));
  for (let turn = 0; monotonicMs() < end || turn < 4; turn += 1) {
    const reason = TURNS[turn % TURNS.length] ?? TURNS[0];
    app.use({ token: reason === 'token_mismatch' ? 'a-token-from-before-the-rotation' : gateway.token });
    for (let attempt = 0; attempt < ATTEMPTS_A_TURN; attempt += 1) {
      await app.attempt();
      for (const [name, exporter] of Object.entries(exporters))
        late.set(name, Math.max(late.get(name) ?? 0, await blockedAfterMs(exporter, reason)));
      await sleep(PAUSE_MS);
    }
    if (turn === 1 && log !== undefined) await rename(log, `${log}.1`);
    if (turn === 2) {
      // What the app meets meanwhile is read up on.
      const [exporter] = Object.values(exporters);
      await exporter?.end('SIGKILL');
      await app.attempt();
      await exporter?.launch();
    }
  }
  for (const [name, exporter] of Object.entries(exporters)) {
    const fault = `an app refused in turns, ${name}`;
    const tookSeconds = (late.get(name) ?? 0) / 1_000;
    context.record({
      fault,
      verdict: 'blocked by the reason of the moment',
      tookSeconds,
      withinSeconds: TOLD_WITHIN_MS / 1_000,
      passed: tookSeconds <= (TOLD_WITHIN_MS / 1_000) * context.leniency,
      seen: `at most ${tookSeconds.toFixed(1)} s after the refusal`,
    });
    const counted = await refusalsOf(exporter);
    const saw = Object.fromEntries(TURNS.map((reason) => [reason, app.count(`refused:${reason}`)]));
    context.record({
      fault,
      verdict:
        'refusals are counted as the app saw them, over a rotation of the log and a SIGKILL of the exporter',
      passed: TURNS.every((reason) => counted[reason] === saw[reason]),
      seen: `app ${JSON.stringify(saw)}, counted ${JSON.stringify(counted)}`,
    });
  }
}

/** Milliseconds until the app is shown as blocked for that reason. */
async function blockedAfterMs(exporter: ExporterUnderTest, reason: string): Promise<number> {
  return waitUntil(
    async () => {
      const { state, reasons = [] } = JSON.parse(await exporter.page(`/api/v1/nodes/${NAME}`)) as {
        state?: string;
        reasons?: readonly string[];
      };
      return state === 'blocked' && reasons.includes(reason);
    },
    { timeoutMs: 60_000, everyMs: 100, what: `${NAME} to be blocked for ${reason}` },
  );
}

async function refusalsOf(exporter: ExporterUnderTest): Promise<Partial<Record<string, number>>> {
  const lines = (await exporter.page('/metrics')).split('\n');
  const found = lines.flatMap((line) => {
    const [, reason = '', count] =
      /^openclaw_nodehost_auth_failures_total\{.*node_host="Ana",reason="(\w+)"\} (\d+)$/.exec(line) ?? [];
    return count === undefined || count === '0' ? [] : [[reason, Number(count)] as const];
  });
  return Object.fromEntries(found);
}

/** Of a gateway that starts without a token: told within 5 s of its own line. */
async function tokenIsMade(
  context: ScenarioContext,
  gateway: Gateway,
  exporters: Readonly<Record<string, ExporterUnderTest>>,
): Promise<void> {
  await gateway.stop();
  await gateway.loseToken();
  await gateway.start();
  await waitUntil(async () => (await gateway.output()).includes('auth token was missing'), {
    timeoutMs: 240_000,
    everyMs: 100,
    what: 'the gateway to make itself a token',
  });
  const sinceMs = monotonicMs();
  // In a file that other gateways write to as well, whose start it was is told by a later line of it.
  const withinSeconds = context.version === '2026.4.15' ? 90 : 5;
  await Promise.all(
    Object.entries(exporters).map(async ([name, exporter]) => {
      const isTold = async (): Promise<boolean> =>
        /^openclaw_nodehost_gateway_token_regenerated_total\{[^}]*\} 1$/m.test(
          await exporter.page('/metrics'),
        );
      await waitUntil(isTold, { timeoutMs: 180_000, everyMs: 100, what: 'the exporter to tell' });
      const tookSeconds = (monotonicMs() - sinceMs) / 1_000;
      context.record({
        fault: `a gateway without a token makes one, ${name}`,
        verdict: 'told',
        tookSeconds,
        withinSeconds,
        passed: tookSeconds <= withinSeconds * context.leniency,
        seen: 'counted once',
      });
    }),
  );
  await gateway.waitHealthy();
}
