import { Random } from '../../world/random.ts';
import { withCleanup, type Cleanup } from '../harness/cleanup.ts';
import { monotonicMs } from '../harness/wait-until.ts';
import { judge, type Claim } from './judge.ts';
import { flatness, Resources, type Flatness, type ResourceSample } from './resources.ts';
import { runSchedule, type Injected } from './schedule.ts';
import { setStage, settle } from './stage.ts';
import { Truth } from './truth.ts';
import type { Watcher } from './watcher.ts';

/** Until the exporters know the pulse of what they watch, and what they are made of is loaded. */
const WARM_UP_MS = 75_000;

export interface SoakOptions {
  readonly hours: number;
  readonly seed: string;
  /** Between two faults; one waits as well until what it strikes is at rest. */
  readonly everySeconds: number;
  readonly say: (line: string) => void;
}

/** A sentence that did not hold, and when. */
export interface Failure {
  readonly atMs: number;
  readonly what: string;
}

export interface Outcome {
  readonly injected: readonly Injected[];
  readonly claims: readonly Claim[];
  readonly flat: readonly Flatness[];
  readonly samples: readonly ResourceSample[];
  readonly looks: number;
  readonly failures: readonly Failure[];
  readonly passed: number;
}

/** Real gateways, real node hosts, real exporters, and no rest for any of them. */
export async function soak(options: SoakOptions): Promise<Outcome> {
  let outcome: Outcome | undefined;
  try {
    await withCleanup(async (cleanup) => {
      outcome = await run(options, cleanup);
    });
  } catch (error: unknown) {
    if (outcome === undefined) throw error;
    // Such as a token that was to be seen somewhere: an hour's claims are not lost for it.
    const failure = { atMs: monotonicMs(), what: describe(error) };
    return { ...outcome, failures: [...outcome.failures, failure] };
  }
  if (outcome === undefined) throw new Error('the soak came to no end');
  return outcome;
}

async function run({ hours, seed, everySeconds, say }: SoakOptions, cleanup: Cleanup): Promise<Outcome> {
  const truth = new Truth();
  const stage = await setStage(cleanup, truth, say);
  await settle(stage, WARM_UP_MS);
  const { steady, troubled } = stage;
  const resources = new Resources(steady.exporter.pid);
  resources.start();
  cleanup.defer(() => resources.end());
  say('the soak begins');
  const watchers = [steady, troubled];
  const claimsSoFar = (): readonly Claim[] =>
    judge({
      conditions: truth.conditions,
      attached: truth.attached,
      watchers,
      endMs: monotonicMs(),
      room: (fromMs, toMs) => resources.room(fromMs, toMs),
    });
  const told = new Set<string>();
  const injected = await runSchedule({
    stage,
    truth,
    random: new Random(seed),
    forMs: hours * 3_600_000,
    gapMs: everySeconds * 1_000,
    say,
    onOver() {
      for (const failure of claimsSoFar().filter(({ passed }) => !passed)) {
        const { kind, watcher, node, atMs } = failure;
        const key = `${kind} ${watcher} ${node} ${atMs}`;
        if (!told.has(key)) say(`NOT SO: ${failureOf(failure).what}`);
        told.add(key);
      }
    },
  });
  // Who does not come back was noted with its fault.
  await settle(stage, 30_000).catch(() => undefined);
  return outcomeOf(injected, claimsSoFar(), watchers, resources.samples);
}

function outcomeOf(
  injected: readonly Injected[],
  claims: readonly Claim[],
  watchers: readonly Watcher[],
  samples: readonly ResourceSample[],
): Outcome {
  const flat = flatness(samples);
  const grown = flat.filter(({ to, limit }) => to > limit);
  const failures: Failure[] = [
    ...claims.filter(({ passed }) => !passed).map(failureOf),
    ...watchers.flatMap(({ name, wrong }) =>
      wrong.map(({ atMs, what }) => ({ atMs, what: `the exporter that is ${name}: ${what}` })),
    ),
    ...injected.flatMap(({ atMs, fault, where, error }) =>
      error === undefined ? [] : [{ atMs, what: `${where}, ${fault}: ${error}` }],
    ),
    ...grown.map(({ what, unit, from, to }) => ({
      atMs: samples.at(-1)?.atMs ?? 0,
      what: `${what} grew from ${from.toFixed(1)} to ${to.toFixed(1)} ${unit}`,
    })),
  ];
  const passed =
    claims.filter((claim) => claim.passed).length +
    (flat.length - grown.length) +
    watchers.filter(({ wrong }) => wrong.length === 0).length;
  const looks = watchers.reduce((sum, watcher) => sum + watcher.looks, 0);
  return {
    injected,
    claims,
    flat,
    samples,
    looks,
    failures: failures.sort((a, b) => a.atMs - b.atMs),
    passed,
  };
}

function failureOf({ kind, watcher, node, fault, atMs, withinSeconds, seen }: Claim): Failure {
  const bound = withinSeconds === undefined ? '' : ` within ${withinSeconds} s`;
  const after = fault === undefined ? '' : ` (${fault})`;
  return { atMs, what: `${node}${after}, by the exporter that is ${watcher}: ${kind}${bound}? ${seen}` };
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}
