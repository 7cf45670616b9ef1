import { describe, expect, it } from 'vitest';
import { NO_NODE_COUNTERS } from '../../../src/core/model/counters.ts';
import type { NodeState } from '../../../src/core/model/node-state.ts';
import type { Transition } from '../../../src/core/model/snapshot.ts';
import { stretchesOf } from '../../../src/http/status/timeline.ts';
import { timelineView } from '../../../src/http/status/timeline.ts';
import { ago, aNode, NOW } from '../../helpers/snapshots.ts';

const HOUR = 3_600;

function change(from: NodeState, to: NodeState, secondsAgo: number): Transition {
  return { from, to, at: ago(secondsAgo), reasons: [], why: `now ${to}` };
}

/** Hours ago and state of each stretch. */
function told(
  node: Parameters<typeof aNode>[0],
  observedHoursAgo: number,
): readonly (readonly [from: number, to: number, state: NodeState])[] {
  const hoursAgo = (ms: number): number => (NOW.wallMs - ms) / (HOUR * 1_000);
  return stretchesOf(aNode(node), { at: NOW, observedSince: ago(observedHoursAgo * HOUR) }).map(
    ({ fromMs, toMs, state }) => [hoursAgo(fromMs), hoursAgo(toMs), state] as const,
  );
}

describe('the stretches of a node host', () => {
  it('are one where it never changed, since it was first judged', () => {
    expect(told({ since: ago(HOUR) }, 9)).toEqual([[1, 0, 'alive']]);
  });

  it('begin in the state before the first change, as far back as this run has watched', () => {
    const transitions = [change('alive', 'zombie', 3 * HOUR), change('zombie', 'alive', HOUR)];
    expect(told({ transitions }, 9)).toEqual([
      [9, 3, 'alive'],
      [3, 1, 'zombie'],
      [1, 0, 'alive'],
    ]);
  });

  it('of a node host that was found later begin when it was found', () => {
    const counters = { ...NO_NODE_COUNTERS, since: ago(4 * HOUR).wallMs };
    const transitions = [change('alive', 'offline', 3 * HOUR)];
    expect(told({ transitions, counters }, 9)).toEqual([
      [4, 3, 'alive'],
      [3, 0, 'offline'],
    ]);
  });

  it('reach back into an earlier run, which wrote them down', () => {
    const transitions = [change('alive', 'blocked', 12 * HOUR), change('blocked', 'alive', HOUR)];
    expect(told({ transitions }, 9)).toEqual([
      [12, 1, 'blocked'],
      [1, 0, 'alive'],
    ]);
  });

  it('do not claim what came before a ring that is full', () => {
    const transitions = Array.from({ length: 200 }, (_, index) =>
      change(
        index % 2 === 0 ? 'alive' : 'reconnecting',
        index % 2 === 0 ? 'reconnecting' : 'alive',
        1_000 - index,
      ),
    );
    const [first] = told({ transitions }, 9);
    expect(first?.[0]).toBeCloseTo(1_000 / HOUR);
    expect(told({ transitions: transitions.slice(1) }, 9)[0]?.[0]).toBe(9);
  });
});

describe('the timeline', () => {
  const view = (node: Parameters<typeof aNode>[0], observedHoursAgo: number): string =>
    timelineView(aNode(node), { at: NOW, observedSince: ago(observedHoursAgo * HOUR) });

  it('says from when on something is known', () => {
    expect(view({ since: ago(HOUR) }, 9)).toContain(
      'Before <time datetime="2026-11-22T02:00:00.000Z" title="2026-11-22 02:00:00 UTC">2026-11-22 02:00:00 UTC</time> nothing is known.',
    );
  });

  it('says nothing of it where all 24 hours are known', () => {
    expect(view({ since: ago(30 * HOUR) }, 48)).not.toContain('nothing is known');
  });

  it('says what an earlier run recorded', () => {
    const recorded = 'it may have been off in between';
    expect(view({ since: ago(12 * HOUR) }, 9)).toContain(recorded);
    expect(view({ since: ago(8 * HOUR) }, 9)).not.toContain(recorded);
    expect(view({ transitions: [change('down', 'alive', 40 * HOUR)] }, 30)).not.toContain(recorded);
  });

  it('is paler where an earlier run recorded it, up to where this one began', () => {
    const transitions = [change('alive', 'blocked', 12 * HOUR), change('blocked', 'alive', HOUR)];
    expect(view({ transitions }, 9)).toContain('class="veil" x="720.0" y="0" width="180.0" height="10"');
    expect(view({ transitions }, 13)).not.toContain('veil');
    expect(view({ transitions: [change('down', 'alive', 40 * HOUR)] }, 30)).not.toContain('veil');
  });

  it('shows a fault of seconds, over what was well before and after it', () => {
    const transitions = [change('alive', 'zombie', 600), change('zombie', 'alive', 590)];
    const bars = [
      ...view({ transitions }, 48).matchAll(
        /<rect class="(\w+)[^"]*" x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g,
      ),
    ];
    expect(bars.map(([, tone]) => tone)).toEqual(['good', 'good', 'bad']);
    // Who sees no colours sees that it is higher.
    expect(bars.map(([, , , top]) => top)).toEqual(['6', '6', '0']);
    expect(Number(bars[2]?.[4])).toBeGreaterThanOrEqual(6);
  });

  it('lists the last ten changes, newest first, and how many came before', () => {
    const transitions = Array.from({ length: 13 }, (_, index) =>
      change('alive', 'zombie', 1_300 - index * 100),
    );
    const html = view({ transitions }, 48);
    expect([...html.matchAll(/<li><time/g)]).toHaveLength(10);
    expect(html.indexOf('T02:58:20')).toBeLessThan(html.indexOf('T02:56:40'));
    expect(html).toContain('and 3 before');
  });
});
