/**
 * `npm run harm -- --minutes 20 [--write]`: what it costs a real node host and its gateway to be watched. By turns without an
 * exporter and with one, so that whatever else the machine does befalls both; the exporter asks through a front that
 * counts. `--write` keeps it in docs/performance.md.
 */
import { loadavg, release } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withSection } from '../../world/report/marked-section.ts';
import { ExporterUnderTest } from '../exporter-under-test.ts';
import { withCleanup, type Cleanup } from '../harness/cleanup.ts';
import { startGateway } from '../harness/gateway.ts';
import type { OpenClawVersion } from '../harness/installation.ts';
import { startNodeHost } from '../harness/node-host.ts';
import { sleep } from '../harness/wait-until.ts';
import { CountingFront } from './counting-front.ts';
import { readFor, type Reading } from './readings.ts';
import { harmSection, type Harm } from './report.ts';

const VERSIONS: readonly OpenClawVersion[] = ['2026.4.15', '2026.9.6'];
const NODE = 'Watched';
/** Without, with, without, with … */
const TURNS = 3;
/** Until an exporter that was started, or ended, does not show any more. */
const SETTLES_MS = 20_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, write: { type: 'boolean', default: false } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: want a number above 0`);
const turnMs = (minutes * 60_000) / VERSIONS.length / (2 * TURNS);

async function measure(version: OpenClawVersion, cleanup: Cleanup): Promise<Harm> {
  const gateway = cleanup.use(await startGateway({ version }));
  await gateway.waitForOperator();
  const host = cleanup.use(
    await startNodeHost({ version, endpoint: gateway.endpoint, token: gateway.token, displayName: NODE }),
  );
  await gateway.waitAttached(NODE);
  await gateway.approveCommands(NODE);
  const front = cleanup.use(await CountingFront.start(gateway.endpoint));
  const without: Reading[] = [];
  const watched: Reading[] = [];
  const asked = new Map<string, number>();
  for (let turn = 0; turn < TURNS; turn += 1) {
    await sleep(SETTLES_MS);
    without.push(await readFor(gateway, host, turnMs));
    await using exporter = await ExporterUnderTest.start({
      gatewayUrl: front.url,
      token: gateway.token,
      nodes: [{ name: NODE, stateDir: host.stateDir }],
      isSampled: false,
    });
    await sleep(SETTLES_MS);
    // How it begins is asked once, and belongs to no hour.
    const begun = front.take();
    if (turn === 0) process.stdout.write(`${version}, at its start: ${JSON.stringify([...begun])}\n`);
    watched.push(await readFor(gateway, host, turnMs));
    for (const [what, count] of front.take()) asked.set(what, (asked.get(what) ?? 0) + count);
    await exporter.page('/metrics');
  }
  const anHour = 3_600_000 / (TURNS * turnMs);
  return {
    version,
    without,
    watched,
    askedAnHour: new Map([...asked].map(([what, count]) => [what, count * anHour])),
  };
}

const harms: Harm[] = [];
for (const version of VERSIONS) harms.push(await withCleanup((cleanup) => measure(version, cleanup)));
const section = harmSection(harms, {
  at: new Date(),
  minutes: (TURNS * turnMs) / 60_000,
  load: loadavg()[1] ?? 0,
  system: `Linux ${release()}`,
});
process.stdout.write(`\n${section.join('\n')}\n`);
if (values.write) {
  const path = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));
  writeFileSync(path, withSection(readFileSync(path, 'utf8'), 'harm', section));
}
