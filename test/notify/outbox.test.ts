import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/index.ts';
import {
  delivered,
  due,
  EMPTY_OUTBOX,
  failed,
  look,
  type Message,
  type Outbox,
} from '../../src/notify/outbox.ts';
import type { Page } from '../../src/notify/page.ts';

const SETTINGS = { groupWaitMs: 5_000, repeatMs: 4 * 3_600_000 };
const START_MS = Date.parse('2026-11-27T03:00:00Z');
const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: START_MS + seconds * 1_000 });

const page = (name: string, holdMs = 15_000): Page => ({
  key: `Zombie ${name}`,
  about: `node ${name}`,
  labels: { node_host: name },
  summary: name,
  description: name,
  holdMs,
});

/** An outbox that is looked at every second, and a receiver that takes what comes unless it is down. */
class Post {
  box: Outbox = EMPTY_OUTBOX;
  readonly taken: { readonly at: number; readonly message: Message }[] = [];
  tries = 0;
  isDown = false;
  unsure = new Set<string>();
  #second = 0;

  for(seconds: number, ...pages: readonly Page[]): this {
    for (const end = this.#second + seconds; this.#second < end; this.#second += 1) {
      const now = at(this.#second);
      this.box = look(this.box, { pages, unsure: this.unsure }, now);
      const message = due(this.box, now, SETTINGS);
      if (message === undefined) continue;
      this.tries += 1;
      this.box = this.isDown ? failed(this.box, now) : delivered(this.box, message, now);
      if (!this.isDown) this.taken.push({ at: this.#second, message });
    }
    return this;
  }

  get told(): readonly string[] {
    return this.taken.map(({ at: second, message }) => {
      const words = message.pages.map(({ page: { summary }, endedAtMs }) =>
        endedAtMs === undefined ? summary : `${summary} ended`,
      );
      return `${second}: ${words.join(', ')}`;
    });
  }
}

describe('what is told of a page', () => {
  it('once it has held for its time and its group has waited, once', () => {
    expect(new Post().for(600, page('a')).told).toEqual(['20: a']);
  });

  it('and its end', () => {
    const post = new Post().for(60, page('a')).for(60);
    expect(post.told).toEqual(['20: a', '65: a ended']);
    expect(post.box.pages.size).toBe(0);
    expect(post.taken[1]?.message.pages[0]?.endedAtMs).toBe(at(60).wallMs);
  });

  it('nothing, where it ends before its time', () => {
    expect(new Post().for(14, page('a')).for(60).told).toEqual([]);
    expect(new Post().for(18, page('a')).for(60).told).toEqual([]);
  });

  it('together with what begins within the same seconds', () => {
    const post = new Post().for(3, page('a')).for(60, page('a'), page('b'));
    expect(post.told).toEqual(['20: a, b']);
  });

  it('again after four hours', () => {
    const post = new Post().for(4 * 3_600 + 60, page('a'));
    expect(post.told).toEqual(['20: a', `${20 + 4 * 3_600}: a`]);
  });

  it('nothing new while nobody can tell how it is', () => {
    const post = new Post().for(60, page('a'));
    post.unsure = new Set(['node a']);
    post.for(600);
    expect(post.told).toEqual(['20: a']);
    post.unsure = new Set();
    expect(post.for(60).told.at(-1)).toBe('665: a ended');
  });

  it('no end, where it is back before that was told', () => {
    expect(new Post().for(60, page('a')).for(3).for(60, page('a')).told).toEqual(['20: a']);
  });
});

describe('a receiver that is down', () => {
  it('is tried again ever more rarely, and told once it is back', () => {
    const post = new Post();
    post.isDown = true;
    post.for(600, page('a'));
    expect(post.tries).toBeGreaterThan(4);
    expect(post.tries).toBeLessThan(10);
    post.isDown = false;
    post.for(301, page('a'));
    expect(post.taken).toHaveLength(1);
  });

  it('is not told of what began and ended meanwhile', () => {
    const post = new Post();
    post.isDown = true;
    post.for(60, page('a')).for(60);
    post.isDown = false;
    expect(post.for(600).told).toEqual([]);
  });
});

it('a message has room for a hundred; those that nobody knows of go first, and all are told in the end', () => {
  const fleet = Array.from({ length: 150 }, (_, index) => page(`n${index}`));
  const post = new Post().for(60, ...fleet);
  expect(post.taken.map(({ message }) => [message.pages.length, message.truncated])).toEqual([
    [100, 50],
    [100, 50],
  ]);
  const names = post.taken.flatMap(({ message }) => message.pages.map(({ page: { summary } }) => summary));
  expect(new Set(names).size).toBe(150);
});
