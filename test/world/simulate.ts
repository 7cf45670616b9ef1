import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { keepSection } from '../helpers/reliability-section.ts';
import { parseViewpoints } from './exporter/viewpoints.ts';
import { NAMINGS, WAY_KINDS, type LayoutWishes } from './layout.ts';
import { SUPERVISOR_KINDS } from './node-host/supervisor.ts';
import { Tally } from './report/tally.ts';
import { runWorld, TROUBLE_RATES, type RunOptions, type WorldResult } from './run.ts';
import { VERSIONS } from './version.ts';

/*
 * `npm run simulate -- --hours N --seed S`: worlds S-0, S-1, … until they add up to N node-hours, on all cores or on as many
 * as `--jobs` says. `--replay <seed>` tells
 * the story of one; the other flags are part of the world and must be the same as in the run that found it. `--write`
 * writes the table into docs/reliability.md. Ends with `N passed, N failed`, which counts worlds.
 */
const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trouble: { type: 'string', default: 'often' },
    viewpoints: { type: 'string' },
    versions: { type: 'string' },
    hosts: { type: 'string' },
    gateways: { type: 'string' },
    way: { type: 'string' },
    naming: { type: 'string' },
    supervisor: { type: 'string' },
    heartbeat: { type: 'boolean', default: false },
    replay: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((it) => it === text);
  if (found === undefined) throw new Error(`--${flag} ${text}: known are ${known.join(', ')}`);
  return found;
}

function positive(flag: 'hours' | 'jobs'): number {
  const value = Number(values[flag]);
  if (!(value > 0)) throw new Error(`--${flag} ${values[flag]}: want a number above 0`);
  return value;
}

function wishesOf(): LayoutWishes {
  const { viewpoints, versions, hosts, gateways, way, naming, supervisor } = values;
  return {
    ...(viewpoints !== undefined && { viewpoints: parseViewpoints(viewpoints) }),
    ...(versions !== undefined && {
      versions: versions.split(',').map((it) => oneOf('versions', it, VERSIONS)),
    }),
    ...(hosts !== undefined && { hosts: Number(hosts) }),
    ...(gateways !== undefined && { gateways: Number(gateways) }),
    ...(way !== undefined && { way: oneOf('way', way, WAY_KINDS) }),
    ...(naming !== undefined && { naming: oneOf('naming', naming, NAMINGS) }),
    ...(supervisor !== undefined && { supervisor: oneOf('supervisor', supervisor, SUPERVISOR_KINDS) }),
  };
}

/** The flags that decide a world, to replay it by. */
function worldFlags(): string {
  const names = [
    'trouble',
    'viewpoints',
    'versions',
    'hosts',
    'gateways',
    'way',
    'naming',
    'supervisor',
  ] as const;
  const flags = names.flatMap((name) => {
    const value = values[name];
    return value === undefined || value === 'often' ? [] : [`--${name} ${value}`];
  });
  return [...flags, ...(values.heartbeat ? ['--heartbeat'] : [])].join(' ');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A run of many hours tells at once what it finds. */
function addTo(tally: Tally, result: WorldResult): void {
  tally.add(result);
  const [first] = result.findings;
  if (first !== undefined)
    say(`${result.seed}: ${first.kind}, ${first.host} is ${first.state}, in truth ${first.truth}`);
}

/** Makes one world after the other on a core of its own, until there are enough. */
async function work(tally: Tally, hours: number, nextSeed: () => string): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  while (tally.nodeHours < hours) {
    worker.postMessage(nextSeed());
    const [result] = (await once(worker, 'message')) as [WorldResult];
    addTo(tally, result);
  }
  await worker.terminate();
}

async function simulate(options: RunOptions): Promise<void> {
  const tally = new Tally();
  const beganMs = performance.now();
  const jobs = Math.ceil(positive('jobs'));
  const hours = positive('hours');
  let next = 0;
  const nextSeed = (): string => `${values.seed}-${next++}`;
  await Promise.all(Array.from({ length: jobs }, () => work(tally, hours, nextSeed)));
  const tookSeconds = (performance.now() - beganMs) / 1_000;
  say(tally.table());
  const rate = (tally.nodeHours / tookSeconds).toFixed(1);
  const where = jobs === 1 ? 'one core' : `${jobs} cores`;
  say(
    `\n${Math.round(tally.nodeHours)} node-hours in ${tookSeconds.toFixed(1)} s, ${rate} a second on ${where}`,
  );
  const causes = tally.causes();
  if (causes !== '') say(`\n${causes}`);
  const failed = tally.failedSeeds.length;
  if (failed > 0) {
    say(
      `\nReplay one: npm run simulate -- ${worldFlags()} --replay <seed>\nfailed seeds: ${tally.failedSeeds.join(' ')}`,
    );
  }
  if (values.write) {
    const versions = values.versions ?? VERSIONS.join(', ');
    const trouble = options.trouble === 'often' ? 'a trouble every 3 minutes' : 'a trouble a day';
    keepSection('simulation', tally.markdown({ seed: values.seed, versions, trouble, at: new Date() }));
  }
  say(`\n${tally.worlds - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const options: RunOptions = {
  trouble: oneOf('trouble', values.trouble, TROUBLE_RATES),
  wishes: wishesOf(),
  judgesHeartbeat: values.heartbeat,
};
if (!isMainThread) {
  parentPort?.on('message', (seed: string) => {
    parentPort?.postMessage(runWorld(seed, options));
  });
} else if (values.replay === undefined) await simulate(options);
else for (const line of runWorld(values.replay, options, true).story) say(line);
