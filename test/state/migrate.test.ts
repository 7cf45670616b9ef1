import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialledBefore } from '../../src/app/dialled-before.ts';
import { LivenessCore } from '../../src/core/core.ts';
import { NO_GATEWAY_COUNTERS } from '../../src/core/model/counters.ts';
import type { NodeSnapshot } from '../../src/core/model/snapshot.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { loadState, type LoadedState } from '../../src/state/state-file.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import type { SavedState } from '../../src/state/state-schema.ts';
import { GATEWAY, World } from '../helpers/world.ts';

/**
 * What an exporter of version 1 wrote of a node host that had been restarted once while it was down, and was called a
 * zombie: approved after it had parked.
 */
const FIXTURE = new URL('fixtures/version-1.json', import.meta.url);

type Json = Record<string, unknown>;
interface VersionOne extends Json {
  readonly savedAt: number;
  readonly gateway: Json;
  readonly locals: Record<string, Json & { readonly counters: Json; readonly verdict: Json }>;
  readonly remotes: Record<string, Json & { readonly counters: Json }>;
}

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrate-test-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const versionOne = async (): Promise<VersionOne> => JSON.parse(await readFile(FIXTURE, 'utf8')) as VersionOne;

async function loaded(file: unknown): Promise<LoadedState> {
  await writeFile(join(directory, 'state.json'), JSON.stringify(file));
  const { savedAt } = await versionOne();
  return loadState(directory, savedAt + 5_000);
}

async function restored(file: unknown): Promise<SavedState> {
  const state = await loaded(file);
  if (state.kind !== 'restored') throw new Error(JSON.stringify(state));
  return state.state;
}

/** An exporter of this version that begins with what one of version 1 left, five seconds later. */
async function nextRun(file?: unknown): Promise<{ core: LivenessCore; now: Instant; local: NodeSnapshot }> {
  const saved = await restored(file ?? (await versionOne()));
  const now: Instant = { monoMs: 10_000_000, wallMs: saved.savedAt + 5_000 };
  const core = new LivenessCore({
    ...new World().core.options,
    startedAt: now,
    memory: rehydrate(saved, now),
  });
  return { core, now, local: core.snapshot(now).nodes.find(({ scope }) => scope === 'local')! };
}

describe('the state file of version 1', () => {
  it('is taken over whole: counters count on', async () => {
    const file = await versionOne();
    const { core, now, local } = await nextRun(file);
    const { restarts, sessionCloses, authFailures, since } = file.gateway;
    expect(local.counters).toEqual(file.locals.local?.counters);
    expect(core.snapshot(now).gateways[0]?.counters).toEqual({
      ...NO_GATEWAY_COUNTERS,
      restarts,
      sessionCloses,
      authFailures,
      since,
    });
    expect(restarts).toBe(1);
    const remotes = core.snapshot(now).nodes.filter(({ scope }) => scope === 'remote');
    expect(Object.fromEntries(remotes.map(({ key, counters }) => [key, counters]))).toEqual({
      away: file.remotes.away?.counters,
      far: file.remotes.far?.counters,
    });
    expect(core.snapshot(now)).toMatchObject({
      nodesDropped: file.nodesDropped,
      nodesDroppedSince: file.nodesDroppedSince,
    });
  });

  it('keeps what a zombie was called, and why, until something disproves it', async () => {
    const { core } = await nextRun();
    expect(core.beliefs.locals.get('local')?.verdict).toMatchObject({
      restored: { state: 'zombie' },
      fault: {
        state: 'zombie',
        reasons: ['parked', 'pairing_required'],
        why: 'it was approved after it parked, and it does not try again by itself',
      },
    });
    const facts = core.beliefs.locals.get('local')!.facts;
    expect(facts).toMatchObject({ approvedSinceParked: true, incarnation: '4001:150000' });
    expect(facts.ledger).toMatchObject({
      parked: { auth: 'pairing_required' },
      refusal: { auth: 'pairing_required' },
      failedAttempts: 1,
    });
  });

  it('keeps every time at its age', async () => {
    const { savedAt, locals } = await versionOne();
    const { core, now } = await nextRun();
    const { facts, verdict } = core.beliefs.locals.get('local')!;
    const old = locals.local as unknown as {
      heartbeats: Record<string, number>;
      ledger: { parked: { wallMs: number } };
      verdict: { since: number; budgetSpent: number[]; transitions: { wallMs: number }[] };
      lastDisconnect: number;
    };
    const ageOf = (at: Instant | undefined): number | undefined => at && now.monoMs - at.monoMs;
    const ageThen = (wallMs: number | undefined): number => savedAt + 5_000 - (wallMs ?? NaN);
    expect(ageOf(facts.proofs.pulse)).toBe(ageThen(old.heartbeats.pulse));
    expect(ageOf(facts.ledger.parked?.at)).toBe(ageThen(old.ledger.parked.wallMs));
    expect(ageOf(facts.lastDisconnect)).toBe(ageThen(old.lastDisconnect));
    expect(ageOf(verdict.restored?.since)).toBe(ageThen(old.verdict.since));
    expect(verdict.budget.spent.map(ageOf)).toEqual(old.verdict.budgetSpent.map(ageThen));
    expect(verdict.transitions.map(({ at }) => ageOf(at))).toEqual(
      old.verdict.transitions.map(({ wallMs }) => ageThen(wallMs)),
    );
  });

  it('keeps the unit, the setbacks, the history and the row', async () => {
    const file = await versionOne();
    const { local, core } = await nextRun(file);
    const { facts, entry } = core.beliefs.locals.get('local')!;
    expect(facts.lastService).toEqual({ manager: 'systemd', unit: 'openclaw-node.service', user: true });
    expect(facts.setbacks).toEqual(file.locals.local?.setbacks);
    expect(local.transitions).toHaveLength(10);
    expect(entry).toMatchObject({ gateway: GATEWAY.name, nodeId: entry!.row.nodeId });
  });

  it('keeps where the node host dialled, for as long as it is away', async () => {
    const { dialled } = await restored(await versionOne());
    expect(dialled).toEqual({ local: 'ws://127.0.0.1:18789' });
    expect(dialledBefore(dialled).get('local')).toEqual({
      endpoint: { host: '127.0.0.1', port: 18_789 },
      tls: false,
    });
  });

  it('keeps the place in the log', async () => {
    const file = await versionOne();
    expect((await restored(file)).logs).toEqual(file.logs);
  });

  it('never knew when it was alive last: no heartbeat is made up', async () => {
    const { local } = await nextRun();
    expect(local.heartbeat).toBeUndefined();
  });

  it('that an odd address poisoned for good is good again', async () => {
    const file = await versionOne();
    const poisoned = { ...file, gateway: { ...file.gateway, dialledUrl: 'ws://[gw.lan:18789]:18789' } };
    const { dialled } = await restored(poisoned);
    expect(dialledBefore(dialled)).toEqual(new Map());
  });

  it('whose verdict was no fault any more is no reason to lose the rest', async () => {
    const file = await versionOne();
    const local = { ...file.locals.local!, verdict: { ...file.locals.local!.verdict, state: 'alive' } };
    const { core } = await nextRun({ ...file, locals: { local } });
    expect(core.beliefs.locals.get('local')?.verdict.fault).toBeUndefined();
    expect(core.beliefs.locals.get('local')?.facts.counters.connects).toBe(2);
  });

  it('of its first days, without what was added later, is good as well', async () => {
    const file = await versionOne();
    const added = new Set([
      'setbacks',
      'lastUnit',
      'dialledUrl',
      'bootId',
      'bootedAt',
      'session',
      'nodesDroppedSince',
    ]);
    const bare = JSON.parse(
      JSON.stringify(file, (key, value: unknown) => (added.has(key) ? undefined : value)),
    ) as VersionOne;
    const { core } = await nextRun({ ...bare, remotes: {} });
    expect(core.beliefs.locals.get('local')?.facts.setbacks).toEqual([]);
  });

  it('that misses what every one had is set aside, whole', async () => {
    const rest: Json = { ...(await versionOne()) };
    delete rest.gateway;
    expect(await loaded(rest)).toMatchObject({ kind: 'unusable' });
  });
});
