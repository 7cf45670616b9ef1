import { describe, expect, it } from 'vitest';
import { KnockSchedule } from '../../../src/sources/gateway-ws/knock-schedule.ts';

const RHYTHM = { intervalMs: 60_000, minGapMs: 5_000, confirmMs: 20_000 };

const at = (seconds: number): { monoMs: number; wallMs: number } => ({
  monoMs: 1_000 * seconds,
  wallMs: 5e12 + 1_000 * seconds,
});

/** The seconds at which it knocks in `[0, until]`, looked at every second. */
function knocks(
  until: number,
  {
    changesAt = [],
    getsThrough = () => true,
    takes = 0,
  }: {
    readonly changesAt?: readonly number[];
    readonly getsThrough?: (second: number) => boolean;
    readonly takes?: number;
  } = {},
): readonly number[] {
  const schedule = new KnockSchedule(RHYTHM);
  const found: number[] = [];
  let busyUntil = -1;
  for (let second = 0; second <= until; second += 1) {
    if (changesAt.includes(second)) schedule.httpChanged();
    if (second === busyUntil) schedule.ended(getsThrough(found.at(-1) ?? 0));
    if (second < busyUntil || !schedule.isDue(at(second))) continue;
    schedule.begins(at(second));
    found.push(second);
    if (takes === 0) schedule.ended(getsThrough(second));
    else busyUntil = second + takes;
  }
  return found;
}

describe('a knock at the gateway comes', () => {
  it('at once, and then once a minute', () => {
    expect(knocks(200)).toEqual([0, 60, 120, 180]);
  });

  it('once a minute too while nobody answers', () => {
    expect(knocks(200, { getsThrough: () => false })).toEqual([0, 60, 120, 180]);
  });

  it('at once when HTTP changes, and the minute counts from that', () => {
    expect(knocks(110, { changesAt: [30] })).toEqual([0, 30, 90]);
  });

  it('not more often than every 5 s, however often HTTP changes', () => {
    const changesAt = Array.from({ length: 60 }, (_, second) => second);
    expect(knocks(30, { changesAt })).toEqual([0, 5, 10, 15, 20, 25, 30]);
  });

  it('again after 20 s, once, where it failed right after a change', () => {
    expect(knocks(120, { changesAt: [30], getsThrough: (second) => second !== 30 })).toEqual([
      0, 30, 50, 110,
    ]);
    expect(knocks(120, { changesAt: [30], getsThrough: (second) => second < 30 })).toEqual([0, 30, 50, 110]);
  });

  it('at once when HTTP changed while one was under way', () => {
    expect(knocks(60, { changesAt: [30, 33], takes: 8, getsThrough: () => false })).toEqual([0, 30, 38, 58]);
  });
});
