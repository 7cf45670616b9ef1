import { hostname } from 'node:os';
import type { RunningExporter, StartOptions, StartResult, TransitionListener } from './port.ts';
import { coreSettings } from './core-settings.ts';
import { chooseGateway, gatewayRef } from './gateway-choice.ts';
import { LocalViewpoints } from './local-viewpoints.ts';
import { Narrator } from './narrator.ts';
import { OtlpLink } from './otlp-link.ts';
import { Reloader } from './reload.ts';
import { serve, type WebServer } from './serve-http.ts';
import { settled } from './settled.ts';
import { StateKeeper } from './state-keeper.ts';
import { tellOfState } from './tell-of-state.ts';
import { WatchedGateway } from './watched-gateway.ts';
import type { Config } from '../config/config.ts';
import { LivenessCore, type Observation, type Snapshot } from '../core/index.ts';
import type { ExporterContext } from '../exporters/metric.ts';
import { Monitor } from '../monitor.ts';
import { packageVersion } from '../package-version.ts';
import { fleetHeap, FLEET_NODES } from '../runtime/lean-heap.ts';
import { intervalTicker } from '../runtime/interval-ticker.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { systemMetronome } from '../runtime/system-metronome.ts';
import { rehydrate } from '../state/rehydrate.ts';
import { loadState } from '../state/state-file.ts';
import { claimState } from '../state/state-lock.ts';

/** How often what no single observation tells is reviewed. */
const REVIEW_EVERY_MS = 5_000;
/** How long stopping may take before whatever still hangs is left behind. */
const STOP_DEADLINE_MS = 5_000;
/** The configuration is wrong: starting again will not help. */
const EXIT_CONFIGURATION = 2;

/** The composition root: builds every part from the configuration, connects them and decides nothing. */
export async function startExporter(config: Config, options: StartOptions): Promise<StartResult> {
  const { telemetry } = options;
  const clock = systemClock;
  const ticker = intervalTicker((error) => {
    telemetry.surprised('a source', error);
  });
  const version = packageVersion();

  const loaded = await loadState(config.state.dir, clock.now().wallMs);
  const saved = loaded.kind === 'restored' ? loaded.state : undefined;
  const choice = chooseGateway(config.gateway.target, [], saved?.gateway.dialledUrl);
  const core = new LivenessCore({
    ...coreSettings(config),
    gateway: gatewayRef(choice),
    defaultName: hostname(),
    startedAt: clock.now(),
  });
  if (saved !== undefined) rehydrate(core, saved, clock.now());

  // Every part is made before the first one runs; what they tell each other can only come later.
  const listeners = new Set<TransitionListener>();
  const snapshot = (): Snapshot => monitor.snapshot();
  let otlp: OtlpLink | undefined;
  let web: WebServer | undefined = undefined;
  const context = (): ExporterContext => ({
    version,
    nodejsVersion: process.versions.node,
    configLastReloadSuccessful: reloader.isSuccessful,
    configLastReloadSuccessMs: reloader.lastSuccessMs,
    ...(web !== undefined && { web: web.status() }),
    ...(otlp !== undefined && { otlp: otlp.status() }),
  });
  const narrator = new Narrator({
    telemetry,
    snapshot,
    trust: () => core.trust,
    limits: () => reloader.config.limits,
  });
  const monitor = new Monitor({
    core,
    clock,
    metronome: systemMetronome,
    events: {
      onTransitions(transitions) {
        const nodes = new Map(snapshot().nodes.map((node) => [node.key, node]));
        for (const transition of transitions) {
          const node = nodes.get(transition.key);
          if (node === undefined) continue;
          narrator.transition(transition, node);
          otlp?.transition(transition, node);
          for (const listener of listeners) listener(transition);
        }
        keeper.saveSoon();
      },
      onReport(report) {
        telemetry.sourceReported(report);
        // The look's observations, and with them where the node host dials and its unit, came before its report.
        if (report.source !== 'process') return;
        gateway.start();
        viewpoints.startSupervisors();
      },
      onObservation(observation) {
        narrator.observation(observation, gateway.url);
        if (!tellsOfPlaces(observation)) return;
        viewpoints.followLogs();
        gateway.followHints();
      },
    },
  });
  const viewpoints = new LocalViewpoints({
    nodes: config.nodes,
    home: config.openclaw.environment.home,
    core,
    positions: saved?.logs ?? {},
    clock,
    sink: monitor,
    ticker,
    telemetry,
  });
  const gateway = new WatchedGateway({
    config,
    choice,
    saved,
    core,
    clock,
    sink: monitor,
    ticker,
    telemetry,
    leavesNothing: options.readOnlyState,
  });
  const keeper = new StateKeeper({
    directory: config.state.dir,
    core,
    clock,
    ticker,
    telemetry,
    positions: () => viewpoints.positions(),
    dialledUrl: () => gateway.dialledUrl,
  });
  const reloader = new Reloader({
    config,
    load: options.loadAgain ?? readOnce,
    apply(next, before) {
      telemetry.configure(next.log);
      for (const { id } of before.nodes) {
        if (!next.nodes.some((node) => node.id === id)) narrator.notWatched(id);
      }
      // The core first: the others ask it what is known of the node hosts that they are given.
      monitor.reconfigure(coreSettings(next));
      viewpoints.setNodes(next.nodes);
      gateway.reconfigure(next);
      keeper.saveSoon();
    },
    telemetry,
    wallMs: Date.now,
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms);
      return () => {
        clearTimeout(timer);
      };
    },
  });

  // Before anything is written: an exporter that cannot serve must not touch the state of the one that does.
  const started = Promise.withResolvers<undefined>();
  const server = options.listen
    ? await serve({
        config,
        snapshot,
        context,
        telemetry,
        tickAgeMs: () => monitor.tickAgeMs(),
        tickMs: () => core.options.limits.tickMs,
        isWarm: () => monitor.isWarm(),
        reload: {
          isEnabled: () => options.loadAgain !== undefined && reloader.config.web.enableLifecycle,
          reload: () => started.promise.then(() => reloader.reload()),
        },
        ticker,
      })
    : undefined;
  if (server?.ok === false) return server;
  web = server?.server;

  const lock = options.readOnlyState ? undefined : claimState(config.state.dir);
  if (lock?.kind === 'taken') {
    await web?.close();
    return { ok: false, problem: { message: sharedState(config, lock.pid), exitCode: EXIT_CONFIGURATION } };
  }
  await tellOfState(loaded, {
    directory: config.state.dir,
    readOnlyState: options.readOnlyState,
    telemetry,
  });
  // A look for one check is nobody's telemetry, and has no id of its own.
  if (config.otlp !== undefined && !options.readOnlyState) {
    otlp = new OtlpLink({
      settings: config.otlp,
      version,
      stateDirectory: config.state.dir,
      isReady: () => monitor.isWarm(),
      snapshot,
      context,
      telemetry,
    });
  }

  monitor.start();
  viewpoints.start();
  gateway.startIfGiven();
  if (!options.readOnlyState) keeper.start();
  const review = systemMetronome.every(REVIEW_EVERY_MS, () => {
    narrator.review(gateway.url);
    if (core.locals.size + core.remotes.size >= FLEET_NODES) fleetHeap();
  });
  started.resolve(undefined);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    reloader.stop();
    review.stop();
    keeper.stop();
    const parts = Promise.all([web?.close(), viewpoints.stop(), gateway.stop(), otlp?.stop()]);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_DEADLINE_MS);
    });
    await Promise.race([parts, deadline]);
    clearTimeout(timer);
    monitor.stop();
    if (!options.readOnlyState) await keeper.save(true);
    lock?.release();
  };

  const exporter: RunningExporter = {
    address: web?.addresses.find((address) => address.kind === 'tcp') ?? null,
    urls: web?.urls ?? [],
    snapshot,
    settled: (timeoutMs) => settled(monitor, timeoutMs),
    otherNodeHosts: () => viewpoints.otherNodeHosts(),
    onTransition(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    reload: () => reloader.reload(),
    stop: () => (stopping ??= stop()),
  };
  return { ok: true, exporter };
}

/** Whether it may tell of other places to look at: where the node host logs, and which gateway it dials. */
function tellsOfPlaces(observation: Observation): boolean {
  if (observation.source === 'process') return true;
  return (
    observation.source === 'log' && observation.kind === 'line' && observation.event.kind === 'connected'
  );
}

function readOnce(): ReturnType<NonNullable<StartOptions['loadAgain']>> {
  const problem = { where: 'this command', message: 'reads its configuration once, at its start.' };
  return Promise.resolve({ ok: false, problems: [problem] });
}

function sharedState(config: Config, pid: number): string {
  return `state directory ${config.state.dir} is in use by another exporter (pid ${pid}); both would rewrite its counters. Stop that one, or give this one a directory of its own with --state.dir.`;
}
