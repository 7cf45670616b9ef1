import { LABELS } from '../../src/exporters/labels.ts';
import { perMinuteByOccurring } from '../expressions.ts';
import { series } from '../series.ts';
import { timeSeries } from './time-series.ts';

type TimeSeries = ReturnType<typeof timeSeries>;

/** How it tries to come back. */
export function attemptsAndFailures(): TimeSeries {
  return timeSeries({
    title: 'Reconnect attempts and failures',
    description:
      'Attempts a minute to attach again, and those that failed by reason. It tries after 1, 2, 4 … 30 s, then twice a minute. "none": no attempt failed.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: `60 * sum(rate(${series('openclaw_nodehost_reconnect_attempts_total')}[$__rate_interval]))`,
        legend: 'attempts',
      },
      {
        expr: perMinuteByOccurring({
          counter: 'openclaw_nodehost_reconnect_failures_total',
          labels: ['reason'],
        }),
        legend: 'failed: {{reason}}',
      },
    ],
    unit: 'cpm',
    lines: ['attempts', ...['none', ...LABELS.failureReason.values].map((reason) => `failed: ${reason}`)],
    legend: 'bottom',
    whenEmpty: 'Counted only on its own machine.',
  });
}

/** How its connections ended. */
export function closesByCode(): TimeSeries {
  return timeSeries({
    title: 'Closes by code',
    description:
      'Connections of it that were closed, a minute, by WebSocket close code. 1012: the gateway restarts; 1006: cut without a word; 1008: refused; 1000 and 1005: closed on purpose. An attempt that failed is none. "none": nothing was closed.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: perMinuteByOccurring({ counter: 'openclaw_nodehost_closes_total', labels: ['code'] }),
        legend: '{{code}}',
      },
    ],
    unit: 'cpm',
    lines: ['none', ...LABELS.closeCode.values],
    style: 'stacked',
    legend: 'bottom',
    whenEmpty: 'Counted on its own machine, or beside a gateway with a verbose log.',
  });
}

/** Why its gateway refuses it. */
export function refusalsByReason(): TimeSeries {
  return timeSeries({
    title: 'Auth failures by reason',
    description: 'Refusals of its credential or device, a minute, by reason. "none": it was not refused.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: perMinuteByOccurring({ counter: 'openclaw_nodehost_auth_failures_total', labels: ['reason'] }),
        legend: '{{reason}}',
      },
    ],
    unit: 'cpm',
    lines: ['none', ...LABELS.countedRefusal.values],
    style: 'stacked',
    legend: 'bottom',
    whenEmpty: 'Counted on its own machine, or beside its gateway.',
  });
}

/** Whether its machine can still do what it is asked to. */
export function machine(): TimeSeries {
  return timeSeries({
    title: 'Its machine',
    description:
      'How its machine is doing, by its own word: load of the last minute for each core, and the shares of memory and disk that are free.',
    width: 6,
    height: 7,
    queries: [
      { expr: `max(${series('openclaw_nodehost_host_load_ratio')})`, legend: 'load' },
      { expr: `max(${series('openclaw_nodehost_host_memory_free_ratio')})`, legend: 'memory free' },
      { expr: `max(${series('openclaw_nodehost_host_disk_free_ratio')})`, legend: 'disk free' },
    ],
    unit: 'percentunit',
    lines: ['load', 'memory free', 'disk free'],
    legend: 'bottom',
    whenEmpty: 'Told by node hosts of 2026.9 and later while they are attached.',
  });
}

/** Whether it grows. */
export function processMemory(): TimeSeries {
  return timeSeries({
    title: 'Memory',
    description: 'Resident memory of its process.',
    width: 6,
    height: 7,
    queries: [
      { expr: `max(${series('openclaw_nodehost_process_resident_memory_bytes')})`, legend: 'resident' },
    ],
    unit: 'bytes',
    legend: 'bottom',
    whenEmpty: 'Seen only on its own machine.',
  });
}

/** Whether it spins. */
export function processCpu(): TimeSeries {
  return timeSeries({
    title: 'CPU',
    description:
      'Share of one core that its process used. About 100 % that stays, without a pulse: it spins in a loop.',
    width: 6,
    height: 7,
    queries: [
      {
        expr: `max(rate(${series('openclaw_nodehost_process_cpu_seconds_total')}[$__rate_interval]))`,
        legend: 'one core',
      },
    ],
    unit: 'percentunit',
    legend: 'bottom',
    whenEmpty: 'Seen only on its own machine.',
  });
}

/** Whether the way to it is slow. */
export function roundTrips(): TimeSeries {
  return timeSeries({
    title: 'Round trips',
    description:
      'Time until the end-to-end probe through it was answered or given up, and time that its gateway took to answer the exporter, by transport.',
    width: 6,
    height: 7,
    queries: [
      { expr: `max(${series('openclaw_nodehost_probe_duration_seconds')})`, legend: 'probe' },
      {
        expr: `max by (transport) (
  ${series('openclaw_nodehost_gateway_rtt_seconds')}
  and on (job, instance, gateway)
  ${series('openclaw_nodehost_state')}
)`,
        legend: 'gateway {{transport}}',
      },
    ],
    unit: 's',
    lines: ['probe', 'gateway http', 'gateway ws'],
    legend: 'bottom',
  });
}
