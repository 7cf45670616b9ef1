import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Family } from './metric.ts';

/**
 * What we take from prom-client's defaults. Left out, measured on Node 24 over 60 idle seconds each
 * (docs/decisions/0002-prom-client.md): with its own settings the whole set costs 1.0 % of a core, twice the budget of
 * this process.
 * - `nodejs_eventloop_lag_{min,max,mean,…}`: a native timer, 0.55 % at 10 ms; coarser is cheap but then lies, since
 *   each value includes the sampling interval itself.
 * - `nodejs_eventloop_utilization_*`: a timer every 100 ms, 0.3 %.
 * - `nodejs_gc_duration_seconds` and the utilization histogram: text and OpenMetrics spell `le="1"` and `le="1.0"`, so
 *   their series would change with the scraper's Accept header.
 * - `nodejs_active_*`: a label named `type` and gauges named `_total`, both refused by promtool.
 */
export const SELF_METRIC_NAMES = [
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_cpu_seconds_total',
  'process_start_time_seconds',
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'process_heap_bytes',
  'process_open_fds',
  'process_max_fds',
  'nodejs_eventloop_lag_seconds',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_version_info',
] as const;

const TAKEN: ReadonlySet<string> = new Set(SELF_METRIC_NAMES);

/** prom-client has no switch for its two samplers; once an hour and once a day are as good as off. */
const SAMPLERS_OFF = { eventLoopMonitoringPrecision: 3_600_000, eventLoopUtilizationTimeout: 86_400_000 };

/** The part of a prom-client metric that we read; its registry types hide `get`. */
interface Collectable {
  readonly name: string;
  get(): Promise<{
    readonly help: string;
    readonly type: string;
    readonly values: readonly {
      readonly value: number;
      readonly labels: Readonly<Record<string, string | number>>;
    }[];
  }>;
}

/** What we need of a registry. */
export interface MetricRegistry {
  getMetricsAsArray(): readonly object[];
}

export interface SelfMetrics {
  /** `process_*` and `nodejs_*` of this process. Never rejects: a metric that cannot be read is left out. */
  families(): Promise<readonly Family[]>;
}

export interface SelfMetricsOptions {
  /** Told of each metric that could not be read. */
  readonly onError?: (metric: string, error: unknown) => void;
  /** For tests: metrics instead of those of this process. */
  readonly registry?: MetricRegistry;
}

function isCollectable(metric: object): metric is Collectable {
  return 'get' in metric && typeof metric.get === 'function' && 'name' in metric;
}

function withoutFullStop(help: string): string {
  return help.endsWith('.') ? help.slice(0, -1) : help;
}

async function familyOf(metric: Collectable): Promise<Family | undefined> {
  const { help, type, values } = await metric.get();
  if (type !== 'gauge' && type !== 'counter') return undefined;
  const labels = Object.keys(values[0]?.labels ?? {});
  return {
    name: metric.name,
    help: withoutFullStop(help),
    type: metric.name.endsWith('_info') ? 'info' : type,
    labels,
    subjects: [
      {
        names: [],
        samples: values.map((sample) => ({
          labels: labels.map((label) => String(sample.labels[label] ?? '')),
          value: sample.value,
        })),
      },
    ],
  };
}

function processRegistry(): MetricRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, ...SAMPLERS_OFF });
  // The rest is removed rather than filtered at each scrape, so that its collectors do not run.
  for (const { name } of registry.getMetricsAsArray()) {
    if (!TAKEN.has(name)) registry.removeSingleMetric(name);
  }
  return registry;
}

/** Starts reporting on this process. Call it once: the collectors of prom-client cannot be stopped. */
export function createSelfMetrics({
  onError,
  registry = processRegistry(),
}: SelfMetricsOptions = {}): SelfMetrics {
  return {
    async families(): Promise<readonly Family[]> {
      // Not getMetricsAsJSON(): one collector that throws would take all others with it.
      const collectables = registry.getMetricsAsArray().filter(isCollectable);
      const results = await Promise.allSettled(collectables.map((metric) => familyOf(metric)));
      return results.flatMap((result, index) => {
        if (result.status === 'fulfilled') return result.value === undefined ? [] : [result.value];
        onError?.(collectables[index]?.name ?? 'unknown', result.reason);
        return [];
      });
    },
  };
}
