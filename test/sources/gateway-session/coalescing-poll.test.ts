import { describe, expect, it } from 'vitest';
import { CoalescingPoll } from '../../../src/sources/gateway-session/coalescing-poll.ts';
import { ManualTime, settle } from '../../helpers/manual-time.ts';

function polling(takesMs = 0): {
  time: ManualTime;
  poll: CoalescingPoll;
  looks: number[];
  overlapped: () => boolean;
} {
  const time = new ManualTime();
  const startMs = time.now().monoMs;
  const looks: number[] = [];
  let underWay = 0;
  let overlapped = false;
  const poll = new CoalescingPoll({
    after: time.after,
    intervalMs: 5_000,
    minGapMs: 250,
    look: async () => {
      looks.push(time.now().monoMs - startMs);
      underWay += 1;
      overlapped ||= underWay > 1;
      if (takesMs > 0) await new Promise<void>((resolve) => void time.after(takesMs, resolve));
      underWay -= 1;
    },
  });
  return { time, poll, looks, overlapped: () => overlapped };
}

describe('a coalescing poll', () => {
  it('looks at once and then every interval', async () => {
    const { time, poll, looks } = polling();
    poll.start();
    await time.advance(15_100);
    expect(looks).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it('looks at once when poked, and the interval counts from there', async () => {
    const { time, poll, looks } = polling();
    poll.start();
    await time.advance(2_000);
    poll.poke();
    await time.advance(5_000);
    expect(looks).toEqual([0, 2_000, 7_000]);
  });

  it('makes one look of a burst of pokes, 250 ms apart from the last', async () => {
    const { time, poll, looks } = polling();
    poll.start();
    await time.advance(1_000);
    for (let poke = 0; poke < 50; poke += 1) poll.poke();
    await time.advance(1_000);
    expect(looks).toEqual([0, 1_000, 1_250]);
  });

  it('never looks twice at a time, and looks again when poked during a look', async () => {
    const { time, poll, looks, overlapped } = polling(3_000);
    poll.start();
    await time.advance(1_000);
    poll.poke();
    poll.poke();
    await time.advance(2_500);
    expect(looks).toEqual([0, 3_250]);
    expect(overlapped()).toBe(false);
  });

  it('leaves no timer when stopped, and a look under way is waited for', async () => {
    const { time, poll, looks } = polling(3_000);
    poll.start();
    let stopped = false;
    void poll.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    await time.advance(3_000);
    expect(stopped).toBe(true);
    expect(time.pending).toBe(0);
    poll.poke();
    await time.advance(60_000);
    expect(looks).toEqual([0]);
  });
});
