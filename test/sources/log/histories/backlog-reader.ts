import { intervalTicker } from '../../../../src/runtime/interval-ticker.ts';
import { systemClock } from '../../../../src/runtime/system-clock.ts';
import { LogSource } from '../../../../src/sources/log/log-source.ts';
import type { LogPosition } from '../../../../src/sources/tail/position.ts';

/* Reads a log on from a position, with the source as the exporter has it, and says on stdout what came of that. */

export interface BacklogRead {
  /** Lines that were told of in their turn; one that is told of twice, or after one that came later, is none. */
  readonly told: number;
  readonly gaps: readonly string[];
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of memory: before the first look, and the most that there was. */
  readonly beganMebibytes: number;
  readonly peakMebibytes: number;
  /** The longest that nothing else could run. */
  readonly longestHoldUpMs: number;
}

/** After which no more lines are waited for. */
const QUIET_MS = 60_000;
const BEAT_MS = 5;

const [savedPosition, lines] = process.argv.slice(2);
const position = JSON.parse(savedPosition ?? '') as LogPosition;
let told = 0;
let toldAtMs = performance.now();
const gaps: string[] = [];
const source = new LogSource({
  targets: [{ target: 'node', where: { kind: 'file', paths: [position.path] } }],
  clock: systemClock,
  ticker: intervalTicker((error) => {
    throw error;
  }),
  positions: { node: { files: [position], journals: [] } },
  sink: {
    observe(observation) {
      if (observation.source !== 'log' || observation.kind !== 'line') return;
      const { event } = observation;
      if (event.kind !== 'closed' || Number.parseInt(event.reason, 10) !== told + 1) return;
      told += 1;
      toldAtMs = performance.now();
    },
    report: (report) => gaps.push(...(report.gaps ?? [])),
  },
});

const beganMebibytes = mebibytes(process.memoryUsage.rss());
const beganMs = performance.now();
let longestHoldUpMs = 0;
let beatMs = beganMs;
source.start();
const beat = setInterval(() => {
  const nowMs = performance.now();
  longestHoldUpMs = Math.max(longestHoldUpMs, nowMs - beatMs - BEAT_MS);
  beatMs = nowMs;
  if (told < Number(lines) && nowMs - toldAtMs < QUIET_MS) return;
  clearInterval(beat);
  void source.stop().then(() => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const outcome: BacklogRead = {
      told,
      gaps,
      seconds: Math.round(toldAtMs - beganMs) / 1_000,
      cpuSeconds: Math.round((userCPUTime + systemCPUTime) / 1_000) / 1_000,
      beganMebibytes,
      peakMebibytes: mebibytes(maxRSS * 1024),
      longestHoldUpMs: Math.round(longestHoldUpMs),
    };
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
  });
}, BEAT_MS);

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
