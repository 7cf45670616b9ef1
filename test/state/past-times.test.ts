import { describe, expect, it } from 'vitest';
import { LivenessCore } from '../../src/core/core.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import { onThisClock, withoutFuture } from '../../src/state/past-times.ts';
import { mapInner, Moment, type SavedState } from '../../src/state/state-schema.ts';
import { asRead } from '../helpers/as-read.ts';
import { aRow, World } from '../helpers/world.ts';

const YEAR_MS = 365 * 86_400_000;
const LOGS = { local: { files: [], journals: [] } };

/** A node host that parked and one that is far away, saved with a position in a journal. */
function saved(): SavedState {
  const world = new World();
  const node = world.nodeHost().attached();
  world.gateway.others.push(aRow({ nodeId: 'far', connectedAtMs: world.now.wallMs }));
  world.advance(30);
  node.meets('parks-pairing').isUnpaired().dropped(1006, '');
  world.advance(20);
  expect(node.state).toBe('blocked');
  const journals = [{ unit: 'u', user: true, cursor: 'c', writtenWallMs: world.now.wallMs - 1_000 }];
  const state = dehydrate(world.core.memory(), {
    now: world.now,
    logs: { local: { files: [], journals } },
  });
  return asRead(state);
}

/** Every time of ours in `state`, moved; the gateway's own (`…AtMs`) stay. */
function moved(state: SavedState, byMs: number): SavedState {
  const move = (value: unknown, key: string): unknown => {
    if (value instanceof Moment) return new Moment(value.wallMs + byMs);
    const isOurs = typeof value === 'number' && value > 1e12 && !key.endsWith('AtMs');
    return isOurs ? value + byMs : mapInner(value, move);
  };
  return move(state, '') as SavedState;
}

describe('a state file whose clock was ahead', () => {
  it('is believed to have been written just now, with every age that it had then', () => {
    const state = saved();
    const healed = withoutFuture(moved(state, YEAR_MS), state.savedAt);
    expect(healed.aheadMs).toBe(YEAR_MS);
    const { incarnation, log, ...local } = state.locals.local!;
    const { ledger } = log!;
    expect(ledger.parked).toBeDefined();
    expect(healed.state).toEqual({
      ...state,
      locals: {
        local: {
          ...local,
          incarnation,
          log: {
            ...log,
            ledger: {
              ...ledger,
              refusal: { ...ledger.refusal, of: incarnation },
              parked: { ...ledger.parked, of: incarnation },
            },
          },
        },
      },
    });
  });

  it('loses a time that is newer than the file itself', () => {
    const state = saved();
    state.locals.local!.proofs.log = new Moment(state.savedAt + YEAR_MS);
    const healed = withoutFuture(state, state.savedAt + 60_000);
    expect(healed.state.locals.local!.proofs.log).toEqual(new Moment(state.savedAt));
    expect(healed.aheadMs).toBe(YEAR_MS - 60_000);
  });

  it('is left as it is when nothing in it is in the future', () => {
    const state = saved();
    expect(withoutFuture(state, state.savedAt + 5_000)).toEqual({ state, aheadMs: 0 });
    expect(withoutFuture(state, state.savedAt + YEAR_MS)).toEqual({ state, aheadMs: 0 });
  });
});

describe('a clock that was set between two runs', () => {
  const boot = { id: 'this-boot', uptimeMs: 86_400_000 };
  const HOUR_MS = 3_600_000;
  /** A minute later, by a clock that was set. */
  const read = (setByMs: number, now = { ...boot, uptimeMs: boot.uptimeMs + 60_000 }): SavedState => {
    const state = saved();
    return onThisClock({ ...state, boot }, state.savedAt + 60_000 + setByMs, now);
  };

  it.each([5 * HOUR_MS, -5 * HOUR_MS, 10_000])(
    'by %s ms moves what was saved with it, and nothing ages',
    (ms) => {
      expect(read(ms)).toEqual({ ...moved(saved(), ms), boot });
    },
  );

  it('by nothing, or by as much as clocks drift, moves nothing', () => {
    for (const ms of [0, 4_000, -4_000]) expect(read(ms)).toEqual({ ...saved(), boot });
  });

  it('cannot be told from time that went by once the machine was started anew, or where nobody tells', () => {
    const state = { ...saved(), boot };
    const later = state.savedAt + 5 * HOUR_MS;
    expect(onThisClock(state, later, { id: 'another', uptimeMs: 5_000 })).toBe(state);
    expect(onThisClock(state, later, undefined)).toBe(state);
    const untold = saved();
    expect(onThisClock(untold, later, boot)).toBe(untold);
  });

  it('is not told by a container that was started anew on the same machine', () => {
    const state = { ...saved(), boot };
    const anew = { ...boot, uptimeMs: 10_000 };
    expect(onThisClock(state, state.savedAt + 5 * HOUR_MS, anew)).toBe(state);
  });

  // Fixed: a lock-out began anew with the exporter, where its time was still ahead of the clock.
  it('back, while the exporter ran: what is ahead of it is saved by how long ago it was', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.meets('parks-rate-limit').dropped(1006, '');
    world.secondsUntil('blocked', 30);
    const refusedAt = world.core.beliefs.locals.get('local')!.facts.ledger.parked!.at;
    world.wallClockSteps(-3_600).advance(60);
    const left = asRead(dehydrate(world.core.memory(), { now: world.now, logs: LOGS }));
    const agoMs = world.now.monoMs - refusedAt.monoMs;
    expect(Object.values(left.locals)[0]?.log?.ledger.parked?.at).toEqual({
      wallMs: world.now.wallMs - agoMs,
    });
  });

  it('by hours ends no lock-out early', () => {
    /** States of a node host that was locked out a moment before the clock was set and the exporter started again. */
    const statesAfter = (onOurClock: typeof onThisClock): ReadonlySet<string> => {
      const world = new World();
      const node = world.nodeHost().attached();
      world.advance(30);
      node.meets('parks-rate-limit').dropped(1006, '');
      world.secondsUntil('blocked', 30);
      const { now: leftAt } = world;
      const left = { ...asRead(dehydrate(world.core.memory(), { now: leftAt, logs: LOGS })), boot };
      world.wallClockSteps(2 * 3_600).advance(30);
      const startedAt = world.now;
      const now = { ...boot, uptimeMs: boot.uptimeMs + 30_000 };
      const memory = rehydrate(onOurClock(left, startedAt.wallMs, now), startedAt);
      world.core = new LivenessCore({ ...world.core.options, startedAt, memory });
      world.gateway.forgetOurSession();
      world.advance(10);
      return world.during(() => world.advance(60)).states;
    };
    expect(statesAfter(onThisClock)).toEqual(new Set(['blocked']));
    expect(statesAfter((state) => state)).toContain('zombie');
  });
});

describe('an exporter whose clock was a year ahead and is right now', () => {
  const clockWasWrong = { clockStepsBySeconds: -YEAR_MS / 1_000 };

  function parked(): World {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.meets('parks-pairing').isUnpaired().dropped(1006, '');
    world.advance(30);
    expect(node.state).toBe('blocked');
    return world;
  }

  it('does not page for a node host that still waits for its approval', () => {
    const world = parked();
    world.exporterRestarts(clockWasWrong);
    const seen = world.during(() => world.advance(300));
    expect(seen.wasAlwaysLive).toBe(true);
    expect(world.view()).toMatchObject({ state: 'blocked', parked: 'pairing_required' });
  });

  it('does not take a new process for the one before it, which waited', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.meets('parks-pairing').isUnpaired().dropped(1006, '');
    world.secondsUntil('blocked', 10);
    // Parked a moment before the file was written, so that its age then says nothing about the start of the new one.
    world.exporterRestarts({
      ...clockWasWrong,
      awaySeconds: 30,
      meanwhile: () => node.meets('mute').restarts(),
    });
    world.advance(5);
    expect(world.view()).not.toHaveProperty('parked');
  });

  it('does not take an old heartbeat for a new one for longer than it was away', () => {
    const world = new World({ credential: false, log: false });
    const node = world.nodeHost().attached();
    world.advance(30);
    node.stops();
    world.advance(60);
    const { heartbeat } = world.view();
    const ageMs = world.now.wallMs - heartbeat!.wallMs;
    expect(ageMs).toBeGreaterThan(55_000);
    world.exporterRestarts({ ...clockWasWrong, awaySeconds: 10 });
    expect(world.now.wallMs - world.view().heartbeat!.wallMs).toBe(ageMs);
    world.advance(20);
    expect(world.now.wallMs - world.view().heartbeat!.wallMs).toBe(ageMs + 20_000);
  });
});
