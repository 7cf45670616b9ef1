import { describe, expect, it } from 'vitest';
import { LookLoop } from '../../src/sources/look-loop.ts';
import { ManualTicker, settle } from '../helpers/manual-time.ts';

function begin(look: () => Promise<void> = () => Promise.resolve()) {
  const ticker = new ManualTicker();
  const loop = new LookLoop({ ticker, intervalMs: 700, look });
  return { ticker, loop };
}

describe('a loop of looks', () => {
  it('runs once however often it is started', () => {
    const { ticker, loop } = begin();
    loop.start();
    loop.start();
    expect(ticker.intervalsMs).toEqual([700]);
  });

  it('is over when it is stopped, and can be started again', async () => {
    const { ticker, loop } = begin();
    loop.start();
    await loop.stop();
    await loop.stop();
    expect(ticker.intervalsMs).toEqual([]);
    loop.start();
    expect(ticker.intervalsMs).toEqual([700]);
  });

  it('stops only once the look under way has ended', async () => {
    const look = Promise.withResolvers<undefined>();
    const { ticker, loop } = begin(() => look.promise);
    loop.start();
    const beat = ticker.beat();
    let isStopped = false;
    const stopped = loop.stop().then(() => {
      isStopped = true;
    });
    await settle();
    expect(isStopped).toBe(false);
    look.resolve(undefined);
    await Promise.all([beat, stopped]);
    expect(isStopped).toBe(true);
  });

  it('stops also when its last look failed: the ticker has told that', async () => {
    const look = Promise.withResolvers<undefined>();
    const { ticker, loop } = begin(() => look.promise);
    loop.start();
    const beat = ticker.beat();
    const stopped = loop.stop();
    look.reject(new Error('the disk is gone'));
    await expect(beat).rejects.toThrow('the disk is gone');
    await expect(stopped).resolves.toBeUndefined();
  });

  it('is not poked when it does not run', () => {
    const { loop } = begin();
    // The ticker of these tests throws when it is poked.
    expect(() => {
      loop.poke();
    }).not.toThrow();
    loop.start();
    expect(() => {
      loop.poke();
    }).toThrow('nobody pokes');
  });
});
