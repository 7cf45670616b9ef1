import type { Observation, Snapshot, SourceName } from '../../../src/core/index.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Machine } from '../machine.ts';
import type { Path } from '../network/path.ts';
import type { NodeHost } from '../node-host/node-host.ts';
import { Process } from '../process.ts';
import type { Random } from '../random.ts';
import { CoreUnderTest, type Watched } from './core.ts';
import { Eyes } from './eyes.ts';
import { watchHttp, watchOwnPath, watchWs } from './gateway-looks.ts';
import {
  LogLooks,
  watchProcesses,
  watchSockets,
  watchSupervisors,
  type LogPositions,
} from './local-looks.ts';
import { watchByProbe } from './probe-look.ts';
import { SessionLook } from './session-look.ts';
import type { Viewpoint, ViewpointSet } from './viewpoints.ts';

/** A gateway as the exporter is configured to watch it. */
export interface WatchedGateway {
  readonly gateway: Gateway;
  /** The exporter's own way to it. */
  readonly path: Path;
  readonly isLoopback: boolean;
}

export interface ExporterOptions {
  readonly machine: Machine;
  readonly random: Random;
  readonly viewpoints: ViewpointSet;
  readonly hosts: readonly NodeHost[];
  readonly watched: readonly Watched[];
  readonly gateways: readonly WatchedGateway[];
  /** After each assessment. */
  readonly assessed: () => void;
  readonly saw: (observation: Observation, gateway?: string) => void;
}

/** A state file: what the core saved, with the log positions of the same moment. */
interface StateFile {
  readonly core: string;
  readonly positions: LogPositions | undefined;
}

const TICK_MS = 1_000;

/** The exporter as it is installed: its runs, its state file, and how well it sleeps. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly blind = new Set<Viewpoint>();
  /** Its own credential, while it has one. */
  token: string | undefined;
  /** Looks and ticks come up to so much later. */
  lateMs = 0;
  core: CoreUnderTest | undefined;
  #process: Process | undefined;
  #logs: LogLooks | undefined;
  readonly #sessions = new Map<Gateway, SessionLook>();
  #saved: StateFile | undefined;
  /** Since when, on its machine's clock that sleeps with it, it remembers what it saw. */
  remembersSinceMonoMs = 0;
  /** The same in time of the world. */
  remembersSinceMs = 0;
  #runs = 0;
  /** Only a file that somebody will read is written. */
  #keepsStateFile = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** What it says of everybody now; `undefined` while it does not run. */
  get snapshot(): Snapshot | undefined {
    const { machine } = this.#options;
    return this.core?.snapshot({ monoMs: machine.monoMs, wallMs: machine.wallMs });
  }

  /** It does not get to run at all. */
  get isHeldUp(): boolean {
    return this.#process !== undefined && !this.#process.isResponsive;
  }

  /** It runs in time, and every viewpoint that it has on what belongs to this gateway can look. */
  seesAllOf(gateway: Gateway): boolean {
    if (this.isHeldUp || this.lateMs > 0 || this.blind.size > 0) return false;
    return !this.#options.viewpoints.has('credential') || this.#sessions.get(gateway)?.isOpen === true;
  }

  start({ forgets = false }: { readonly forgets?: boolean } = {}): void {
    const { machine, random, gateways, watched, hosts } = this.#options;
    this.#runs += 1;
    const process = new Process({ machine, pid: 900 + this.#runs, idleWakeMs: 1_000 });
    const saved = forgets ? undefined : this.#saved;
    if (saved === undefined) {
      this.remembersSinceMonoMs = machine.monoMs;
      this.remembersSinceMs = machine.timeline.nowMs;
    }
    const core = new CoreUnderTest(
      {
        watched,
        gateways: gateways.map(({ gateway, path }) => ({ name: gateway.name, url: path.url })),
        enabledSources: this.#enabledSources(),
        startedAt: { monoMs: machine.monoMs, wallMs: machine.wallMs },
        uptimeMs: machine.timeline.nowMs,
      },
      saved?.core,
    );
    this.#process = process;
    this.#keepsStateFile = false;
    this.core = core;
    const lookRandom = random.fork(`run ${this.#runs}`);
    const eyes = new Eyes({
      process,
      core,
      random: lookRandom,
      blind: this.blind,
      lateMs: () => lookRandom.between(0.5, 25) + (this.lateMs > 0 ? lookRandom.between(0, this.lateMs) : 0),
      saw: this.#options.saw,
    });
    this.#openEyes(eyes, hosts, saved?.positions);
    this.#tickWith(eyes, process, core);
  }

  /** SIGTERM: it saves its state and ends. */
  stop(): void {
    this.#save();
    this.kill();
  }

  /** SIGKILL: what it saved last stays. */
  kill(): void {
    this.#process?.end();
    this.#process = undefined;
    this.core = undefined;
    this.#logs = undefined;
    this.#sessions.clear();
  }

  /** The state file is written as it is every few seconds, and from now on with every change of a verdict. */
  keepStateFile(): void {
    this.#keepsStateFile = true;
    this.#save();
  }

  hold(): void {
    this.#process?.setPlight('stopped');
  }

  goOn(): void {
    this.#process?.setPlight('running');
  }

  reload(): void {
    const { machine } = this.#options;
    this.core?.reload({ monoMs: machine.monoMs, wallMs: machine.wallMs });
  }

  #save(): void {
    const { machine } = this.#options;
    if (this.core === undefined) return;
    this.#saved = {
      core: this.core.save({ monoMs: machine.monoMs, wallMs: machine.wallMs }, machine.timeline.nowMs),
      positions: this.#logs?.positions,
    };
  }

  #enabledSources(): readonly SourceName[] {
    const { viewpoints } = this.#options;
    const sources: SourceName[] = ['gateway-session'];
    if (viewpoints.has('http')) sources.push('gateway-http');
    if (viewpoints.has('process')) sources.push('process');
    if (viewpoints.has('socket')) sources.push('socket');
    if (viewpoints.has('log')) sources.push('log');
    if (viewpoints.has('probe')) sources.push('probe');
    return sources;
  }

  #openEyes(eyes: Eyes, hosts: readonly NodeHost[], positions: LogPositions | undefined): void {
    const { viewpoints, gateways } = this.#options;
    if (viewpoints.has('process')) watchProcesses(eyes, hosts);
    if (viewpoints.has('socket')) watchSockets(eyes, hosts);
    if (viewpoints.has('log')) this.#logs = new LogLooks(eyes, hosts, positions);
    if (viewpoints.has('supervisor')) watchSupervisors(eyes, hosts);
    for (const { gateway, path, isLoopback } of gateways) {
      if (!eyes.core.watchesGateways.includes(gateway.name)) continue;
      const session = new SessionLook(eyes, {
        gateway,
        path,
        isLoopback,
        token: () => (viewpoints.has('credential') ? this.token : undefined),
      });
      this.#sessions.set(gateway, session);
      if (viewpoints.has('http')) {
        const httpChanged = watchWs(eyes, { gateway: gateway.name, path });
        watchHttp(eyes, {
          gateway: gateway.name,
          path,
          turned: (isUp) => {
            httpChanged();
            if (isUp) session.gatewayAnswers();
            else session.pollNow();
          },
        });
        this.#watchOwnPaths(eyes, { gateway, path, isLoopback }, hosts);
      }
      if (viewpoints.has('probe')) watchByProbe(eyes, gateway.name, session);
    }
  }

  #watchOwnPaths(eyes: Eyes, { gateway, path }: WatchedGateway, hosts: readonly NodeHost[]): void {
    for (const host of hosts) {
      if (host.path.to !== gateway) continue;
      watchOwnPath(eyes, { gateway: gateway.name, target: host.id, own: host.path, ours: path });
    }
  }

  #tickWith(eyes: Eyes, process: Process, core: CoreUnderTest): void {
    const assess = (): void => {
      eyes.takeNews();
      if (core.tick(eyes.now) && this.#keepsStateFile) this.#savesSoon(process);
      // As it keeps its state file, whether or not that is worth a write.
      core.lookAtClock(eyes.now, this.#options.machine.timeline.nowMs);
      this.#options.assessed();
    };
    process.afterEach(() => {
      if (eyes.takeNews()) assess();
    });
    eyes.loop(TICK_MS, assess);
  }

  #savesSoon(process: Process): void {
    process.after(50, () => {
      if (this.#process === process) this.#save();
    });
  }
}
