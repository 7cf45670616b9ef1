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
import { parseArgs } from 'node:util';
import { median, quantile } from '../test/helpers/quantile.ts';
import { timeCoreSteps } from './bench-fleet/core-steps.ts';
import { FleetSite, type Stretch } from './bench-fleet/fleet-site.ts';

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

await using site = await FleetSite.start({ gateways: gatewayCount, nodes });
say(`the whole exporter, ${seconds} s each, a scrape every 2 s, /livez every 50 ms:`);
await phase('warming up');
await phase('in peace');
await phase('2 % of the sessions come and go', {
  everySecond: () => {
    site.sessionsComeAndGo();
  },
});
await phase(`${logLines} lines a second in the log of the first gateway`, {
  everySecond: () => site.writeLog(logLines),
});
// That the lines were read at all.
say(`    counted     ${await site.refusalsCounted()} refusals`);
await phase('the gateways go away', { begin: () => site.gatewaysGo() });
await phase('the gateways come back', { begin: () => site.gatewaysCome() });

/** One stretch of time, and what was measured in it. */
async function phase(name: string, stretch: Omit<Stretch, 'seconds'> = {}): Promise<void> {
  const { scrapesMs, scrapeBytes, livezMs, loop } = await site.measure({ ...stretch, seconds });
  say(`  ${name}`);
  say(
    `    scrape      ${ms(median(scrapesMs))} median, ${ms(Math.max(...scrapesMs))} at most, ${(scrapeBytes / 2 ** 20).toFixed(1)} MiB`,
  );
  say(
    `    /livez      ${ms(median(livezMs))} median, ${ms(quantile(livezMs, 0.99))} p99, ${ms(Math.max(...livezMs))} at most`,
  );
  say(`    event loop  held up ${ms(loop.p99Ms)} in the worst of a hundred, ${ms(loop.maxMs)} at most`);
  say(`    memory      ${loop.residentMib.toFixed(0)} MiB resident, ${loop.heapMib.toFixed(0)} MiB heap`);
  say(`    CPU         ${(100 * loop.cpuShare).toFixed(1)} % of a core`);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
