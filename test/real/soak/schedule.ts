import type { Random } from '../../world/random.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import { EXPORTER_FAULTS } from './exporter-faults.ts';
import { GATEWAY_FAULTS } from './gateway-faults.ts';
import { NODE_HOST_FAULTS } from './node-host-faults.ts';
import type { Scene } from './scene.ts';
import type { Site, Stage, WatchedHost } from './stage.ts';
import type { Truth } from './truth.ts';

/** Around the gap that is wanted. */
const GAP = { min: 0.6, max: 1.4 };
/** Between two faults of one node host: a restart has helped where it was well for a minute. */
const SETTLED_MS = 75_000;
/** And from its end on, so that what is said of one that is well again can be held against that. */
const REST_MS = 25_000;
/** Until the roster was asked again, and shows what has just ended. */
const ROSTER_KNOWS_MS = 3_000;
/** The backoff's cap and a boot on a machine that compiles; who is not back by then has a trouble of its own. */
const BACK_WITHIN_MS = 300_000;

/** Where a fault strikes: it has all of these for itself until it is over. */
interface Strike {
  readonly fault: string;
  readonly where: string;
  readonly hosts: readonly WatchedHost[];
  readonly run: (scene: Scene) => Promise<void>;
}

export interface Injected {
  readonly fault: string;
  readonly where: string;
  readonly atMs: number;
  /** Why it could not be seen through, in words. */
  error?: string;
}

export interface ScheduleOptions {
  readonly stage: Stage;
  readonly truth: Truth;
  readonly random: Random;
  readonly forMs: number;
  /** Between two faults. */
  readonly gapMs: number;
  readonly say: (line: string) => void;
  /** Called whenever a fault is over. */
  readonly onOver: () => void;
}

/** Draws faults for as long as it may, lets those that are under way end, and answers what happened. */
export async function runSchedule(options: ScheduleOptions): Promise<readonly Injected[]> {
  const { stage, truth, random, forMs, gapMs, say, onOver } = options;
  const injected: Injected[] = [];
  const busy = new Set<WatchedHost | 'exporter'>();
  const underWay = new Set<Promise<void>>();
  const endsAtMs = monotonicMs() + forMs;
  for (let count = 0; ; count += 1) {
    await sleep(Math.max(0, Math.min(endsAtMs - monotonicMs(), gapMs * random.between(GAP.min, GAP.max))));
    if (monotonicMs() >= endsAtMs) break;
    const strike = await nextStrike(stage, random, busy, endsAtMs);
    if (strike === undefined) break;
    const taken = strike.hosts.length === 0 ? (['exporter'] as const) : strike.hosts;
    for (const subject of taken) busy.add(subject);
    const note: Injected = { fault: strike.fault, where: strike.where, atMs: monotonicMs() };
    injected.push(note);
    say(`${strike.where}: ${strike.fault}`);
    const scene: Scene = { stage, truth, random: random.fork(`fault ${count}`) };
    const done = runStrike(strike, scene, note).then(async () => {
      say(`${strike.where}: over, ${note.error ?? 'all are back'} (${strike.fault})`);
      await sleep(REST_MS);
      for (const subject of taken) busy.delete(subject);
      underWay.delete(done);
      onOver();
    });
    underWay.add(done);
  }
  await Promise.all(underWay);
  return injected;
}

/** Chance picks; where none of those that it may pick from is at rest, it waits. */
async function nextStrike(
  stage: Stage,
  random: Random,
  busy: ReadonlySet<WatchedHost | 'exporter'>,
  endsAtMs: number,
): Promise<Strike | undefined> {
  let strikes: readonly (readonly [number, Strike])[] = [];
  const isFree = (host: WatchedHost): boolean =>
    !busy.has(host) && host.site.roster.attachedForMs(host.name) >= SETTLED_MS;
  await waitUntil(
    () => {
      strikes = possibleStrikes(stage, isFree, !busy.has('exporter'));
      return strikes.some(([, { hosts }]) => hosts.length > 0) || monotonicMs() >= endsAtMs;
    },
    { timeoutMs: 2 * (endsAtMs - monotonicMs()), everyMs: 500, what: 'a node host to be at rest' },
  );
  return monotonicMs() >= endsAtMs ? undefined : random.weighted(strikes);
}

function possibleStrikes(
  { sites, hosts }: Stage,
  isFree: (host: WatchedHost) => boolean,
  isExporterFree: boolean,
): readonly (readonly [number, Strike])[] {
  return [
    ...hosts.filter(isFree).flatMap(strikesAt),
    ...sites.filter((site) => site.hosts.every(isFree)).flatMap(strikesAtGateway),
    ...(isExporterFree ? EXPORTER_FAULTS : []).map(
      ({ name: fault, weight, run }) => [weight, { fault, where: 'exporter', hosts: [], run }] as const,
    ),
  ];
}

function strikesAt(host: WatchedHost): readonly (readonly [number, Strike])[] {
  return NODE_HOST_FAULTS.filter(
    ({ only }) =>
      (only?.version ?? host.site.version) === host.site.version &&
      (only?.preload ?? host.preload) === host.preload,
  ).map((fault) => [
    fault.weight,
    { fault: fault.name, where: host.name, hosts: [host], run: (scene) => fault.run(scene, host) },
  ]);
}

function strikesAtGateway(site: Site): readonly (readonly [number, Strike])[] {
  return GATEWAY_FAULTS.map((fault) => [
    // It has two node hosts, and they are seldom at rest at once.
    2 * fault.weight,
    {
      fault: fault.name,
      where: `gateway ${site.name}`,
      hosts: site.hosts,
      run: (scene) => fault.run(scene, site),
    },
  ]);
}

async function runStrike({ hosts, run }: Strike, scene: Scene, note: Injected): Promise<void> {
  try {
    await run(scene);
    await sleep(ROSTER_KNOWS_MS);
    await waitUntil(() => hosts.every(({ site, name }) => site.roster.attachedForMs(name) > 0), {
      timeoutMs: BACK_WITHIN_MS,
      everyMs: 500,
      what: `${hosts.map(({ name }) => name).join(' and ')} to attach again`,
    });
  } catch (error: unknown) {
    note.error = error instanceof Error ? error.message : String(error);
    const { conditions } = scene.truth;
    const open = conditions.filter(
      ({ node, toMs }) => toMs === undefined && hosts.some(({ name }) => name === node),
    );
    scene.truth.end(...open);
  }
}
