import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config, NodeTarget } from './config/config.ts';
import { serviceManagerEnvironment } from './config/load.ts';
import type { RunningExporter, StartOptions, StartResult, TransitionListener } from './app-port.ts';
import { chooseGateway, gatewayRef, type GatewayChoice } from './app/gateway-choice.ts';
import { GatewayLink } from './app/gateway-link.ts';
import { describeLocation, isSameLocation, locateLog, type LogLocation } from './app/log-location.ts';
import { Narrator } from './app/narrator.ts';
import { OtlpLink } from './app/otlp-link.ts';
import { StateKeeper } from './app/state-keeper.ts';
import { supervisedUnit } from './app/supervised-unit.ts';
import { LivenessCore } from './core/liveness-core.ts';
import type { NodeHostHints, Observation } from './core/observation.ts';
import type { Snapshot } from './core/snapshot.ts';
import type { SourceName } from './core/vocabulary.ts';
import type { ExporterContext } from './exporters/metric.ts';
import { Monitor } from './monitor.ts';
import { packageVersion } from './package-version.ts';
import { fleetHeap, FLEET_NODES } from './runtime/lean-heap.ts';
import { intervalTicker } from './runtime/interval-ticker.ts';
import { systemClock } from './runtime/system-clock.ts';
import { systemMetronome } from './runtime/system-metronome.ts';
import { createLogSource } from './sources/log/log-source.ts';
import { createLinuxProcessTable } from './sources/process/linux-proc.ts';
import { createProcessSource } from './sources/process/process-source.ts';
import type { ProcessTarget } from './sources/process/process-target.ts';
import { resolveWithSystem } from './sources/socket/address-book.ts';
import { createLinuxConnectionTable } from './sources/socket/linux-proc.ts';
import { createSocketSource } from './sources/socket/socket-source.ts';
import { createSupervisorSource } from './sources/supervisor/supervisor-source.ts';
import { createSystemctl } from './sources/supervisor/systemctl.ts';
import { dehydrate } from './state/dehydrate.ts';
import { claimState } from './state/state-lock.ts';
import { loadState, setStateAside, type LoadedState } from './state/state-file.ts';
import type { SavedState } from './state/state-schema.ts';
import { rehydrate, rehydrateGateway } from './state/rehydrate.ts';
import { serve, type WebServer } from './app/serve-http.ts';

/** How often what no single observation tells is reviewed. */
const REVIEW_EVERY_MS = 5_000;
/** How long stopping may take before whatever still hangs is left behind. */
const STOP_DEADLINE_MS = 5_000;
/** A clock that is kept in time does not step this far. */
const CLOCK_STEP_MS = 10_000;
/** The configuration is wrong: starting again will not help. */
const EXIT_CONFIGURATION = 2;

/** The composition root: builds every part from the configuration, connects them and decides nothing. */
export async function startExporter(config: Config, options: StartOptions): Promise<StartResult> {
  const { telemetry } = options;
  const clock = systemClock;
  const ticker = intervalTicker((error) => {
    telemetry.surprised('a source', error);
  });

  const saved = await loadState(config.state.dir, clock.now().wallMs);
  const rememberedUrl = saved.kind === 'restored' ? saved.state.gateway.dialledUrl : undefined;
  let gateway: GatewayChoice = chooseGateway(config.gateway.target, [], rememberedUrl);
  const core = new LivenessCore({
    targets: config.nodes.map((node) => ({
      id: node.id,
      explicit: node.locator.kind !== 'state-dir' || node.locator.explicit,
      ...(node.name !== undefined && { name: node.name }),
      ...(node.nodeId !== undefined && { nodeId: node.nodeId }),
    })),
    gateway: gatewayRef(gateway),
    limits: config.thresholds,
    enabledSources: enabledSources(config),
    defaultName: hostname(),
    maxNodes: config.limits.maxNodes,
    forgetNodesAfterMs: config.limits.forgetNodesAfterMs,
    startedAt: clock.now(),
  });
  if (saved.kind === 'restored') rehydrate(core, saved.state, clock.now());

  let stopping: Promise<void> | undefined;
  const listeners = new Set<TransitionListener>();
  const snapshot = (): Snapshot => monitor.snapshot();
  const version = packageVersion();
  let otlp: OtlpLink | undefined;
  let web: WebServer | undefined;
  const context = (): ExporterContext => ({
    version,
    nodejsVersion: process.versions.node,
    configLastReloadSuccessful: true,
    ...(web !== undefined && { web: web.status() }),
    ...(otlp !== undefined && { otlp: otlp.status() }),
  });
  const narrator = new Narrator({ telemetry, snapshot, trust: () => core.trust, limits: config.limits });
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
        startLink();
        supervisors.start();
      },
      onObservation(observation) {
        narrator.observation(observation, gateway.url);
        followHints(observation);
      },
    },
  });

  // Before anything is written: an exporter that cannot serve must not touch the state of the one that does.
  const server = options.listen
    ? await serve({
        config,
        snapshot,
        context,
        telemetry,
        tickAgeMs: () => monitor.tickAgeMs(),
        isWarm: () => monitor.isWarm(),
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
  await tellOfState(saved, { config, options });
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

  const linkOptions = {
    config,
    clock,
    ticker,
    sink: monitor,
    connectedNodeIds: () => core.connectedNodeIds(),
    warn: (message: string) => {
      telemetry.configDoubtful({ message });
    },
    leavesNothing: options.readOnlyState,
  };
  let link = new GatewayLink(gateway.url, linkOptions);
  let isLinkStarted = false;
  /** A guessed address gets no credential of ours before the node hosts of this machine were looked at. */
  function startLink(): void {
    if (isLinkStarted || stopping !== undefined) return;
    isLinkStarted = true;
    telemetry.gatewayChosen(gateway);
    link.start();
  }
  /** What was known of gateways that were watched before. */
  const left = new Map<string, SavedState>();

  const processes = createProcessSource({
    targets: config.nodes.map(processTarget),
    table: createLinuxProcessTable(),
    clock,
    sink: monitor,
    ticker,
  });
  const sockets = createSocketSource({
    targets: config.nodes.map((node) => node.id),
    locate: (target) => core.locate(target),
    table: createLinuxConnectionTable(),
    resolve: resolveWithSystem,
    clock,
    sink: monitor,
    ticker,
  });

  const { home } = config.openclaw.environment;
  const supervisors = createSupervisorSource({
    targets: config.nodes.map((node) => node.id),
    supervised(target) {
      const node = config.nodes.find(({ id }) => id === target);
      const facts = core.locals.get(target)?.facts;
      return node === undefined || facts === undefined ? undefined : supervisedUnit(node, facts, home);
    },
    ask: createSystemctl({ environment: serviceManagerEnvironment() }),
    clock,
    sink: monitor,
    ticker,
  });

  const logPlaces = new Map<string, LogLocation | undefined>();
  const logs = createLogSource({
    targets: config.nodes.map((node) => {
      const where = locateLog(node, {}, home);
      logPlaces.set(node.id, where);
      return { target: node.id, where: where ?? null };
    }),
    positions: saved.kind === 'restored' ? saved.state.logs : {},
    clock,
    sink: monitor,
    ticker,
  });

  /** What a look at the process tells of the other places to look at. */
  function followHints(observation: Observation): void {
    const isConnectLine =
      observation.source === 'log' && observation.kind === 'line' && observation.event.kind === 'connected';
    if (observation.source !== 'process' && !isConnectLine) return;
    const hintsOf = (node: NodeTarget): NodeHostHints => core.locals.get(node.id)?.facts.hints ?? {};
    for (const node of config.nodes) {
      const hints = hintsOf(node);
      const where = locateLog(node, hints, home);
      if (where !== undefined && !isSameLocation(where, logPlaces.get(node.id))) {
        logPlaces.set(node.id, where);
        logs.setLocation(node.id, where);
        telemetry.logFollowed({ target: node.id, where: describeLocation(where) });
      }
      // Only while attempts fail: then it tells a broken path from a broken node host, and costs nobody anything else.
      const facts = core.locals.get(node.id)?.facts;
      const isFailing = facts?.attached !== true && facts?.ledger.failingSince !== undefined;
      link.watchPath(node.id, isFailing ? hints.endpoint : undefined);
    }
    retarget(chooseGateway(config.gateway.target, config.nodes.map(hintsOf), rememberedUrl));
  }

  function retarget(choice: GatewayChoice): void {
    const isSame = choice.url === gateway.url;
    if (isSame && gateway.isGuess && !choice.isGuess) core.confirmGateway();
    gateway = choice;
    if (isSame) return;
    left.set(core.gatewayName, dehydrate(core, { wallMs: clock.now().wallMs, logs: {} }));
    core.retargetGateway(gatewayRef(choice));
    const known = left.get(core.gatewayName) ?? (saved.kind === 'restored' ? saved.state : undefined);
    if (known !== undefined) rehydrateGateway(core, known, clock.now());
    const previous = link;
    link = new GatewayLink(choice.url, linkOptions);
    if (!isLinkStarted) return;
    telemetry.gatewayChosen(choice);
    link.start();
    previous.stop().catch((error: unknown) => {
      telemetry.surprised('the previous gateway', error);
    });
  }

  const keeper = new StateKeeper({
    directory: config.state.dir,
    core,
    clock,
    ticker,
    telemetry,
    positions: () => logs.positions(),
    dialledUrl: () => (gateway.isDialled ? gateway.url : undefined),
  });

  for (const [target, where] of logPlaces) {
    if (where !== undefined) telemetry.logFollowed({ target, where: describeLocation(where) });
  }
  monitor.start();
  processes.start();
  sockets.start();
  logs.start();
  if (config.gateway.target.kind === 'given') startLink();
  if (!options.readOnlyState) keeper.start();
  let isFleet = false;
  const review = systemMetronome.every(REVIEW_EVERY_MS, () => {
    narrator.review(gateway.url);
    if (!isFleet && core.locals.size + core.remotes.size >= FLEET_NODES) {
      isFleet = true;
      fleetHeap();
    }
  });

  const stop = async (): Promise<void> => {
    review.stop();
    keeper.stop();
    const parts = Promise.all([
      web?.close(),
      processes.stop(),
      sockets.stop(),
      logs.stop(),
      supervisors.stop(),
      link.stop(),
      otlp?.stop(),
    ]);
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
    otherNodeHosts: () => processes.otherNodeHosts(),
    onTransition(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    stop: () => (stopping ??= stop()),
  };
  return { ok: true, exporter };
}

function sharedState(config: Config, pid: number): string {
  return `state directory ${config.state.dir} is in use by another exporter (pid ${pid}); both would rewrite its counters. Stop that one, or give this one a directory of its own with --state.dir.`;
}

/** Says what became of the state file, and puts one aside that cannot be used, unless nothing may be written. */
async function tellOfState(
  saved: LoadedState,
  { config, options }: { readonly config: Config; readonly options: StartOptions },
): Promise<void> {
  const { telemetry, readOnlyState } = options;
  switch (saved.kind) {
    case 'restored': {
      const path = join(config.state.dir, 'state.json');
      telemetry.stateFileRestored({ path, nodes: Object.keys(saved.state.locals).length });
      if (saved.aheadMs >= CLOCK_STEP_MS) telemetry.stateFileFromTheFuture({ path, aheadMs: saved.aheadMs });
      return;
    }
    case 'unusable': {
      if (readOnlyState) return;
      const aside = await setStateAside(saved.path);
      if (aside.ok) telemetry.stateFileSetAside({ path: saved.path, movedTo: aside.movedTo, why: saved.why });
      else telemetry.stateFileNotWritten({ path: saved.path, message: aside.why });
      return;
    }
    case 'unreadable':
      telemetry.stateFileNotWritten({ path: saved.path, message: saved.why });
      return;
    case 'none':
      return;
    default:
      saved satisfies never;
  }
}

/** Waits until every viewpoint has looked once and no verdict is provisional, or the time is up. */
async function settled(monitor: Monitor, timeoutMs: number): Promise<Snapshot> {
  const deadline = performance.now() + timeoutMs;
  const isProvisional = (): boolean =>
    !monitor.isWarm() || monitor.snapshot().nodes.some((node) => node.reasons.includes('just-started'));
  while (isProvisional() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return monitor.snapshot();
}

function enabledSources(config: Config): readonly SourceName[] {
  const hasLog = config.nodes.some((node) => node.log.kind !== 'none');
  return [
    'process',
    'socket',
    ...(hasLog ? (['log'] as const) : []),
    'gateway-http',
    'gateway-session',
    ...(config.probe.enabled ? (['probe'] as const) : []),
  ];
}

function processTarget(node: NodeTarget): ProcessTarget {
  const { locator } = node;
  switch (locator.kind) {
    case 'state-dir':
      return { target: node.id, by: { kind: 'state-dir', path: locator.path }, explicit: locator.explicit };
    case 'pid-file':
      return { target: node.id, by: { kind: 'pid-file', path: locator.path }, explicit: true };
    case 'systemd-unit':
      return {
        target: node.id,
        by: { kind: 'systemd-unit', unit: locator.unit, user: locator.user },
        explicit: true,
      };
    default:
      return locator satisfies never;
  }
}
