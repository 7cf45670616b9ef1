/**
 * Preloaded into the exporter (`node --import`): answers each message of its parent with how long its event loop was
 * held up since the message before.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What the exporter says of itself, in milliseconds and MiB. */
export interface LoopReport {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly residentMib: number;
  readonly heapMib: number;
  /** CPU time of all its threads for each unit of time. */
  readonly cpuShare: number;
}

/** The histogram counts from one beat of this length to the next, so each of its values includes it. */
const BEAT_MS = 5;

const delays = monitorEventLoopDelay({ resolution: BEAT_MS });
delays.enable();

let sinceMs = performance.now();
let cpuSince = process.cpuUsage();

process.on('message', () => {
  const { rss, heapUsed } = process.memoryUsage();
  const report: LoopReport = {
    p99Ms: Math.max(0, delays.percentile(99) / 1e6 - BEAT_MS),
    maxMs: Math.max(0, delays.max / 1e6 - BEAT_MS),
    residentMib: rss / 2 ** 20,
    heapMib: heapUsed / 2 ** 20,
    cpuShare: spentMs() / (performance.now() - sinceMs),
  };
  delays.reset();
  sinceMs = performance.now();
  cpuSince = process.cpuUsage();
  process.send?.(report);
});
function spentMs(): number {
  const { user, system } = process.cpuUsage(cpuSince);
  return (user + system) / 1_000;
}

// The exporter must be able to end although its parent listens.
process.channel?.unref();
