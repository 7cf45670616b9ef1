import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/index.ts';
import { ClockSteps } from '../../src/state/clock-steps.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { World } from '../helpers/world.ts';

const MINUTE = 60_000;
/** Looked at each minute; the clock of the day is `leadMs` ahead of what went by. */
const at = (minute: number, leadMs = 0): Instant => ({
  monoMs: minute * MINUTE,
  wallMs: 1e12 + minute * MINUTE + leadMs,
});

// Fixed: a verdict's transitions that had been written once kept the time that they had before the clock was set.
it('what was written before the clock was set is moved when it is written again', () => {
  const world = new World();
  const node = world.nodeHost().attached();
  world.advance(60);
  node.exits();
  world.secondsUntil('down', 30);
  const steps = new ClockSteps();
  const agesMs = (): readonly number[] => {
    steps.look(world.now, world.now.monoMs);
    const { savedAt, locals } = dehydrate(world.core.memory(), { now: world.now, logs: {}, steps });
    return locals.local!.verdict.transitions.map(({ at: then }) => savedAt - then);
  };
  const before = agesMs();
  expect(before.length).toBeGreaterThan(0);
  world.wallClockSteps(3_600).advance(5);
  expect(agesMs()).toEqual(before.map((ageMs) => ageMs + 5_000));
});

describe('a moment before the clock was set', () => {
  it('is moved by as much, however often that was', () => {
    const steps = new ClockSteps();
    steps.look(at(0), 0);
    steps.look(at(1, 3_600_000), MINUTE);
    steps.look(at(2, 3_590_000), 2 * MINUTE);
    expect(steps.wallMsOf(at(0))).toBe(at(0, 3_590_000).wallMs);
    expect(steps.wallMsOf(at(1, 3_600_000))).toBe(at(1, 3_590_000).wallMs);
    expect(steps.wallMsOf(at(2, 3_590_000))).toBe(at(2, 3_590_000).wallMs);
  });

  it('is told from one after it by the clock that it has, between two looks', () => {
    const steps = new ClockSteps();
    steps.look(at(0), 0);
    steps.look(at(1, -100_000), MINUTE);
    expect(steps.wallMsOf(at(0.5))).toBe(at(0.5, -100_000).wallMs);
    expect(steps.wallMsOf(at(0.5, -100_000))).toBe(at(0.5, -100_000).wallMs);
  });

  it('stays where it is, if the machine only slept or its clock drifts', () => {
    const steps = new ClockSteps();
    steps.look(at(0), 0);
    // The monotonic clock stands still in a sleep; the uptime counts it.
    steps.look({ ...at(1), wallMs: at(61).wallMs }, 61 * MINUTE);
    steps.look({ ...at(2), wallMs: at(62).wallMs + 4_900 }, 62 * MINUTE);
    expect(steps.wallMsOf(at(0))).toBe(at(0).wallMs);
  });
});
