import type { Config } from '../config/config.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { ExporterContext } from '../exporters/metric.ts';
import { createPrometheusExporter } from '../exporters/prometheus.ts';
import { createSelfMetrics } from '../exporters/self-metrics.ts';
import { tickCheck } from '../http/self-check.ts';
import { serveHttp, type HttpServer, type ListenFailure } from '../http/server.ts';
import { packageVersion } from '../package-version.ts';
import type { Telemetry } from '../telemetry.ts';

/** Ticks that may be missing before the exporter calls itself unhealthy: a look at a loaded machine may be late. */
const MISSED_TICKS = 30;
/** Somebody holds the port now; later it may be free. */
const EXIT_BUSY = 1;
/** The address is wrong: starting again will not help. */
const EXIT_CONFIGURATION = 2;

export interface ServeOptions {
  readonly config: Config;
  readonly snapshot: () => Snapshot;
  readonly context: () => ExporterContext;
  readonly tickAgeMs: () => number | undefined;
  readonly isWarm: () => boolean;
  readonly telemetry: Telemetry;
}

export type ServeResult =
  | { readonly ok: true; readonly server: HttpServer }
  | { readonly ok: false; readonly problem: { readonly message: string; readonly exitCode: number } };

/** Serves the pages on the configured address. */
export async function serve(options: ServeOptions): Promise<ServeResult> {
  const { config, snapshot, telemetry } = options;
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
  });
  const listening = await serveHttp(
    {
      version,
      snapshot,
      renderMetrics,
      isHealthy: () =>
        tickCheck({ lastTickAgeMs: options.tickAgeMs(), limitMs: MISSED_TICKS * config.thresholds.tickMs }),
      isReady: () =>
        options.isWarm() ? { ok: true } : { ok: false, why: 'not every viewpoint has looked yet' },
      onError: (error, path) => {
        telemetry.surprised(path, error);
      },
    },
    config.web.listen,
  );
  if (listening.ok) return listening;
  const exitCode = listening.failure.kind === 'in-use' ? EXIT_BUSY : EXIT_CONFIGURATION;
  return { ok: false, problem: { message: explain(listening.failure, config), exitCode } };
}

function explain(failure: ListenFailure, config: Config): string {
  const address = formatListenAddress(config.web.listen);
  switch (failure.kind) {
    case 'in-use':
      return `cannot listen on ${address}: the port is in use, perhaps by another exporter (ss -ltnp 'sport = :${failure.port}' names it). Stop that one, or choose another address with --web.listen-address.`;
    case 'permission':
      return `cannot listen on ${address}: not permitted (${failure.code}); ports below 1024 need privileges. Choose a higher port with --web.listen-address.`;
    case 'no-such-address':
      return `cannot listen on ${address}: this machine has no such address (${failure.code}). Choose one of its own with --web.listen-address, or 127.0.0.1.`;
    case 'bad-address':
      return `cannot listen on ${address}: the name is no address (${failure.code}). Correct --web.listen-address.`;
    default:
      return failure.kind satisfies never;
  }
}
