import { realFileSystem } from '../config/file-system.ts';
import type { Config } from '../config/config.ts';
import { listenUrl } from '../config/listen-address.ts';
import { formatProblem } from '../config/problem.ts';
import type { Snapshot } from '../core/index.ts';
import type { ExporterContext } from '../exporters/metric.ts';
import { createPrometheusExporter } from '../exporters/prometheus.ts';
import { createSelfMetrics } from '../exporters/self-metrics.ts';
import type { BoundAddress, ListenPlace } from '../http/server/listen-place.ts';
import type { RecoveryDependencies } from '../http/routes/recovery.ts';
import type { ReloadDependencies } from '../http/routes/reload.ts';
import { tickCheck, type SelfCheck } from '../http/routes/self-check.ts';
import { serveHttp, type HttpServer } from '../http/server/server.ts';
import { packageVersion } from '../package-version.ts';
import type { WebStatus } from '../ports/web-status.ts';
import type { Ticker } from '../sources/source.ts';
import { EXIT } from '../runtime/exit-code.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { explainListenFailure } from './listen-words.ts';
import { LiveWebConfig } from './live-web-config.ts';

/** Ticks that may be missing before the exporter calls itself unhealthy: a look at a loaded machine may be late. */
const MISSED_TICKS = 30;
/** How soon a new certificate is served; the look costs a few system calls. */
const WEB_CONFIG_LOOK_MS = 2000;

export interface ServeOptions {
  readonly config: Config;
  readonly snapshot: () => Snapshot;
  readonly context: () => ExporterContext;
  readonly tickAgeMs: () => number | undefined;
  readonly isWarm: () => boolean;
  /** Between two ticks, as it is set now. */
  readonly tickMs: () => number;
  readonly reload: ReloadDependencies;
  readonly recovery: RecoveryDependencies;
  readonly ticker: Ticker;
  readonly telemetry: Telemetry;
}

/** The pages, served. */
export interface WebServer {
  readonly addresses: readonly BoundAddress[];
  /** For people, one for each address. */
  readonly urls: readonly string[];
  status(): WebStatus;
  /** Verdicts are made in time: what `/-/healthy` says. */
  isHealthy(): boolean;
  close(): Promise<void>;
}

export type ServeResult =
  | { readonly ok: true; readonly server: WebServer }
  | { readonly ok: false; readonly problem: { readonly message: string; readonly exitCode: number } };

/** Serves the pages on the configured addresses. */
export async function serve(options: ServeOptions): Promise<ServeResult> {
  const { config, snapshot, telemetry, ticker } = options;
  const { configFile, inherited } = config.web;
  if (inherited?.ok === false) return misconfigured(`--web.systemd-socket: ${inherited.why}`);
  const started =
    configFile === undefined
      ? undefined
      : await LiveWebConfig.start({
          path: configFile,
          fileSystem: realFileSystem,
          wallMs: Date.now,
          telemetry,
        });
  if (started?.ok === false) return misconfigured(started.problems.map(formatProblem).join('; '));
  const web = started?.web;

  const isHealthy = (): SelfCheck =>
    tickCheck({ lastTickAgeMs: options.tickAgeMs(), limitMs: MISSED_TICKS * options.tickMs() });
  const version = packageVersion();
  const selfMetrics = createSelfMetrics({
    onError: (metric, error) => {
      telemetry.surprised(`metric ${metric}`, error);
    },
  });
  const renderMetrics = createPrometheusExporter({
    snapshot,
    selfMetrics,
    context: options.context,
    createdTimestamps: config.web.createdTimestamps,
  });
  const listening = await serveHttp(
    {
      version,
      snapshot,
      renderMetrics,
      isHealthy,
      isReady: () =>
        options.isWarm() ? { ok: true } : { ok: false, why: 'not every viewpoint has looked yet' },
      reload: options.reload,
      recovery: options.recovery,
      onError: (error, path) => {
        telemetry.surprised(path, error);
      },
    },
    {
      places: listenPlaces(config),
      openProbes: config.web.openProbes,
      maxRequests: config.web.maxRequests,
      ...(web !== undefined && { policy: web.policy }),
    },
  );
  if (!listening.ok) return { ok: false, problem: explainListenFailure(listening.failure) };
  const { server } = listening;
  return { ok: true, server: webServer({ server, web, isHealthy, ticker, telemetry }) };
}

function misconfigured(message: string): ServeResult {
  return { ok: false, problem: { message, exitCode: EXIT.configuration } };
}

function listenPlaces({ web }: Config): readonly ListenPlace[] {
  const { inherited } = web;
  return [
    ...(inherited?.ok === true
      ? inherited.sockets.map((socket) => ({ kind: 'inherited', ...socket }) as const)
      : []),
    ...web.listen.map((address) =>
      address.kind === 'unix' ? { ...address, mode: web.socketMode } : address,
    ),
  ];
}

function webServer({
  server,
  web,
  isHealthy,
  ticker,
  telemetry,
}: Pick<ServeOptions, 'ticker' | 'telemetry'> & {
  readonly server: HttpServer;
  readonly web: LiveWebConfig | undefined;
  readonly isHealthy: () => SelfCheck;
}): WebServer {
  const looking =
    web === undefined
      ? undefined
      : ticker.every(WEB_CONFIG_LOOK_MS, async () => {
          const policy = await web.look();
          if (policy === undefined) return;
          for (const message of server.apply(policy)) telemetry.configDoubtful({ message });
        });
  const scheme = web?.policy.tls === undefined ? 'http' : 'https';
  return {
    addresses: server.addresses,
    urls: server.addresses.map((address) => urlOf(address, scheme)),
    status: () => ({ ...(web !== undefined && { config: web.status() }), refusals: server.refusals() }),
    isHealthy: () => isHealthy().ok,
    async close() {
      looking?.stop();
      await server.close();
    },
  };
}

function urlOf(address: BoundAddress, scheme: 'http' | 'https'): string {
  return address.kind === 'unix' ? `unix:${address.path}` : listenUrl(address, scheme);
}
