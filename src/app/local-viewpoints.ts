import { isDeepStrictEqual } from 'node:util';
import { isNamed, type NodeTarget } from '../config/config.ts';
import type { DirectiveOf, Service, TargetId } from '../core/index.ts';
import { LogSource } from '../sources/log/log-source.ts';
import { ProcessSource, type OtherNodeHost } from '../sources/process/process-source.ts';
import type { ProcessTarget } from '../sources/process/process-target.ts';
import type { Platform } from '../sources/platform.ts';
import { resolveWithSystem } from '../sources/socket/address-book.ts';
import type { LogLocation } from '../sources/tail/watched-log.ts';
import { SocketSource } from '../sources/socket/socket-source.ts';
import type { SourceTools } from '../sources/source.ts';
import { SupervisorSource, type Supervised } from '../sources/supervisor/supervisor-source.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { describeLocation, locateLog, ownLogs, sharedLogs, type LogPlaces } from './log-location.ts';
import { expectedService, supervisedService } from './supervised-service.ts';

export interface LocalViewpointsOptions extends SourceTools {
  readonly nodes: readonly NodeTarget[];
  /** How one looks on this operating system. */
  readonly platform: Platform;
  /** Where OpenClaw keeps what it installs for the user's own service manager. */
  readonly home: string;
  /** Where an earlier run left off in the logs. */
  readonly positions: Readonly<Record<string, unknown>>;
  readonly telemetry: Pick<Telemetry, 'logFollowed' | 'logShared'>;
}

/** What looks at the node hosts of this machine: processes, sockets, logs, and whoever restarts them. */
export class LocalViewpoints {
  readonly #options: LocalViewpointsOptions;
  readonly #processes: ProcessSource;
  readonly #sockets: SocketSource;
  readonly #supervisors: SupervisorSource;
  readonly #logs: LogSource;
  #nodes: readonly NodeTarget[];
  /** Where each node host writes. */
  #logPlaces: LogPlaces = new Map();
  /** The files that services are set up to write to, of node hosts whose processes were not seen. */
  readonly #serviceLogs = new Map<TargetId, readonly string[]>();
  #isStopped = false;
  /** What the core last said of each node host. */
  readonly #logHints = new Map<TargetId, DirectiveOf<'follow-log'>>();
  readonly #supervision = new Map<TargetId, DirectiveOf<'ask-supervisor'>>();
  readonly #located = new Map<TargetId, DirectiveOf<'look-at-sockets'>>();

  constructor(options: LocalViewpointsOptions) {
    this.#options = options;
    this.#nodes = options.nodes;
    const { clock, sink, ticker } = options;
    const targets = options.nodes.map(({ id }) => id);
    const common = { targets, clock, sink, ticker };
    this.#processes = new ProcessSource({
      ...common,
      targets: options.nodes.map(processTarget),
      table: options.platform.processes,
    });
    this.#sockets = new SocketSource({
      ...common,
      locate: (target) => this.#located.get(target)?.process ?? undefined,
      table: options.platform.connections,
      resolve: resolveWithSystem,
    });
    this.#supervisors = new SupervisorSource({
      ...common,
      supervised: (target) => this.#supervised(target),
      ask: options.platform.askServiceManager,
    });
    this.#logPlaces = this.#locateLogs(new Map());
    this.#logs = new LogSource({ ...common, targets: this.#logTargets(), positions: options.positions });
  }

  start(): void {
    this.#tellPlaces(new Map());
    this.#processes.start();
    this.#sockets.start();
    this.#logs.start();
    void this.#findServiceLogs();
  }

  /** To be called once the processes were looked at: only then it is known which units to ask for. Idempotent. */
  startSupervisors(): void {
    this.#supervisors.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([
      this.#processes.stop(),
      this.#sockets.stop(),
      this.#logs.stop(),
      this.#supervisors.stop(),
    ]);
  }

  /** Other node hosts from now on. Those that stay are watched on as they were. The core must know them already. */
  setNodes(nodes: readonly NodeTarget[]): void {
    const former = new Map(this.#nodes.map((node) => [node.id, node]));
    this.#nodes = nodes;
    const targets = nodes.map(({ id }) => id);
    for (const known of [this.#logHints, this.#supervision, this.#located, this.#serviceLogs]) {
      for (const target of known.keys()) if (!targets.includes(target)) known.delete(target);
    }
    this.#processes.setTargets(nodes.map(processTarget));
    this.#sockets.setTargets(targets);
    this.#supervisors.setTargets(targets);
    const before = this.#logPlaces;
    const isAsBefore = ({ id, log }: NodeTarget): boolean => isDeepStrictEqual(log, former.get(id)?.log);
    this.#logPlaces = this.#locateLogs(
      new Map(nodes.filter(isAsBefore).map(({ id }) => [id, before.get(id)])),
    );
    this.#logs.setTargets(this.#logTargets());
    this.#tellPlaces(before);
    void this.#findServiceLogs();
  }

  /** To be called when the core says where the process of a node host and its connections are. */
  lookAtSockets(directive: DirectiveOf<'look-at-sockets'>): void {
    this.#located.set(directive.target, directive);
  }

  askSupervisor(directive: DirectiveOf<'ask-supervisor'>): void {
    this.#supervision.set(directive.target, directive);
  }

  followLog(directive: DirectiveOf<'follow-log'>): void {
    this.#logHints.set(directive.target, directive);
    this.#relocateLogs();
  }

  /** It takes a program to tell, and only a node host that is down needs it. */
  async #findServiceLogs(): Promise<void> {
    const { platform, home } = this.#options;
    for (const { id } of this.#nodes.filter((node) => !this.#serviceLogs.has(node.id))) {
      const service = this.#expectedService(id);
      if (service === undefined) continue;
      this.#serviceLogs.set(id, []);
      const paths = await platform.logOf(service, home);
      if (paths.length === 0 || this.#isStopped || !this.#serviceLogs.has(id)) continue;
      this.#serviceLogs.set(id, paths);
      this.#relocateLogs();
    }
  }

  #relocateLogs(): void {
    const before = this.#logPlaces;
    this.#logPlaces = this.#locateLogs(before);
    const wereOwn = ownLogs(before);
    for (const { target, where } of this.#logTargets()) {
      if (!isDeepStrictEqual(where ?? undefined, wereOwn.get(target))) this.#logs.setLocation(target, where);
    }
    this.#tellPlaces(before);
  }

  /** Positions in the logs at the moment of the call. */
  positions(): Readonly<Record<string, unknown>> {
    return this.#logs.positions();
  }

  /** The file that a node host logs to, where it does. */
  logPath(target: TargetId): string | undefined {
    const place = this.#logPlaces.get(target);
    return place?.kind === 'file' ? place.paths.at(-1) : undefined;
  }

  otherNodeHosts(): readonly OtherNodeHost[] {
    return this.#processes.otherNodeHosts();
  }

  /** @param known places that hold while nothing tells of another */
  #locateLogs(known: LogPlaces): LogPlaces {
    return new Map(
      this.#nodes.map((node) => {
        const expected = {
          service: this.#expectedService(node.id),
          paths: this.#serviceLogs.get(node.id) ?? [],
        };
        return [
          node.id,
          locateLog(node, this.#logHints.get(node.id)?.hints ?? {}, expected) ?? known.get(node.id),
        ];
      }),
    );
  }

  #logTargets(): readonly { readonly target: TargetId; readonly where: LogLocation | null }[] {
    const own = ownLogs(this.#logPlaces);
    return this.#nodes.map(({ id }) => ({ target: id, where: own.get(id) ?? null }));
  }

  #tellPlaces(before: LogPlaces): void {
    const wereOwn = ownLogs(before);
    for (const [target, where] of ownLogs(this.#logPlaces)) {
      if (where === undefined || isDeepStrictEqual(where, wereOwn.get(target))) continue;
      this.#options.telemetry.logFollowed({ target, where: describeLocation(where) });
    }
    const wereShared = sharedLogs(before);
    for (const log of sharedLogs(this.#logPlaces)) {
      if (!wereShared.some((it) => isDeepStrictEqual(it, log))) this.#options.telemetry.logShared(log);
    }
  }

  #supervised(target: TargetId): Supervised | undefined {
    const node = this.#nodes.find(({ id }) => id === target);
    return node && supervisedService(node, this.#supervision.get(target), this.#expectedService(target));
  }

  #expectedService(target: TargetId): Service | undefined {
    const { platform, home } = this.#options;
    const node = this.#nodes.find(({ id }) => id === target);
    return node && expectedService(node, platform, home);
  }
}

/** How the process source finds a node host. */
function processTarget({ id, locator }: NodeTarget): ProcessTarget {
  return { target: id, by: locator, explicit: isNamed(locator) };
}
