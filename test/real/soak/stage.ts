import { ExporterUnderTest } from '../exporter-under-test.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { startGateway, type Gateway } from '../harness/gateway.ts';
import type { OpenClawVersion } from '../harness/installation.ts';
import { startNodeHost, type InjectedFault, type NodeHost } from '../harness/node-host.ts';
import { startTcpProxy, type TcpProxy } from '../harness/peers/tcp-proxy.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { KEEP_ALIVE } from '../scenarios/world.ts';
import { RosterWatch } from './roster-watch.ts';
import type { Truth } from './truth.ts';
import { Watcher } from './watcher.ts';

/** On a machine that compiles. */
const PATIENCE_MS = 300_000;

/** One gateway and all that dials it. */
export interface Site {
  readonly name: string;
  readonly version: OpenClawVersion;
  readonly gateway: Gateway;
  readonly roster: RosterWatch;
  readonly hosts: WatchedHost[];
}

export interface WatchedHost {
  readonly name: string;
  readonly site: Site;
  readonly host: NodeHost;
  /** Its own way to the gateway. */
  readonly tunnel: TcpProxy;
  readonly preload: InjectedFault;
}

export interface Stage {
  readonly sites: readonly Site[];
  readonly hosts: readonly WatchedHost[];
  /** One that is left alone, whose memory is what the hours make of it, and one that is killed and stopped. */
  readonly steady: Watcher;
  readonly troubled: Watcher;
}

const SITES = [
  { name: 'old', version: '2026.4.15' },
  { name: 'new', version: '2026.9.6' },
] as const;
/** A process is loaded with one fault of these; all others can befall both. */
const HOSTS = [
  { suffix: 'A', preload: 'busy-loop' },
  { suffix: 'B', preload: 'lost-timer' },
] as const;

/** Two gateways with two node hosts each, all attached, and two exporters that watch all of it. */
export async function setStage(cleanup: Cleanup, truth: Truth, say: (line: string) => void): Promise<Stage> {
  const sites: Site[] = [];
  for (const { name, version } of SITES) {
    const gateway = cleanup.use(await startGateway({ version }));
    await gateway.waitForOperator();
    say(`the gateway of ${version} is up`);
    const site: Site = { name, version, gateway, roster: new RosterWatch(gateway, truth), hosts: [] };
    for (const { suffix, preload } of HOSTS) site.hosts.push(await hostOf(cleanup, site, suffix, preload));
    say(`${site.hosts.map((host) => host.name).join(' and ')} are attached`);
    sites.push(site);
  }
  const hosts = sites.flatMap((site) => site.hosts);
  const [steady, troubled] = [
    await watcherOf(cleanup, 'left alone', sites),
    await watcherOf(cleanup, 'killed and stopped', sites),
  ];
  for (const watcher of [steady, troubled]) {
    watcher.start(hosts.map(({ name }) => name));
    cleanup.defer(() => watcher.end());
  }
  for (const { roster } of sites) {
    roster.start();
    cleanup.defer(() => roster.end());
  }
  return { sites, hosts, steady, troubled };
}

async function hostOf(
  cleanup: Cleanup,
  site: Site,
  suffix: string,
  preload: InjectedFault,
): Promise<WatchedHost> {
  const { gateway, version } = site;
  const name = `${site.name}-${suffix}`;
  const tunnel = cleanup.use(await startTcpProxy({ upstream: gateway.endpoint }));
  const host = cleanup.use(
    await startNodeHost({
      version,
      endpoint: tunnel.endpoint,
      token: gateway.token,
      displayName: name,
      keepAlive: KEEP_ALIVE,
      preload,
    }),
  );
  await gateway.waitAttached(name, PATIENCE_MS);
  await gateway.approveCommands(name);
  return { name, site, host, tunnel, preload };
}

async function watcherOf(cleanup: Cleanup, name: string, sites: readonly Site[]): Promise<Watcher> {
  const exporter = cleanup.use(
    await ExporterUnderTest.start({
      gateways: sites.map((site) => ({
        name: site.name,
        url: site.gateway.url,
        token: site.gateway.token,
      })),
      nodes: sites
        .flatMap((site) => site.hosts)
        .map(({ name: node, host }) => ({ name: node, stateDir: host.stateDir })),
      isSampled: false,
    }),
  );
  return new Watcher(name, exporter);
}

/** Waits until each node host has been attached by one connection for so long. */
export async function settle({ hosts }: Stage, forMs: number): Promise<void> {
  const isSettled = ({ site, name }: WatchedHost): boolean => site.roster.attachedForMs(name) >= forMs;
  await waitUntil(() => hosts.every(isSettled), {
    timeoutMs: PATIENCE_MS + forMs,
    everyMs: 500,
    what: `all node hosts to stay attached for ${forMs / 1_000} s`,
  });
}
