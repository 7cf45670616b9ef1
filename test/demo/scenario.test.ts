import { describe, expect, it } from 'vitest';
import {
  DEMO_CAST,
  DEMO_TIMINGS,
  demoScenario,
  playScenario,
  type Act,
  type Stage,
  type StoryLine,
} from '../../src/demo/scenario.ts';
import { storyText } from '../../src/demo/live-table.ts';
import { ManualTimers } from './manual-timers.ts';

class RecordingStage implements Stage {
  readonly deeds: string[] = [];
  readonly #timers: ManualTimers;

  constructor(timers: ManualTimers) {
    this.#timers = timers;
  }

  loseTimers(who: string): void {
    this.#note(`${who} loses its timers`);
  }

  freeze(who: string): void {
    this.#note(`${who} freezes`);
  }

  continue(who: string): void {
    this.#note(`${who} is continued`);
  }

  async restartNodeHost(who: string): Promise<void> {
    this.#note(`${who} is restarted`);
    return Promise.resolve();
  }

  async restartGateway({ outageMs }: { readonly outageMs: number }): Promise<void> {
    this.#note(`the gateway is gone for ${outageMs} ms`);
    return Promise.reject(new Error('its port was taken'));
  }

  #note(deed: string): void {
    this.deeds.push(`${this.#timers.monoMs() / 1000} ${deed}`);
  }
}

function play(acts: readonly Act[]): {
  timers: ManualTimers;
  stage: RecordingStage;
  told: StoryLine[];
  stop: () => void;
} {
  const timers = new ManualTimers();
  const stage = new RecordingStage(timers);
  const told: StoryLine[] = [];
  const stop = playScenario({ acts, stage, timers, tell: (line) => told.push(line) });
  return { timers, stage, told, stop };
}

const ACTS = demoScenario(DEMO_CAST);

describe('the story of the demo', () => {
  it('makes a zombie, freezes another and restarts the gateway within the first minute, then heals both', () => {
    const { timers, stage } = play(ACTS);
    timers.advance(60_000);
    expect(stage.deeds).toEqual([
      '12 mac-studio loses its timers',
      '14 the gateway is gone for 4000 ms',
      '36 build-box freezes',
      '58 build-box is continued',
    ]);
    timers.advance(60_000);
    expect(stage.deeds.slice(4)).toEqual(['66 mac-studio is restarted']);
  });

  it('never harms the one that recovers by itself', () => {
    const { timers, stage } = play(ACTS);
    timers.advance(600_000);
    expect(stage.deeds.join()).not.toContain(DEMO_CAST.survivor);
  });

  it('tells each act when it happens, in the order of time', () => {
    const { timers, told } = play(ACTS);
    timers.advance(14_000);
    expect(told.map(({ atMs }) => atMs)).toEqual([0, 12_000, 14_000]);
    expect(told.at(-1)?.text).toMatch(/^gateway restarts: .* back in 4 s$/);
    timers.advance(600_000);
    const times = told.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(told.length).toBeGreaterThanOrEqual(ACTS.length);
  });

  it('is told in lines that fit a terminal of 80 columns', () => {
    for (const { atMs, tell } of ACTS) expect(storyText({ atMs, text: tell }).length).toBeLessThanOrEqual(80);
  });

  it('continues the frozen one before the gateway gives it up, so that no restart is needed', () => {
    const twoPingsMs = 50_000;
    expect(DEMO_TIMINGS.continueMs - DEMO_TIMINGS.freezeMs).toBeLessThan(twoPingsMs);
  });
});

describe('a story that is played', () => {
  it('tells what failed and goes on', async () => {
    const { timers, told, stage } = play(ACTS);
    timers.advance(14_000);
    await new Promise(setImmediate);
    expect(told.at(-1)).toEqual({ atMs: 14_000, text: 'that failed: its port was taken' });
    timers.advance(60_000);
    expect(stage.deeds.at(-1)).toBe('66 mac-studio is restarted');
  });

  it('does nothing more once it is stopped', () => {
    const { timers, told, stage, stop } = play(ACTS);
    timers.advance(13_000);
    stop();
    timers.advance(600_000);
    expect(stage.deeds).toEqual(['12 mac-studio loses its timers']);
    expect(told).toHaveLength(2);
  });
});
