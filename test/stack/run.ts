/**
 * Runs the real Prometheus and Alertmanager with the shipped rules beside the exporter and simulated node hosts, breaks
 * things, and looks at who is paged.
 *
 *   node test/stack/run.ts [--write] [--lanes N] [claim…]
 *
 * `--write` writes the measured times into docs/stack.md. Closes with `N passed, N failed`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withCleanup } from '../real/harness/cleanup.ts';
import type { Claim, Finding } from './claim.ts';
import { CLAIMS } from './claims.ts';
import { findStackBinaries } from './harness/stack-binaries.ts';
import { withMeasuredTimes } from './measured-times.ts';
import type { PathToPage } from './path-to-page.ts';

/** Most of a claim is waiting. More at once would make two cores late, and lateness is what is measured. */
const DEFAULT_LANES = '3';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, lanes: { type: 'string', default: DEFAULT_LANES } },
});
const unknown = positionals.filter((name) => CLAIMS.every((claim) => claim.name !== name));
if (unknown.length > 0) {
  throw new Error(
    `unknown claim ${unknown.join(', ')}; known are ${CLAIMS.map((claim) => claim.name).join(', ')}`,
  );
}

const binaries = findStackBinaries();
const queue = CLAIMS.filter((claim) => positionals.length === 0 || positionals.includes(claim.name));
const findings: Finding[] = [];
const paths: PathToPage[] = [];
const startedAt = new Date();

async function work(): Promise<void> {
  for (let claim = queue.shift(); claim !== undefined; claim = queue.shift()) await prove(claim);
}

/** A claim that breaks down half-way is tried once more: on a starved machine a server may not even start. */
async function prove(claim: Claim): Promise<void> {
  const start = performance.now();
  const first = await attempt(claim);
  if (first !== undefined) {
    say(`${claim.name}: did not run to its end, once more. ${first}`);
    const second = await attempt(claim);
    if (second !== undefined) {
      say(second);
      keep(claim, { what: claim.says, passed: false, seen: second.split('\n')[0] ?? second });
    }
  }
  say(`${claim.name}: ends after ${((performance.now() - start) / 1_000).toFixed(0)} s`);
}

/** What kept the claim from its end, if anything did. A finding that failed before that stays failed. */
async function attempt(claim: Claim): Promise<string | undefined> {
  const found: Finding[] = [];
  const measured: PathToPage[] = [];
  try {
    await withCleanup((cleanup) =>
      claim.run({
        binaries,
        cleanup,
        record: (finding) => found.push(finding),
        measured: (path) => measured.push(path),
      }),
    );
    for (const finding of found) keep(claim, finding);
    paths.push(...measured);
    return undefined;
  } catch (error: unknown) {
    for (const finding of found.filter(({ passed }) => !passed)) keep(claim, finding);
    return error instanceof Error ? error.message : String(error);
  }
}

function keep(claim: Claim, finding: Finding): void {
  findings.push(finding);
  say(`${finding.passed ? 'pass' : 'FAIL'}  ${claim.name}: ${finding.what} - ${finding.seen}`);
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
}

await Promise.all(Array.from({ length: Number(values.lanes) }, work));

if (values.write) {
  const path = fileURLToPath(new URL('../../docs/stack.md', import.meta.url));
  writeFileSync(path, withMeasuredTimes(readFileSync(path, 'utf8'), { paths, startedAt }));
  say('wrote docs/stack.md');
}
const failed = findings.filter((finding) => !finding.passed).length;
process.stdout.write(`${findings.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && findings.length > 0 ? 0 : 1;
