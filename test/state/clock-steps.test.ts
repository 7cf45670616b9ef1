import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/index.ts';
import { ClockSteps } from '../../src/state/clock-steps.ts';

const MINUTE = 60_000;
/** Looked at each minute; the clock of the day is `leadMs` ahead of what went by. */
const at = (minute: number, leadMs = 0): Instant => ({
  monoMs: minute * MINUTE,
  wallMs: 1e12 + minute * MINUTE + leadMs,
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
