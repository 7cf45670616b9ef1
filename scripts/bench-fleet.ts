/**
 * What the exporter costs with a fleet of remote node hosts: each step of its core by itself, then the whole program
 * in front of a simulated gateway, in peace, while the gateway is away, and when it comes back.
 *
 *   node scripts/bench-fleet.ts [--nodes 500] [--seconds 30]
 *
 * Budgets: a scrape < 250 ms and a tick < 20 ms at 500 node hosts, and no 50 ms in which nobody is answered. Times are
 * those of this machine with everything else that runs on it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FakeGateway } from '../test/helpers/fake-gateway.ts';
import { reservePort } from '../test/real/harness/ports.ts';
import { median, timeCoreSteps } from './bench-fleet/core-steps.ts';
import { ExporterProcess } from './bench-fleet/exporter-process.ts';
import { fleetReply, nodeIdOf } from './bench-fleet/fleet-reply.ts';

const SCRAPE_EVERY_MS = 2_000;
const LIVEZ_EVERY_MS = 50;
const START_WITHIN_MS = 30_000;
/** Each node host sends host stats once a minute. */
const HOST_STATS_EVERY_MS = 60_000;

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '500' }, seconds: { type: 'string', default: '30' } },
});
const nodes = Number(values.nodes);
const seconds = Number(values.seconds);
if (!(nodes > 0 && seconds > 0)) throw new Error('usage: --nodes N --seconds N');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

say(`steps of the core with ${nodes} remote node hosts and a full history, in ms:`);
for (const { step, medianMs, maxMs } of timeCoreSteps(nodes)) {
  say(
    `  ${step.padEnd(20)} ${medianMs.toFixed(1).padStart(6)} median ${maxMs.toFixed(1).padStart(7)} at most`,
  );
}

const directory = await mkdtemp(join(tmpdir(), 'bench-fleet-'));
const gatewayPort = await reservePort();
let round = 0;
const listen = (): Promise<FakeGateway> =>
  FakeGateway.listen({
    version: '2026.9.6',
    port: gatewayPort,
    react: ({ method }) =>
      method === 'node.list'
        ? { payload: fleetReply({ nodes, wallMs: Date.now(), round, flappingShare: 0.02 }) }
        : undefined,
  });
let gateway = await listen();
const tokenFile = join(directory, 'token');
await writeFile(tokenFile, 'bench', { mode: 0o600 });
const exporter = new ExporterProcess({
  port: await reservePort(),
  home: directory,
  flags: [
    ...[
      '--gateway.url',
      gateway.url,
      '--gateway.token-file',
      tokenFile,
      '--state.dir',
      join(directory, 'state'),
    ],
  ],
});

try {
  await untilReady();
  say(`the whole exporter, ${seconds} s each, a scrape every 2 s, /livez every 50 ms:`);
  await phase('warming up');
  await phase('in peace');
  await phase('2 % of the sessions come and go', () => {
    round += 1;
    gateway.emit('presence', {});
  });
  const away = gateway;
  await phase('gateway goes away', undefined, () => away.close());
  await phase('gateway comes back', undefined, async () => {
    gateway = await listen();
  });
} finally {
  await exporter.stop();
  await gateway.close().catch(() => undefined);
  await rm(directory, { recursive: true });
}

async function untilReady(): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS;
  while (performance.now() < deadline) {
    const ready = await exporter.get('/-/ready').catch(() => undefined);
    if (ready?.status === 200) return;
    await sleep(100);
  }
  throw new Error('the exporter is not ready');
}

/** One stretch of time, begun by `begin`, in which `everySecond` is called every second. */
async function phase(name: string, everySecond?: () => void, begin?: () => Promise<unknown>): Promise<void> {
  await exporter.report();
  const scrapes: number[] = [];
  const livez: number[] = [];
  let bytes = 0;
  await begin?.();
  const endAt = performance.now() + seconds * 1_000;
  const until = async (everyMs: number, run: () => unknown): Promise<void> => {
    while (performance.now() < endAt) {
      await run();
      await sleep(everyMs);
    }
  };
  let told = 0;
  await Promise.all([
    until(SCRAPE_EVERY_MS, async () => {
      const scrape = await exporter.get('/metrics');
      scrapes.push(scrape.ms);
      bytes = scrape.bytes;
    }),
    until(LIVEZ_EVERY_MS, async () => {
      livez.push((await exporter.get('/livez')).ms);
    }),
    until(1_000, () => everySecond?.()),
    until(HOST_STATS_EVERY_MS / nodes, () => {
      told += 1;
      gateway.emit('node.hostStats', { nodeId: nodeIdOf(told % nodes) });
    }),
  ]);
  const { maxMs, p99Ms, residentMib, heapMib } = await exporter.report();
  say(`  ${name}`);
  say(
    `    scrape      ${ms(median(scrapes))} median, ${ms(Math.max(...scrapes))} at most, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  );
  say(`    /livez      ${ms(median(livez))} median, ${ms(Math.max(...livez))} at most`);
  say(`    event loop  held up ${ms(p99Ms)} in the worst of a hundred, ${ms(maxMs)} at most`);
  say(`    memory      ${residentMib.toFixed(0)} MiB resident, ${heapMib.toFixed(0)} MiB heap`);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
