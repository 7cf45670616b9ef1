import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './scenario.ts';

/** What one scenario showed on one version of OpenClaw, when it was run last. */
export interface Result {
  readonly scenario: string;
  readonly version: string;
  /** Its end, as `2026-11-27 19:15` UTC. */
  readonly at: string;
  /** Processes that wanted a core as it ended: bounds are missed on a machine that has none to spare. */
  readonly load: number;
  readonly rows: readonly Measurement[];
}

const FILE = fileURLToPath(new URL('results.json', import.meta.url));

export function resultOf(scenario: string, version: string, rows: readonly Measurement[]): Result {
  const at = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return { scenario, version, at, load: Math.round(loadavg()[1] ?? 0), rows };
}

/** Those of earlier runs, each replaced where this run tried the same anew; written down for the next one. */
export function keepResults(found: readonly Result[]): readonly Result[] {
  const isAnew = (old: Result): boolean =>
    found.some(({ scenario, version }) => scenario === old.scenario && version === old.version);
  const results = [...earlierResults().filter((old) => !isAnew(old)), ...found];
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}

function earlierResults(): readonly Result[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as readonly Result[];
}
