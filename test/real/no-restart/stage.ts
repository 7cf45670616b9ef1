import type { RealManager } from '../../sources/linux/real-manager.ts';
import { ExporterUnderTest } from '../exporter-under-test.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { startGateway, type Gateway } from '../harness/gateway.ts';
import type { OpenClawVersion } from '../harness/installation.ts';
import type { InjectedFault } from '../harness/node-host.ts';
import { startTcpProxy, type TcpProxy } from '../harness/peers/tcp-proxy.ts';
import { SystemdNodeHost } from '../harness/systemd-node-host.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { RosterWatch } from '../soak/roster-watch.ts';
import { Truth } from '../soak/truth.ts';

/** On a machine that compiles. */
const PATIENCE_MS = 300_000;
/** OpenClaw's unit says 5: six 2026.4 that find no gateway would take both cores. */
const RESTART_SECONDS = 15;
/** Of those that are refused at every start, for the whole hour. */
const RESTART_REFUSED_SECONDS = 60;

/** As eager as the configuration lets it be, so that what holds it back is its rules and no budget. */
const RECOVERY = {
  enabled: true,
  held: '10s',
  gateway_healthy: '0s',
  wait_for_commands: '0s',
  cooldown: '1m',
  max_attempts: 20,
  refill_after: '1m',
};

/** A node host that is attached, and its own way to the gateway. */
export interface Member {
  readonly name: string;
  readonly host: SystemdNodeHost;
  readonly tunnel: TcpProxy;
  /** How often the trouble itself ended its process. */
  crashes: number;
}

/** An exporter with recovery on, and whom it watches. */
export interface Keeper {
  readonly exporter: ExporterUnderTest;
  readonly hosts: readonly SystemdNodeHost[];
}

/** One gateway and all that dials it. */
export interface Site {
  readonly name: string;
  readonly version: OpenClawVersion;
  readonly gateway: Gateway;
  readonly roster: RosterWatch;
  /** One that can lose its timers, one that is as it is, one that can start slowly. */
  readonly fleet: readonly [silent: Member, plain: Member, slow: Member];
  readonly refused: { readonly wrongToken: SystemdNodeHost; readonly parked: SystemdNodeHost };
  /** Two: beside three that are well, those that are refused would be a failure of many, and nobody tempted. */
  readonly keepers: { readonly fleet: Keeper; readonly refused: Keeper };
}

interface Place {
  readonly cleanup: Cleanup;
  readonly manager: RealManager;
  readonly site: string;
  readonly version: OpenClawVersion;
  readonly gateway: Gateway;
}

/** A real gateway, five real node hosts as units of a real systemd, and two exporters that may restart them. */
export async function setSite(
  cleanup: Cleanup,
  manager: RealManager,
  { name, version }: { readonly name: string; readonly version: OpenClawVersion },
): Promise<Site> {
  const gateway = cleanup.use(
    await startGateway({ version, gatewayConfig: { trustedProxies: ['127.0.0.1'] } }),
  );
  await gateway.waitForOperator();
  const place: Place = { cleanup, manager, site: name, version, gateway };
  const silent = await memberOf(place, 'A', 'lost-timer');
  const plain = await memberOf(place, 'B');
  const slow = await memberOf(place, 'C', 'slow-start');
  const fleet = [silent, plain, slow] as const;
  const wrongToken = await refusedOf(place, 'WrongToken', { token: 'wrong', endpoint: gateway.endpoint });
  // A client from elsewhere has to be approved, and nobody does.
  const proxy = await startTcpProxy({
    upstream: gateway.endpoint,
    addHeaders: { 'X-Forwarded-For': '203.0.113.7' },
  });
  const { endpoint } = cleanup.use(proxy);
  const parked = await refusedOf(place, 'Parked', { token: gateway.token, endpoint });
  const keepers = {
    fleet: await keeperOf(
      place,
      fleet.map(({ host }) => host),
    ),
    refused: await keeperOf(place, [wrongToken, parked]),
  };
  const roster = new RosterWatch(gateway, new Truth());
  roster.start();
  cleanup.defer(() => roster.end());
  return { name, version, gateway, roster, fleet, refused: { wrongToken, parked }, keepers };
}

async function memberOf(place: Place, suffix: string, preload?: InjectedFault): Promise<Member> {
  const { cleanup, manager, version, gateway } = place;
  const name = `${place.site}-${suffix}`;
  const tunnel = cleanup.use(await startTcpProxy({ upstream: gateway.endpoint }));
  const { token } = gateway;
  const options = { version, endpoint: tunnel.endpoint, token, displayName: name };
  const host = cleanup.use(
    await SystemdNodeHost.start(manager, { ...options, ...(preload && { preload }) }, RESTART_SECONDS),
  );
  await gateway.waitAttached(name, PATIENCE_MS);
  await gateway.approveCommands(name);
  return { name, host, tunnel, crashes: 0 };
}

async function refusedOf(
  { cleanup, manager, site, version }: Place,
  suffix: string,
  options: { readonly token: string; readonly endpoint: TcpProxy['endpoint'] },
): Promise<SystemdNodeHost> {
  const displayName = `${site}-${suffix}`;
  return cleanup.use(
    await SystemdNodeHost.start(manager, { version, displayName, ...options }, RESTART_REFUSED_SECONDS),
  );
}

async function keeperOf(
  { cleanup, manager, gateway }: Place,
  hosts: readonly SystemdNodeHost[],
): Promise<Keeper> {
  const exporter = await ExporterUnderTest.start({
    gatewayUrl: gateway.url,
    token: gateway.token,
    nodes: hosts.map(({ displayName, stateDir }) => ({ name: displayName, stateDir })),
    recovery: RECOVERY,
    environment: manager.environment,
    isSampled: false,
  });
  return { exporter: cleanup.use(exporter), hosts };
}

/** Waits until each of the fleet has been attached by one connection for so long. */
export async function settleSite({ fleet, roster }: Site, forMs: number): Promise<void> {
  await waitUntil(() => fleet.every(({ name }) => roster.attachedForMs(name) >= forMs), {
    timeoutMs: PATIENCE_MS + forMs,
    everyMs: 500,
    what: `${fleet.map(({ name }) => name).join(', ')} to stay attached for ${forMs / 1_000} s`,
  });
}
