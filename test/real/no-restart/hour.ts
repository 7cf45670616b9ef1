import { readFileSync } from 'node:fs';
import { startRealManager } from '../../sources/linux/real-manager.ts';
import { withCleanup, type Cleanup } from '../harness/cleanup.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import { attempts, sum } from '../scenarios/recovery-claims.ts';
import { proveThatItActs, type Acted } from './counter-check.ts';
import { setSite, settleSite, type Keeper, type Site } from './stage.ts';
import { Supervision } from './supervision.ts';
import { TROUBLES } from './troubles.ts';

const SITES = [
  { name: 'old', version: '2026.4.15' },
  { name: 'new', version: '2026.9.6' },
] as const;
/** Until the exporters know the pulse of what they watch. */
const WARM_UP_MS = 75_000;
/** Between two troubles: who was restarted late would be seen, and each is judged from the same place. */
const REST_MS = 30_000;

export interface HourOptions {
  readonly hours: number;
  readonly say: (line: string) => void;
}

/** A trouble that a site went through. */
export interface Passed {
  readonly trouble: string;
  readonly site: string;
  /** Looks of the fleet's exporter meanwhile, and until all were back, and those at which `/livez` asked for a restart. */
  readonly looks: number;
  readonly failedLooks: number;
  /** What it said then. */
  readonly accusations: readonly string[];
  /** Why not all were back by themselves, in words. */
  readonly error?: string;
}

export interface Claim {
  readonly what: string;
  readonly passed: boolean;
  readonly seen: string;
}

export interface Outcome {
  readonly passed: readonly Passed[];
  readonly claims: readonly Claim[];
  /** How often a rule began to hold an exporter back, by rule, as its log says. */
  readonly heldBack: ReadonlyMap<string, number>;
  readonly acted: readonly Acted[];
}

/** Real node hosts under a real systemd, exporters that may restart them, and nothing that a restart would help. */
export async function hourWithoutRestart(options: HourOptions): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withCleanup(async (cleanup) => {
    outcome = await run(options, cleanup);
  });
  if (outcome === undefined) throw new Error('the hour came to no end');
  return outcome;
}

async function run({ hours, say }: HourOptions, cleanup: Cleanup): Promise<Outcome> {
  const manager = await startRealManager();
  if (manager === undefined) throw new Error('this takes root and systemd, whose units the node hosts are');
  cleanup.defer(() => manager.stop());
  const sites: Site[] = [];
  for (const which of SITES) {
    sites.push(await setSite(cleanup, manager, which));
    say(`the node hosts of ${which.version} are attached, or refused`);
  }
  for (const site of sites) await settleSite(site, WARM_UP_MS);
  const keepers = sites.flatMap(({ keepers: { fleet, refused } }) => [fleet, refused]);
  const supervision = new Supervision(manager, keepers);
  supervision.start();
  cleanup.defer(() => supervision.end());

  say('the time without a restart begins');
  const endsAtMs = monotonicMs() + hours * 3_600_000;
  const passed = await Promise.all(sites.map((site) => passThrough(site, { supervision, endsAtMs, say })));
  await sleep(Math.max(0, endsAtMs - monotonicMs()));
  const claims = [
    ...supervisionClaims(supervision, sites),
    ...(await Promise.all(keepers.map(countClaims))).flat(),
  ];
  const heldBack = rulesThatHeld(keepers);
  for (const { what, seen } of claims.filter((claim) => !claim.passed)) say(`NOT SO: ${what}: ${seen}`);

  say('from here on a restart helps');
  const acted = await Promise.all(sites.map((site) => proveThatItActs(site, { supervision, say })));
  return { passed: passed.flat(), claims, heldBack, acted: acted.flat() };
}

interface Watch {
  readonly supervision: Supervision;
  readonly endsAtMs: number;
  readonly say: (line: string) => void;
}

/** One trouble after another, for which there is time, and rest in between. */
async function passThrough(site: Site, { supervision, endsAtMs, say }: Watch): Promise<readonly Passed[]> {
  const passed: Passed[] = [];
  const { fleet } = site.keepers;
  for (let turn = 0, skipped = 0; skipped < TROUBLES.length; turn += 1) {
    const trouble = TROUBLES[turn % TROUBLES.length];
    if (trouble === undefined || monotonicMs() + trouble.takesMs + 2 * REST_MS > endsAtMs) {
      skipped += 1;
      continue;
    }
    skipped = 0;
    say(`${site.name}: ${trouble.name}`);
    const [looks, failedLooks] = [supervision.looks, supervision.failedLooks(fleet)];
    const error = await trouble
      .run(site)
      .then(() => settleSite(site, REST_MS))
      .catch((why: unknown) => (why instanceof Error ? why.message : String(why)));
    say(`${site.name}: over, ${error ?? 'all are back by themselves'}`);
    passed.push({
      trouble: trouble.name,
      site: site.name,
      looks: supervision.looks - looks,
      failedLooks: supervision.failedLooks(fleet) - failedLooks,
      accusations: supervision.takeAccusations(fleet),
      ...(error !== undefined && { error }),
    });
  }
  return passed;
}

/** What systemd says of all units, and of those which have no reason to end. */
function supervisionClaims(supervision: Supervision, sites: readonly Site[]): readonly Claim[] {
  const { interventions, looks } = supervision;
  const lasting = sites.filter(({ version }) => version === '2026.9.6');
  const expected = lasting.flatMap(({ fleet, refused: { parked } }) => [
    ...fleet.map(({ name, host, crashes }) => ({ name, unit: host.unit, crashes })),
    { name: parked.displayName, unit: parked.unit, crashes: 0 },
  ]);
  return [
    {
      what: 'systemd was told to restart nobody',
      passed: looks > 0 && interventions.length === 0,
      seen:
        interventions.map(({ unit, what }) => `${unit}: ${what}`).join('; ') ||
        `${looks} looks at every unit`,
    },
    ...expected.map(({ name, unit, crashes }) => ({
      what: `${name}: its process ended as often as it was killed`,
      passed: supervision.restarts(unit) === crashes,
      seen: `killed ${crashes} times, ${supervision.restarts(unit)} restarts`,
    })),
  ];
}

/** What the exporter itself counted and wrote. */
async function countClaims({ exporter, hosts }: Keeper): Promise<readonly Claim[]> {
  const counts = hosts.map(async ({ displayName }) => {
    const counted = await attempts(exporter, displayName);
    const what = `${displayName}: openclaw_nodehost_recovery_attempts_total stays 0`;
    const passed = counted.size > 0 && sum(counted) === 0;
    return { what, passed, seen: `${counted.size} outcomes, ${sum(counted)} counted` };
  });
  const acts = linesOf(exporter, / is restarted by /);
  return [
    ...(await Promise.all(counts)),
    {
      what: `no act in the log of the exporter of ${hosts.map(({ displayName }) => displayName).join(', ')}`,
      passed: acts.length === 0,
      seen: acts[0] ?? 'none',
    },
  ];
}

function rulesThatHeld(keepers: readonly Keeper[]): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  for (const line of keepers.flatMap(({ exporter }) => linesOf(exporter, / is not restarted: /))) {
    const rule = /because=(\S+)|"because":"([^"]+)"/.exec(line)?.slice(1).find(Boolean) ?? 'unnamed';
    held.set(rule, (held.get(rule) ?? 0) + 1);
  }
  return held;
}

function linesOf({ logPath }: Keeper['exporter'], pattern: RegExp): readonly string[] {
  return readFileSync(logPath, 'utf8')
    .split('\n')
    .filter((line) => pattern.test(line));
}
