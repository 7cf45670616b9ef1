import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { StatusBoard } from '../../../src/http/status/board.ts';
import { LiveStreams, MAX_VIEWERS, type Viewer } from '../../../src/http/status/live-streams.ts';
import { aGateway, ago, aNode, aSnapshot, aZombie } from '../../helpers/snapshots.ts';

/** A page that is open somewhere, and what it was sent. */
class TestViewer implements Viewer {
  readonly sent: string[] = [];
  isOpen = true;
  takesMore = true;
  #drained: () => void = () => undefined;
  #closed: () => void = () => undefined;

  write(text: string): boolean {
    this.sent.push(text);
    return this.takesMore;
  }
  onDrain(listener: () => void): void {
    this.#drained = listener;
  }
  onClose(listener: () => void): void {
    this.#closed = listener;
  }
  end(): void {
    this.isOpen = false;
  }
  drain(): void {
    this.takesMore = true;
    this.#drained();
  }
  goesAway(): void {
    this.#closed();
  }

  get events(): readonly string[] {
    return this.sent.map((text) => /^event: (.*)$/m.exec(text)?.[1] ?? text);
  }
  /** What the last `change` holds. */
  get lastChange(): {
    readonly parts: readonly string[];
    readonly cards?: readonly string[];
    readonly gateways?: readonly string[];
    readonly title: string;
  } {
    const text = this.sent.findLast((message) => message.includes('event: change')) ?? '';
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? 'null') as never;
  }
}

/** Streams over a snapshot that a test sets, with a beat that it gives. */
function bench(first: Partial<Snapshot> = {}): {
  readonly streams: LiveStreams;
  readonly board: StatusBoard;
  readonly beat: (times?: number) => void;
  readonly isBeating: () => boolean;
  readonly show: (next: Partial<Snapshot>) => void;
  readonly open: () => TestViewer;
} {
  let current = aSnapshot(first);
  let running: (() => void) | undefined;
  const board = new StatusBoard();
  const streams = new LiveStreams({
    board,
    snapshot: () => current,
    assets: 'a1',
    every: (intervalMs, beat) => {
      expect(intervalMs).toBe(1_000);
      running = beat;
      return { stop: () => (running = undefined) };
    },
  });
  return {
    streams,
    board,
    beat: (times = 1) => {
      for (let n = 0; n < times; n += 1) running?.();
    },
    isBeating: () => running !== undefined,
    show: (next) => {
      current = aSnapshot(next);
    },
    open: () => {
      Array.from(board.renew(current));
      const viewer = new TestViewer();
      streams.add(viewer, { run: board.run, version: board.version });
      return viewer;
    },
  };
}

const two = [aNode({ name: 'a' }), aNode({ name: 'b' })];

describe('a page that is open', () => {
  it('is sent a verdict with the next beat, and nothing but what changed', () => {
    const { show, beat, open } = bench({ nodes: two });
    const viewer = open();
    show({ nodes: [aZombie({ name: 'a' }), aNode({ name: 'b' })] });
    beat();
    expect(viewer.lastChange.title).toBe('a is a zombie');
    const cards = viewer.lastChange.parts.filter((html) => html.includes('class="card '));
    expect(cards).toHaveLength(1);
    expect(cards[0]).toContain('data-name="a"');
    expect(viewer.lastChange).not.toHaveProperty('cards');
  });

  it('is told of a gateway that is added, one that goes, and what changed on another', () => {
    const at = (...names: readonly string[]) => names.map((name) => aGateway({ name }));
    const { show, beat, open } = bench({ gateways: at('one:1', 'two:2'), nodes: two });
    const viewer = open();
    show({ gateways: [...at('one:1'), aGateway({ name: 'three:3', health: 'down' })], nodes: two });
    beat();
    const { gateways, parts } = viewer.lastChange;
    expect(gateways).toHaveLength(2);
    expect(
      parts
        .filter((html) => html.includes('class="panel'))
        .map((html) => /data-name="([^"]*)"/.exec(html)?.[1]),
    ).toEqual(['three:3']);
  });

  it('is sent nothing while nothing changes, but a sign of life every five seconds', () => {
    const { beat, open } = bench({ nodes: two });
    const viewer = open();
    beat(10);
    expect(viewer.events).toEqual(['hello', 'beat', 'beat']);
  });

  it('is sent what flows within five seconds, not with every beat', () => {
    const { show, beat, open } = bench({ nodes: two });
    const viewer = open();
    const sentAfter: number[] = [];
    for (let second = 1; second <= 10; second += 1) {
      show({ nodes: [aNode({ name: 'a', heartbeat: ago(-second) }), aNode({ name: 'b' })] });
      const before = viewer.sent.length;
      beat();
      if (viewer.sent.length > before) sentAfter.push(second);
    }
    expect(sentAfter).toHaveLength(2);
    expect(sentAfter[1]! - sentAfter[0]!).toBe(5);
  });

  it('is sent the newest reason, but not each second that a duration in it grows by', () => {
    const because = (seconds: number) => [aZombie({ name: 'a', why: `silent for ${seconds} s` }), two[1]!];
    const { show, beat, open } = bench({ nodes: because(0) });
    const viewer = open();
    for (let second = 1; second <= 10; second += 1) {
      show({ nodes: because(second) });
      beat();
    }
    expect(viewer.events.filter((event) => event === 'change')).toHaveLength(2);
    show({ nodes: [aZombie({ name: 'a', why: 'another reason' }), two[1]!] });
    beat();
    expect(viewer.lastChange.parts.join()).toContain('another reason');
  });

  it('of five hundred node hosts whose facts all flow is sent some twenty cards a second', () => {
    const fleet = (second: number) =>
      Array.from({ length: 500 }, (_, index) => aNode({ name: `n${index}`, heartbeat: ago(-second) }));
    const { show, beat, open } = bench({ nodes: fleet(0) });
    const viewer = open();
    for (let second = 1; second <= 30; second += 1) {
      show({ nodes: fleet(second) });
      beat();
      const cards = viewer.lastChange.parts.filter((html) => html.includes('class="card '));
      expect(cards.length).toBeLessThanOrEqual(21);
    }
  });

  it('is told which cards there are when one comes or goes', () => {
    const { show, beat, open } = bench({ nodes: two });
    const viewer = open();
    show({ nodes: [two[0]!] });
    beat();
    expect(viewer.lastChange.cards).toHaveLength(1);
    show({ nodes: [two[0]!, aNode({ name: 'c' })] });
    beat();
    expect(viewer.lastChange.cards).toHaveLength(2);
    expect(viewer.lastChange.parts.some((html) => html.includes('data-name="c"'))).toBe(true);
  });

  it('that was loaded a while ago is sent what changed since, at once', () => {
    const { streams, board, show } = bench({ nodes: two });
    Array.from(board.renew(aSnapshot({ nodes: two })));
    const loaded = board.version;
    show({ nodes: [aZombie({ name: 'a' }), aNode({ name: 'b' })] });
    const viewer = new TestViewer();
    streams.add(viewer, { run: board.run, version: loaded });
    expect(viewer.events).toEqual(['hello', 'change']);
    expect(viewer.lastChange.parts.filter((html) => html.includes('class="card '))).toHaveLength(1);
  });

  it('of an earlier run of the exporter is sent everything', () => {
    const { streams } = bench({ nodes: two });
    const viewer = new TestViewer();
    streams.add(viewer, { run: 'another', version: 10_000 });
    expect(viewer.lastChange.parts.filter((html) => html.includes('class="card '))).toHaveLength(2);
    expect(viewer.lastChange.cards).toHaveLength(2);
  });

  it('that takes in nothing is skipped, and once it can is sent the newest only', () => {
    const { show, beat, open } = bench({ nodes: two });
    const viewer = open();
    viewer.takesMore = false;
    show({ nodes: [aZombie({ name: 'a', why: 'first' }), two[1]!] });
    beat();
    const sent = viewer.sent.length;
    show({ nodes: [aZombie({ name: 'a', why: 'second' }), two[1]!] });
    beat();
    show({ nodes: [aZombie({ name: 'a', why: 'third' }), two[1]!] });
    beat();
    expect(viewer.sent).toHaveLength(sent);
    viewer.drain();
    beat();
    expect(viewer.sent).toHaveLength(sent + 1);
    expect(viewer.lastChange.parts.join()).toContain('third');
    expect(viewer.lastChange.parts.join()).not.toContain('second');
  });

  it('that takes in nothing for half a minute is given up', () => {
    const { streams, show, beat, open } = bench({ nodes: two });
    const viewer = open();
    viewer.takesMore = false;
    show({ gateways: [aGateway({ health: 'down', why: 'gone' })], nodes: two });
    beat(30);
    expect(viewer.isOpen).toBe(true);
    beat();
    expect(viewer.isOpen).toBe(false);
    expect(streams.viewers).toBe(0);
  });

  it('costs nothing once it is closed', () => {
    const { open, isBeating } = bench();
    const [one, other] = [open(), open()];
    expect(isBeating()).toBe(true);
    one.goesAway();
    expect(isBeating()).toBe(true);
    other.goesAway();
    expect(isBeating()).toBe(false);
  });

  it('is one of so many', () => {
    const { streams, open } = bench();
    for (let n = 0; n < MAX_VIEWERS; n += 1) {
      expect(streams.isFull).toBe(false);
      open();
    }
    expect(streams.isFull).toBe(true);
  });

  it('is ended with the server', () => {
    const { streams, open, isBeating } = bench();
    const viewer = open();
    streams.close();
    expect(viewer.isOpen).toBe(false);
    expect(isBeating()).toBe(false);
  });
});
