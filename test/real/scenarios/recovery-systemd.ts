import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRealManager, type RealManager } from '../../sources/linux/real-manager.ts';
import { settleAlive } from '../claims.ts';
import { ExporterUnderTest } from '../exporter-under-test.ts';
import type { Gateway } from '../harness/gateway.ts';
import type { NodeHostOptions } from '../harness/node-host.ts';
import { startTcpProxy } from '../harness/peers/tcp-proxy.ts';
import { readStat } from '../harness/proc.ts';
import { SystemdNodeHost } from '../harness/systemd-node-host.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { attempts, claimLeftAlone, claimRecovered, sum } from './recovery-claims.ts';
import { healthyGateway } from './world.ts';

/** As shipped, but for what would make the run hours: how long an accusation must hold, and how often may be tried. */
const RECOVERY = { enabled: true, held: '20s', gateway_healthy: '20s', cooldown: '1m', max_attempts: 2 };
/** A wrong restart would have come in this time: an accusation that held, and its cool-down. */
const WATCHED_MS = 120_000;
/** What another kills at once OpenClaw's launcher gives 30 s to stop. */
const WITHIN_SECONDS = 180;
/** What a gateway restart takes at least, beside its boot. */
const OUTAGES_MS = [2_000, 45_000];

/** A world of one scenario: its manager, its gateway. */
interface World {
  readonly context: ScenarioContext;
  readonly manager: RealManager;
  readonly gateway: Gateway;
}

/** The node hosts are units of a real systemd, and recovery asks that one, as it would on a user's machine. */
export const recoverySystemdScenario = underSystemd('recovery-systemd', recovers);

/** The same, for what no restart would help: there must be none. */
export const noRecoverySystemdScenario = underSystemd('no-recovery-systemd', leavesAlone);

function underSystemd(name: string, prove: (world: World) => Promise<void>): Scenario {
  return {
    name,
    versions: ['2026.4.15', '2026.9.6'],
    shortVersions: [],
    async run(context) {
      const manager = await startRealManager();
      if (manager === undefined) {
        const verdict = 'not tried: takes root and systemd';
        context.record({ fault: `${name}: a real systemd`, verdict, passed: true, seen: 'no manager' });
        return;
      }
      context.cleanup.defer(() => manager.stop());
      const gateway = await healthyGateway(context, { gatewayConfig: { trustedProxies: ['127.0.0.1'] } });
      await prove({ context, manager, gateway });
    },
  };
}

async function recovers(world: World): Promise<void> {
  const { context, gateway } = world;
  const stopped = await unit(world, { displayName: 'Stopped' });
  const silent = await unit(world, { displayName: 'Silent', preload: 'lost-timer' });
  for (const { displayName } of [stopped, silent]) {
    await gateway.waitAttached(displayName);
    await gateway.approveCommands(displayName);
  }
  const exporter = await exporterBeside(world, [stopped, silent]);
  for (const { displayName } of [stopped, silent]) await settleAlive(exporter, displayName);

  const stoppedAt = monotonicMs();
  stopped.freeze();
  await claimRecovered(context, {
    exporter,
    node: 'Stopped',
    fault: 'SIGSTOP, under systemd',
    sinceMs: stoppedAt,
    restarts: 1,
    withinSeconds: WITHIN_SECONDS,
  });
  silent.loseTimers();
  await sleep(500);
  await gateway.restart({ outageMs: 2_000 });
  await gateway.waitForOperator();
  await claimRecovered(context, {
    exporter,
    node: 'Silent',
    fault: 'lost timer, under systemd',
    sinceMs: monotonicMs(),
    restarts: 1,
    withinSeconds: WITHIN_SECONDS,
  });
  await settleAlive(exporter, 'Stopped');
  await claimNeitherRepeatsNorForgets(context, exporter, stopped);
  await claimExhausted(context, exporter, stopped);
  await exporter.end();
}

/** The new process is stopped as well, and its exporter killed once it has written down what it does and systemd has begun to. */
async function claimNeitherRepeatsNorForgets(
  context: ScenarioContext,
  exporter: ExporterUnderTest,
  host: SystemdNodeHost,
): Promise<void> {
  const file = join(exporter.directory, 'state', 'recovery.json');
  const isWritten = (): boolean => existsSync(file) && readFileSync(file, 'utf8').includes('"acting"');
  const launcher = host.property('MainPID');
  // Killed right after the file it may not have asked systemd yet, and there is no restart to be found again.
  const begun = (): boolean =>
    isWritten() && (host.property('ActiveState') !== 'active' || host.property('MainPID') !== launcher);
  const frozen = host.freeze();
  await waitUntil(begun, { timeoutMs: 240_000, everyMs: 50, what: 'the exporter to begin a restart' });
  await exporter.end('SIGKILL');
  await exporter.launch();
  await waitUntil(async () => sum(await attempts(exporter, host.displayName)) === 2, {
    timeoutMs: 300_000,
    what: 'the interrupted restart to be counted',
  });
  const counted = await attempts(exporter, host.displayName);
  const { spent } = (JSON.parse(readFileSync(file, 'utf8')) as SavedMemories).nodes[
    await keyOf(exporter, host.displayName)
  ] ?? { spent: [] };
  context.record({
    fault: 'the exporter killed in the middle of a restart',
    verdict: 'neither repeated nor forgotten',
    passed: spent.length === 2 && sum(counted) === 2,
    seen: `${spent.length} on disk; ${describe(counted)}; the stopped process ${readStat(frozen) === undefined ? 'is gone' : 'is still there'}`,
  });
  if (host.childPid === frozen) throw new Error('the interrupted restart did not come to pass');
  await settleAlive(exporter, host.displayName);
}

/** After as many restarts as are allowed the next stopped process stays as it is, and is a person's. */
async function claimExhausted(
  context: ScenarioContext,
  exporter: ExporterUnderTest,
  host: SystemdNodeHost,
): Promise<void> {
  const before = await attempts(exporter, host.displayName);
  const frozen = host.freeze();
  await sleep(WATCHED_MS);
  const exhausted = /^openclaw_nodehost_exporter_recovery_exhausted (\d+)$/m.exec(
    await exporter.page('/metrics'),
  );
  const after = await attempts(exporter, host.displayName);
  context.record({
    fault: 'SIGSTOP of each new process',
    verdict: 'counted, and left to a person after two restarts',
    passed: sum(after) === sum(before) && exhausted?.[1] === '1' && readStat(frozen)?.state === 'T',
    seen: `${describe(after)}; exhausted ${exhausted?.[1] ?? 'unknown'}; state ${readStat(frozen)?.state ?? 'gone'}`,
  });
}

interface SavedMemories {
  readonly nodes: Readonly<Record<string, { readonly spent: readonly number[] }>>;
}

async function keyOf(exporter: ExporterUnderTest, name: string): Promise<string> {
  const { key } = JSON.parse(await exporter.page(`/api/v1/nodes/${name}`)) as { readonly key: string };
  return key;
}

/** A wrong token, a parked one, and gateways that come and go while a third is well. */
async function leavesAlone(world: World): Promise<void> {
  const { context, gateway } = world;
  const proxy = context.cleanup.use(
    await startTcpProxy({ upstream: gateway.endpoint, addHeaders: { 'X-Forwarded-For': '203.0.113.7' } }),
  );
  const well = await unit(world, { displayName: 'Well' });
  const wrong = await unit(world, { displayName: 'WrongToken', token: 'wrong' });
  const parked = await unit(world, { displayName: 'Parked', endpoint: proxy.endpoint });
  await gateway.waitAttached('Well');
  const exporter = await exporterBeside(world, [well, wrong, parked]);
  await settleAlive(exporter, 'Well');
  const pid = well.childPid;
  for (const outageMs of OUTAGES_MS) {
    await gateway.restart({ outageMs });
    await gateway.waitForOperator();
    await gateway.waitAttached('Well');
  }
  await sleep(WATCHED_MS);
  const outages = OUTAGES_MS.map((ms) => `${ms / 1_000} s`).join(' and ');
  await claimLeftAlone(context, exporter, {
    node: 'Well',
    fault: `gateway restarts of ${outages}, under systemd`,
  });
  await claimLeftAlone(context, exporter, { node: 'WrongToken', fault: 'wrong token, under systemd' });
  await claimLeftAlone(context, exporter, { node: 'Parked', fault: 'parked, under systemd' });
  if (context.version !== '2026.9.6') return;
  const isSame = well.childPid === pid;
  const seen = `pid ${pid ?? 'none'}, then ${well.childPid ?? 'none'}`;
  context.record({ fault: 'Well: its process', verdict: 'is the first one still', passed: isSame, seen });
}

async function unit(
  { context, manager, gateway }: World,
  options: Partial<NodeHostOptions> & { readonly displayName: string },
): Promise<SystemdNodeHost> {
  const { version, cleanup } = context;
  const { endpoint, token } = gateway;
  return cleanup.use(await SystemdNodeHost.start(manager, { version, endpoint, token, ...options }));
}

async function exporterBeside(
  { context, manager, gateway }: World,
  hosts: readonly SystemdNodeHost[],
): Promise<ExporterUnderTest> {
  const started = await ExporterUnderTest.start({
    gatewayUrl: gateway.url,
    token: gateway.token,
    nodes: hosts.map(({ displayName, stateDir }) => ({ name: displayName, stateDir })),
    recovery: RECOVERY,
    environment: manager.environment,
  });
  return context.cleanup.use(started);
}

function describe(counted: ReadonlyMap<string, number>): string {
  return [...counted].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
}
