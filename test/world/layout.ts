import type { NodeHostHints } from '../../src/core/index.ts';
import type { Watched } from './exporter/core.ts';
import type { WatchedGateway } from './exporter/exporter.ts';
import { VIEWPOINT_SETS, type ViewpointSet } from './exporter/viewpoints.ts';
import { newDevice } from './gateway/devices.ts';
import { Gateway } from './gateway/gateway.ts';
import { Machine } from './machine.ts';
import { Certificate, Link, NameServer, Proxy, Tunnel } from './network/parts.ts';
import { Path, type PathParts } from './network/path.ts';
import { NodeHost } from './node-host/node-host.ts';
import type { SupervisorKind } from './node-host/supervisor.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';
import { VERSIONS, type Version } from './version.ts';

export const WAY_KINDS = ['loopback', 'network', 'tunnel', 'proxy'] as const;
/** How a node host gets to its gateway. */
export type WayKind = (typeof WAY_KINDS)[number];

export const NAMINGS = ['named', 'unnamed', 'alike', 'aliased'] as const;
/** How the node hosts of one machine are called; it decides what can tell their rows apart. */
export type Naming = (typeof NAMINGS)[number];

/** A gateway with the ways to it from the exporter's machine. */
export interface Site {
  readonly gateway: Gateway;
  readonly wayKind: WayKind;
  readonly parts: PathParts;
  /** As the node hosts of the exporter's machine dial it. */
  readonly hostPath: () => Path;
  readonly exporterPath: Path;
  readonly isLoopback: boolean;
}

/** What stands where in one world. */
export interface Layout {
  readonly desk: Machine;
  readonly sites: readonly Site[];
  /** On the exporter's machine. */
  readonly locals: readonly NodeHost[];
  /** Elsewhere. */
  readonly remotes: readonly NodeHost[];
  readonly siteOf: (host: NodeHost) => Site;
  readonly watched: readonly Watched[];
  readonly watchedGateways: readonly WatchedGateway[];
  readonly naming: Naming;
  readonly viewpoints: ViewpointSet;
}

/** What a caller fixes of the layout; the rest is drawn. */
export interface LayoutWishes {
  readonly viewpoints?: ViewpointSet;
  readonly versions?: readonly Version[];
  readonly hosts?: number;
  readonly gateways?: number;
  readonly way?: WayKind;
  readonly naming?: Naming;
  readonly supervisor?: SupervisorKind;
}

const START_WALL_MS = Date.UTC(2026, 10, 22, 3);
/** Far from the wall clock and of other size, so that whoever mixes them up fails. */
const START_MONO_MS = 10_000_000;
const PORT = 18_789;
const TUNNEL_PORT = 18_790;
export const TOKEN = 'example-token-a';

export function drawLayout(timeline: Timeline, random: Random, wishes: LayoutWishes): Layout {
  const draw = random.fork('layout');
  const desk = new Machine(timeline, {
    name: 'desk',
    wallMs: START_WALL_MS,
    monoMs: START_MONO_MS,
    monoStopsInSleep: draw.chance(0.7),
  });
  const versions = wishes.versions ?? VERSIONS;
  const siteCount = wishes.gateways ?? (draw.chance(0.12) ? 2 : 1);
  const sites: Site[] = [];
  for (let at = 0; at < siteCount; at += 1) {
    sites.push(drawSite(at, { timeline, desk, random: random.fork(`site ${at}`), wishes, versions }));
  }
  const naming =
    wishes.naming ?? draw.pick<Naming>(['named', 'named', 'named', 'unnamed', 'alike', 'aliased']);
  const count =
    wishes.hosts ??
    draw.weighted([
      [5, 1],
      [4, 2],
      [1, 3],
    ]);
  const supervisor =
    wishes.supervisor ?? draw.pick<SupervisorKind>(['launchd', 'systemd', 'systemd', 'none']);
  const siteOfHost = new Map<NodeHost, Site>();
  const watched: Watched[] = [];
  const locals: NodeHost[] = [];
  for (let at = 0; at < count; at += 1) {
    const site = sites[at % sites.length]!;
    const { host, target } = drawHost(at, {
      desk,
      site,
      naming,
      supervisor,
      versions,
      random: random.fork(`host ${at}`),
    });
    siteOfHost.set(host, site);
    locals.push(host);
    watched.push(target);
  }
  const remotes = drawRemotes(timeline, { sites, versions, random: random.fork('remotes'), siteOfHost });
  for (const site of sites) addStrangers(site.gateway, draw);
  return {
    desk,
    sites,
    locals,
    remotes,
    siteOf: (host) => siteOfHost.get(host)!,
    watched,
    watchedGateways: sites.map(({ gateway, exporterPath, isLoopback }) => ({
      gateway,
      path: exporterPath,
      isLoopback,
    })),
    naming,
    viewpoints: wishes.viewpoints ?? draw.weighted(VIEWPOINT_SETS),
  };
}

interface SiteSurroundings {
  readonly timeline: Timeline;
  readonly desk: Machine;
  readonly random: Random;
  readonly wishes: LayoutWishes;
  readonly versions: readonly Version[];
}

function drawSite(at: number, { timeline, desk, random, wishes, versions }: SiteSurroundings): Site {
  const wayKind =
    wishes.way ??
    random.weighted<WayKind>([
      [5, 'loopback'],
      [2, 'network'],
      [2, 'tunnel'],
      [2, 'proxy'],
    ]);
  const machine =
    wayKind === 'loopback'
      ? desk
      : new Machine(timeline, {
          name: `gateway-machine-${at}`,
          // Nobody's clock is right.
          wallMs: START_WALL_MS + random.between(-90_000, 90_000),
          monoMs: 5_000_000,
          monoStopsInSleep: true,
        });
  // A 2026.9 node host does not speak to a 2026.4 gateway.
  const isOld = !versions.includes('2026.9.6') && random.chance(0.6);
  const gateway = new Gateway({
    name: `gw-${at}`,
    machine,
    version: isOld ? '2026.4.15' : '2026.9.6',
    random: random.fork('gateway'),
    token: TOKEN,
    pairsLocalDevices: random.chance(0.8),
  });
  const parts = partsOf(wayKind, random);
  const port = PORT + 10 * at;
  const path = (host: string, usedPort: number, of: PathParts): Path =>
    new Path({
      from: desk,
      to: gateway,
      host,
      port: usedPort,
      random: random.fork(`${host}:${usedPort}`),
      ...of,
    });
  const address = wayKind === 'loopback' ? '127.0.0.1' : random.chance(0.5) ? 'gw.example' : '192.0.2.10';
  const isTunnel = wayKind === 'tunnel';
  const hostPath = (): Path =>
    isTunnel ? path('127.0.0.1', TUNNEL_PORT + 10 * at, parts) : path(address, port, parts);
  // The exporter may be told the gateway's own address though the node host takes a tunnel.
  const goesAround = isTunnel && random.chance(0.5);
  return {
    gateway,
    wayKind,
    parts,
    hostPath,
    exporterPath: goesAround
      ? path(address, port, { ...(parts.link !== undefined && { link: parts.link }) })
      : hostPath(),
    isLoopback: wayKind === 'loopback' || isTunnel,
  };
}

function partsOf(wayKind: WayKind, random: Random): PathParts {
  const link = new Link();
  switch (wayKind) {
    case 'loopback':
      return {};
    case 'network': {
      const isTls = random.chance(0.4);
      return { link, names: new NameServer(), ...(isTls && { certificate: new Certificate() }) };
    }
    case 'tunnel':
      return { link, tunnel: new Tunnel() };
    case 'proxy':
      return { link, proxy: new Proxy(), certificate: new Certificate(), names: new NameServer() };
    default:
      return wayKind satisfies never;
  }
}

interface HostSurroundings {
  readonly desk: Machine;
  readonly site: Site;
  readonly naming: Naming;
  readonly supervisor: SupervisorKind;
  readonly versions: readonly Version[];
  readonly random: Random;
}

function drawHost(
  at: number,
  { desk, site, naming, supervisor, versions, random }: HostSurroundings,
): { readonly host: NodeHost; readonly target: Watched } {
  const version = site.gateway.version === '2026.4.15' ? '2026.4.15' : random.pick(versions);
  const path = site.hostPath();
  const displayName = naming === 'named' ? `Node${at}` : naming === 'alike' ? 'Node' : 'desk';
  const id = `node-${at}`;
  const unit =
    supervisor === 'systemd'
      ? ({ manager: 'systemd', unit: `openclaw-node${at}.service`, user: true } as const)
      : undefined;
  // 2026.9 keeps where it dials in its database; only its command line tells.
  const tellsEndpoint = version === '2026.4.15' || random.chance(0.85);
  const host = new NodeHost({
    id,
    displayName,
    version,
    machine: desk,
    path,
    supervisor,
    random: random.fork('node host'),
    token: TOKEN,
    isLoopback: site.isLoopback,
    hints: {
      ...(tellsEndpoint && { endpoint: { host: path.host, port: path.port } }),
      ...(path.parts.certificate !== undefined && { tls: true }),
      ...((naming === 'named' || naming === 'alike') && { displayName }),
      ...(random.chance(0.85) && { version }),
      ...(unit === undefined ? { logPaths: [`/logs/${id}.log`] } : { service: unit }),
    },
    bootMs: [1_200, 15_000],
  });
  // Up to 2026.4 a file in its state directory tells the id of its device.
  const tellsDevice = version === '2026.4.15' && random.chance(0.6);
  const hints: NodeHostHints = { ...host.hints, ...(tellsDevice && { nodeId: host.deviceId }) };
  host.hints = hints;
  return {
    host,
    target: {
      id,
      ...(naming === 'aliased' && { name: `alias-${at}` }),
      ...(random.chance(0.1) && { nodeId: host.deviceId }),
    },
  };
}

function drawRemotes(
  timeline: Timeline,
  surroundings: {
    readonly sites: readonly Site[];
    readonly versions: readonly Version[];
    readonly random: Random;
    readonly siteOfHost: Map<NodeHost, Site>;
  },
): readonly NodeHost[] {
  const { sites, versions, random, siteOfHost } = surroundings;
  const remotes: NodeHost[] = [];
  const count = random.weighted([
    [5, 0],
    [3, 1],
    [1, 2],
  ]);
  for (let at = 0; at < count; at += 1) {
    const site = random.pick(sites);
    const machine = new Machine(timeline, {
      name: `far-${at}`,
      wallMs: START_WALL_MS + random.between(-30_000, 30_000),
      monoMs: 1_000_000,
      monoStopsInSleep: true,
    });
    const version = site.gateway.version === '2026.4.15' ? '2026.4.15' : random.pick(versions);
    const far = random.fork(`far ${at}`);
    const host = new NodeHost({
      id: `far-${at}`,
      displayName: `Far${at}`,
      version,
      machine,
      path: new Path({
        from: machine,
        to: site.gateway,
        host: 'gw.example',
        port: PORT,
        random: far,
        link: new Link(),
      }),
      supervisor: 'launchd',
      random: far.fork('node host'),
      token: TOKEN,
      isLoopback: false,
      hints: {},
      bootMs: [1_200, 8_000],
    });
    const device = newDevice(host.deviceId, host.displayName, version);
    device.isPaired = true;
    device.approvedAtMs = START_WALL_MS - 86_400_000;
    site.gateway.devices.set(host.deviceId, device);
    siteOfHost.set(host, site);
    remotes.push(host);
  }
  return remotes;
}

/** Rows that every roster has: a phone that sleeps, and a node host that somebody took away long ago. */
function addStrangers(gateway: Gateway, random: Random): void {
  const stranger = (name: string, clientId: string, agoMs: number): void => {
    const id = Array.from({ length: 8 }, () =>
      Math.floor(random.next() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    const device = newDevice(id, name, gateway.version);
    device.clientId = clientId;
    device.isPaired = true;
    device.approvedAtMs = START_WALL_MS - 40 * 86_400_000;
    device.lastConnectedAtMs = START_WALL_MS - agoMs;
    device.lastDisconnectedAtMs = START_WALL_MS - agoMs + 60_000;
    gateway.devices.set(id, device);
  };
  if (random.chance(0.4)) stranger('Phone', 'openclaw-ios', 3_600_000);
  if (random.chance(0.3)) stranger('desk', 'node-host', 20 * 86_400_000);
}
