/**
 * What the exporter costs with a fleet of remote node hosts: each step of its core by itself, then the whole program
 * in front of simulated gateways, in peace, while they are away, and when they come back.
 *
 *   node scripts/bench-fleet.ts [--gateways 1] [--nodes 500] [--seconds 30] [--log-lines 200]
 *
 * `--nodes` is how many each gateway has, `--log-lines` how many lines a second the first of them writes into its own log
 * in one of the stretches: half of them tell of refused nodes, the rest is what a verbose one writes.
 *
 * Budgets: a scrape < 250 ms and a tick < 20 ms at 500 node hosts, and no 50 ms in which nobody is answered. Times are
 * those of this machine with everything else that runs on it.
 */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FakeGateway } from '../test/helpers/fake-gateway.ts';
import { reservePort } from '../test/real/harness/ports.ts';
import { median, timeCoreSteps } from './bench-fleet/core-steps.ts';
import { ExporterProcess } from './bench-fleet/exporter-process.ts';
import { gatewayLogLines } from './bench-fleet/gateway-log-lines.ts';
import { fleetReply, nodeIdOf } from './bench-fleet/fleet-reply.ts';

const SCRAPE_EVERY_MS = 2_000;
const LIVEZ_EVERY_MS = 50;
const START_WITHIN_MS = 30_000;
/** Each node host sends host stats once a minute. */
const HOST_STATS_EVERY_MS = 60_000;

const { values } = parseArgs({
  options: {
    gateways: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
    'log-lines': { type: 'string', default: '200' },
  },
});
const gatewayCount = Number(values.gateways);
const nodes = Number(values.nodes);
const seconds = Number(values.seconds);
const logLines = Number(values['log-lines']);
if (!(gatewayCount > 0 && nodes > 0 && seconds > 0))
  throw new Error('usage: --gateways N --nodes N --seconds N');
const allNodes = gatewayCount * nodes;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

say(`steps of the core with ${allNodes} remote node hosts and a full history, in ms:`);
for (const { step, medianMs, maxMs } of timeCoreSteps(allNodes)) {
  say(
    `  ${step.padEnd(20)} ${medianMs.toFixed(1).padStart(6)} median ${maxMs.toFixed(1).padStart(7)} at most`,
  );
}

const directory = await mkdtemp(join(tmpdir(), 'bench-fleet-'));
const ports = await Promise.all(Array.from({ length: gatewayCount }, reservePort));
let round = 0;
const listen = (): Promise<FakeGateway[]> =>
  Promise.all(
    ports.map((port, index) =>
      FakeGateway.listen({
        version: '2026.9.6',
        port,
        react: ({ method }) =>
          method === 'node.list'
            ? {
                payload: fleetReply({
                  nodes,
                  first: index * nodes,
                  wallMs: Date.now(),
                  round,
                  flappingShare: 0.02,
                }),
              }
            : undefined,
      }),
    ),
  );
let gateways = await listen();
const logFile = join(directory, 'gateway.jsonl');
await writeFile(logFile, '');
const tokenFile = join(directory, 'token');
await writeFile(tokenFile, 'bench', { mode: 0o600 });
const configFile = join(directory, 'config.json');
await writeFile(
  configFile,
  JSON.stringify({
    // Those that its log names and no roster lists come on top.
    limits: { max_nodes: 2 * allNodes },
    gateways: gateways.map(({ url }, index) => ({
      name: `gateway-${index}`,
      url,
      token_file: tokenFile,
      log: index === 0 ? logFile : 'none',
    })),
  }),
);
const exporter = new ExporterProcess({
  port: await reservePort(),
  home: directory,
  flags: ['--config.file', configFile, '--state.dir', join(directory, 'state')],
});

try {
  await untilReady();
  say(`the whole exporter, ${seconds} s each, a scrape every 2 s, /livez every 50 ms:`);
  await phase('warming up');
  await phase('in peace');
  await phase('2 % of the sessions come and go', () => {
    round += 1;
    for (const gateway of gateways) gateway.emit('presence', {});
  });
  await phase(`${logLines} lines a second in the log of the first gateway`, () =>
    appendFile(logFile, gatewayLogLines({ count: logLines, port: ports[0] ?? 0, nodes })),
  );
  say(`    counted     ${await refusalsCounted()} refusals`);
  await phase('the gateways go away', undefined, closeAll);
  await phase('the gateways come back', undefined, async () => {
    gateways = await listen();
  });
} finally {
  await exporter.stop();
  await closeAll();
  await rm(directory, { recursive: true });
}

async function closeAll(): Promise<void> {
  await Promise.allSettled(gateways.map((gateway) => gateway.close()));
}

/** That the lines were read at all. */
async function refusalsCounted(): Promise<number> {
  const page = await (await fetch(`${exporter.origin}/metrics`)).text();
  const counts = page.matchAll(
    /^openclaw_nodehost_(?:auth_failures|gateway_refused_connects)_total\{.*\} (\d+)$/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
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
async function phase(
  name: string,
  everySecond?: () => unknown,
  begin?: () => Promise<unknown>,
): Promise<void> {
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
    until(HOST_STATS_EVERY_MS / allNodes, () => {
      told += 1;
      const at = told % allNodes;
      gateways[Math.floor(at / nodes)]?.emit('node.hostStats', { nodeId: nodeIdOf(at) });
    }),
  ]);
  const { maxMs, p99Ms, residentMib, heapMib, cpuShare } = await exporter.report();
  say(`  ${name}`);
  say(
    `    scrape      ${ms(median(scrapes))} median, ${ms(Math.max(...scrapes))} at most, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  );
  say(
    `    /livez      ${ms(median(livez))} median, ${ms(quantile(livez, 0.99))} p99, ${ms(Math.max(...livez))} at most`,
  );
  say(`    event loop  held up ${ms(p99Ms)} in the worst of a hundred, ${ms(maxMs)} at most`);
  say(`    memory      ${residentMib.toFixed(0)} MiB resident, ${heapMib.toFixed(0)} MiB heap`);
  say(`    CPU         ${(100 * cpuShare).toFixed(1)} % of a core`);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
