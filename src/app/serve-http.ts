import type { Config } from '../config/config.ts';
import { realFileSystem } from '../config/file-system.ts';
import { listenUrl } from '../config/listen-address.ts';
import { formatProblem } from '../config/problem.ts';
import { createPrometheusExporter } from '../exporters/prometheus.ts';
import { createSelfMetrics } from '../exporters/self-metrics.ts';
import type { HttpDependencies } from '../http/routes/dependencies.ts';
import { tickCheck, type SelfCheck } from '../http/routes/self-check.ts';
import type { BoundAddress, ListenPlace } from '../http/server/listen-place.ts';
import { serveHttp } from '../http/server/server.ts';
import { packageVersion } from '../package-version.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { Assembly } from './assembly.ts';
import { explainListenFailure } from './listen-words.ts';
import { LiveWebConfig } from './live-web-config.ts';
import { pauseRecovery, resumeRecovery } from './pause-requests.ts';
import type { StartOptions, StartResult, WebServer } from './port.ts';

/** Ticks that may be missing before the exporter calls itself unhealthy: a look at a loaded machine may be late. */
const MISSED_TICKS = 30;
/** How soon a new certificate is served; the look costs a few system calls. */
const WEB_CONFIG_LOOK_MS = 2000;

export type ServeResult =
  { readonly ok: true; readonly server: WebServer } | Extract<StartResult, { readonly ok: false }>;

/**
 * Serves the pages on the configured addresses.
 *
 * @param started before that nothing can be reloaded
 */
export async function serve(
  parts: Assembly,
  config: Config,
  options: StartOptions,
  started: Promise<undefined>,
): Promise<ServeResult> {
  const { configFile, inherited, openProbes, maxRequests } = config.web;
  if (inherited?.ok === false) return misconfigured(`--web.systemd-socket: ${inherited.why}`);
  const { telemetry } = options;
  const loaded =
    configFile === undefined
      ? undefined
      : await LiveWebConfig.start({
          path: configFile,
          fileSystem: realFileSystem,
          wallMs: Date.now,
          telemetry,
        });
  if (loaded?.ok === false) return misconfigured(loaded.problems.map(formatProblem).join('; '));
  const web = loaded?.web;
  const dependencies = pagesOf(parts, config, options, started);
  const listening = await serveHttp(dependencies, {
    places: listenPlaces(config),
    openProbes,
    maxRequests,
    ...(web !== undefined && { policy: web.policy }),
  });
  if (!listening.ok) return { ok: false, problem: explainListenFailure(listening.failure) };
  const { server } = listening;
  const looking =
    web &&
    parts.ticker.every(WEB_CONFIG_LOOK_MS, async () => {
      const policy = await web.look();
      if (policy === undefined) return;
      for (const message of server.apply(policy)) telemetry.configDoubtful({ message });
    });
  const scheme = web?.policy.tls === undefined ? 'http' : 'https';
  return {
    ok: true,
    server: {
      addresses: server.addresses,
      urls: server.addresses.map((address) => urlOf(address, scheme)),
      status: () => ({ ...(web !== undefined && { config: web.status() }), refusals: server.refusals() }),
      isHealthy: () => dependencies.isHealthy().ok,
      async close() {
        looking?.stop();
        await server.close();
      },
    },
  };
}

function misconfigured(message: string): ServeResult {
  return { ok: false, problem: { message, exitCode: EXIT.configuration } };
}

function listenPlaces({ web: { inherited, listen, socketMode } }: Config): readonly ListenPlace[] {
  return [
    ...(inherited?.ok === true
      ? inherited.sockets.map((socket) => ({ kind: 'inherited', ...socket }) as const)
      : []),
    ...listen.map((address) => (address.kind === 'unix' ? { ...address, mode: socketMode } : address)),
  ];
}

/** What the pages know of the exporter. */
function pagesOf(
  parts: Assembly,
  config: Config,
  { telemetry, loadAgain }: StartOptions,
  started: Promise<undefined>,
): HttpDependencies {
  const { monitor, recovery, reloader } = parts;
  const isEnabled = (): boolean => reloader.config.web.enableLifecycle;
  return {
    version: packageVersion(),
    snapshot: () => parts.snapshot(),
    renderMetrics: createPrometheusExporter({
      snapshot: () => parts.snapshot(),
      context: () => parts.context(),
      selfMetrics: createSelfMetrics({
        onError: (metric, error) => telemetry.surprised(`metric ${metric}`, error),
      }),
      createdTimestamps: config.web.createdTimestamps,
    }),
    isHealthy: (): SelfCheck =>
      tickCheck({
        lastTickAgeMs: monitor.tickAgeMs(),
        limitMs: MISSED_TICKS * parts.core.options.limits.tickMs,
      }),
    isReady: () =>
      monitor.isWarm() ? { ok: true } : { ok: false, why: 'not every viewpoint has looked yet' },
    reload: {
      isEnabled: () => loadAgain !== undefined && isEnabled(),
      reload: () => started.then(() => reloader.reload()),
    },
    recovery: {
      isOn: () => recovery.isOn,
      isEnabled,
      pause: (length, reason) =>
        pauseRecovery(recovery, { length, reason, nowWallMs: systemClock.now().wallMs }),
      resume: () => resumeRecovery(recovery),
    },
    onError: (error, path) => telemetry.surprised(path, error),
  };
}

function urlOf(address: BoundAddress, scheme: 'http' | 'https'): string {
  return address.kind === 'unix' ? `unix:${address.path}` : listenUrl(address, scheme);
}
