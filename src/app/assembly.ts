import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import {
  type Directive,
  LivenessCore,
  type Memory,
  type NodeTransition,
  present,
  type Snapshot,
  type SourceReport,
} from '../core/index.ts';
import type { ExporterContext } from '../exporters/metric.ts';
import { Monitor } from '../monitor.ts';
import { packageVersion } from '../package-version.ts';
import { intervalTicker } from '../runtime/interval-ticker.ts';
import { fleetHeap, FLEET_NODES } from '../runtime/lean-heap.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { systemMetronome } from '../runtime/system-metronome.ts';
import type { Platform } from '../sources/platform.ts';
import { GatewayLogSource } from '../sources/gateway-log/gateway-log-source.ts';
import type { Ticker } from '../sources/source.ts';
import { rehydrate } from '../state/rehydrate.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import type { SavedState } from '../state/state-schema.ts';
import { coreSettings } from './core-settings.ts';
import { dialledBefore } from './dialled-before.ts';
import { GatewayLinks } from './gateway-links.ts';
import { loggingGateways } from './gateway-logs.ts';
import { LocalViewpoints } from './local-viewpoints.ts';
import { Narrator } from './narrator.ts';
import { NotifyLink } from './notify-link.ts';
import { OtlpLink } from './otlp-link.ts';
import { RecoveryLink } from './recovery-link.ts';
import type { StartOptions, TransitionListener, WebServer } from './port.ts';
import { Reloader } from './reload.ts';
import { StateKeeper } from './state-keeper.ts';
import { stopAll } from './stop-all.ts';

/** How often what no single observation tells is reviewed. */
const REVIEW_EVERY_MS = 5_000;

export type AssemblyOptions = StartOptions & { readonly platform: Platform };

/** What survives a restart: where, and what an earlier run left there. */
export interface KeptState {
  readonly directory: StateDirectory;
  readonly saved: SavedState | undefined;
}

/** Every part of the exporter, connected. None runs before {@link Assembly.run}; what they tell each other comes later. */
export class Assembly {
  readonly #options: AssemblyOptions;
  readonly #listeners = new Set<TransitionListener>();
  readonly ticker: Ticker;
  readonly core: LivenessCore;
  readonly monitor: Monitor;
  readonly viewpoints: LocalViewpoints;
  readonly gateways: GatewayLinks;
  readonly gatewayLogs: GatewayLogSource;
  readonly keeper: StateKeeper;
  readonly stateDirectory: StateDirectory;
  readonly reloader: Reloader;
  readonly recovery: RecoveryLink;
  readonly #narrator: Narrator;
  #otlp: OtlpLink | undefined;
  readonly #notify: NotifyLink;
  #review: { stop(): void } | undefined;
  /** The processes of this machine were looked at once. */
  #hasLooked = false;
  web: WebServer | undefined;

  constructor(config: Config, options: AssemblyOptions, { directory, saved }: KeptState) {
    const { telemetry } = options;
    const clock = systemClock;
    this.#options = options;
    this.stateDirectory = directory;
    this.ticker = intervalTicker((error) => telemetry.surprised('a source', error));
    const { ticker } = this;
    this.gateways = new GatewayLinks({
      config,
      dialled: dialledBefore(saved?.dialled ?? {}),
      watch: (gateways) => {
        this.core.watchGateways(gateways);
        this.#followGatewayLogs(this.reloader.config);
      },
      clock,
      sink: {
        observe: (observation) => this.monitor.observe(observation),
        report: (report) => this.monitor.report(report),
      },
      ticker,
      telemetry,
      leavesNothing: options.readOnlyState,
    });
    this.core = newCore(config, this.gateways, saved && rehydrate(saved, clock.now()));
    this.monitor = this.#newMonitor();
    this.viewpoints = new LocalViewpoints({
      nodes: config.nodes,
      platform: options.platform,
      home: config.openclaw.environment.home,
      positions: saved?.logs ?? {},
      clock,
      sink: this.monitor,
      ticker,
      telemetry,
    });
    this.gatewayLogs = new GatewayLogSource({
      gateways: loggingGateways(this.gateways.choices, config),
      positions: saved?.logs ?? {},
      clock,
      sink: this.monitor,
      ticker,
    });
    this.recovery = this.#newRecovery();
    this.#narrator = this.#newNarrator();
    this.keeper = this.#newKeeper();
    this.#notify = this.#newNotifyLink();
    this.reloader = this.#newReloader(config);
  }

  snapshot(): Snapshot {
    return this.recovery.completed(this.monitor.snapshot());
  }

  /** What only the shell knows, for the exporters. */
  context(): ExporterContext {
    const { reloader, web } = this;
    return {
      version: packageVersion(),
      nodejsVersion: process.versions.node,
      configLastReloadSuccessful: reloader.isSuccessful,
      configLastReloadSuccessMs: reloader.lastSuccessMs,
      stateWriteFailures: this.stateDirectory.failures,
      ...(web !== undefined && { web: web.status() }),
      ...present({ notify: this.#notify.counts() }),
      ...(this.#otlp !== undefined && { otlp: this.#otlp.status() }),
    };
  }

  /** @returns how to stop listening */
  listen(listener: TransitionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  run(config: Config): void {
    const { telemetry, readOnlyState } = this.#options;
    // A look for one check is nobody's telemetry, and has no id of its own.
    if (config.otlp !== undefined && !readOnlyState) {
      this.#otlp = new OtlpLink({
        settings: config.otlp,
        version: packageVersion(),
        stateDirectory: config.state.dir,
        isReady: () => this.monitor.isWarm(),
        snapshot: () => this.snapshot(),
        context: () => this.context(),
        telemetry,
      });
    }
    this.monitor.start();
    this.viewpoints.start();
    this.gatewayLogs.start();
    this.gateways.startIfGiven();
    if (!readOnlyState) {
      this.keeper.start();
      void this.#notify.start(config.notify);
      // A look for one check acts on nobody.
      this.recovery.configure(config);
    }
    this.#review = systemMetronome.every(REVIEW_EVERY_MS, () => {
      this.#narrator.review();
      const { locals, remotes } = this.core.beliefs;
      if (locals.size + remotes.size >= FLEET_NODES) fleetHeap();
    });
  }

  /** Ends everything, and saves what is known whatever fails meanwhile. */
  async stop(): Promise<void> {
    this.reloader.stop();
    this.#review?.stop();
    this.keeper.stop();
    this.recovery.stop();
    await stopAll(
      [
        () => this.web?.close(),
        () => this.viewpoints.stop(),
        () => this.gatewayLogs.stop(),
        () => this.gateways.stop(),
        () => this.#otlp?.stop(),
        () => this.#notify.stop(),
      ],
      { telemetry: this.#options.telemetry },
    );
    this.monitor.stop();
    if (!this.#options.readOnlyState) await this.keeper.save(true);
    await this.stateDirectory.release();
  }

  #transitions(transitions: readonly NodeTransition[]): void {
    const nodes = new Map(this.snapshot().nodes.map((node) => [node.key, node]));
    for (const transition of transitions) {
      const node = nodes.get(transition.key);
      if (node === undefined) continue;
      this.#narrator.transition(transition, node);
      this.#otlp?.transition(transition, node);
      for (const listener of this.#listeners) listener(transition);
    }
    this.keeper.saveSoon();
  }

  #carryOut(directive: Directive): void {
    switch (directive.kind) {
      case 'follow-log':
        return this.viewpoints.followLog(directive);
      case 'look-at-sockets':
        return this.viewpoints.lookAtSockets(directive);
      case 'ask-supervisor':
        return this.viewpoints.askSupervisor(directive);
      case 'dial-gateway':
        return this.gateways.dial(directive);
      case 'try-path':
        return this.gateways.tryPath(directive);
      case 'try-gateway':
        return this.gateways.tryGateway(directive);
      case 'probe':
        return this.gateways.probe(directive);
      default:
        directive satisfies never;
    }
  }

  #followGatewayLogs(config: Config): void {
    this.gatewayLogs.setGateways(loggingGateways(this.gateways.choices, config));
  }

  #reported(report: SourceReport): void {
    this.#options.telemetry.sourceReported(report);
    // The look's observations, and with them where the node host dials and its service, came before its report.
    if (report.source !== 'process' || this.#hasLooked) return;
    this.#hasLooked = true;
    this.monitor.assess();
    this.gateways.start();
    this.viewpoints.startSupervisors();
  }

  #newMonitor(): Monitor {
    return new Monitor({
      core: this.core,
      clock: systemClock,
      metronome: systemMetronome,
      events: {
        onTransitions: (transitions) => this.#transitions(transitions),
        onDirective: (directive) => this.#carryOut(directive),
        onReport: (report) => this.#reported(report),
        onObservation: (observation) => this.#narrator.observation(observation),
      },
    });
  }

  #newRecovery(): RecoveryLink {
    const { platform, telemetry } = this.#options;
    return new RecoveryLink({
      stateDirectory: this.stateDirectory.path,
      snapshot: () => this.monitor.snapshot(),
      platform,
      logPath: (target) => this.viewpoints.logPath(target),
      onStep: (node, step) => this.#otlp?.recovery(step, node),
      clock: systemClock,
      ticker: this.ticker,
      telemetry,
    });
  }

  #newNarrator(): Narrator {
    return new Narrator({
      telemetry: this.#options.telemetry,
      snapshot: () => this.snapshot(),
      trust: () => this.core.trust,
      limits: () => this.reloader.config.limits,
    });
  }

  #newKeeper(): StateKeeper {
    return new StateKeeper({
      directory: this.stateDirectory,
      memory: () => this.core.memory(),
      clock: systemClock,
      ticker: this.ticker,
      telemetry: this.#options.telemetry,
      positions: () => ({ ...this.viewpoints.positions(), ...this.gatewayLogs.positions() }),
      dialled: () => this.gateways.dialled,
    });
  }

  #newNotifyLink(): NotifyLink {
    return new NotifyLink({
      stateDirectory: this.stateDirectory.path,
      url: () => this.web?.urls[0],
      snapshot: () => this.snapshot(),
      isWarm: () => this.monitor.isWarm(),
      isWell: () => this.monitor.isWarm() && this.web?.isHealthy() !== false,
      ticker: this.ticker,
      telemetry: this.#options.telemetry,
    });
  }

  #newReloader(config: Config): Reloader {
    const { telemetry, loadAgain } = this.#options;
    return new Reloader({
      config,
      load: loadAgain ?? readOnce,
      apply: (next, before) => {
        telemetry.configure(next.log);
        for (const { id } of before.nodes) {
          if (!next.nodes.some((node) => node.id === id)) this.#narrator.notWatched(id);
        }
        // The core first: the others tell it of the node hosts that they are given.
        this.monitor.reconfigure(coreSettings(next, this.gateways.refs));
        this.viewpoints.setNodes(next.nodes);
        this.gateways.reconfigure(next);
        this.#followGatewayLogs(next);
        void this.#notify.reconfigure(next.notify);
        this.recovery.configure(next);
        this.keeper.saveSoon();
      },
      telemetry,
      wallMs: Date.now,
    });
  }
}

function newCore(config: Config, { refs }: GatewayLinks, memory: Memory | undefined): LivenessCore {
  return new LivenessCore({
    ...coreSettings(config, refs),
    defaultName: hostname(),
    startedAt: systemClock.now(),
    ...(memory !== undefined && { memory }),
  });
}

function readOnce(): ReturnType<NonNullable<StartOptions['loadAgain']>> {
  const problem = { where: 'this command', message: 'reads its configuration once, at its start.' };
  return Promise.resolve({ ok: false, problems: [problem] });
}
