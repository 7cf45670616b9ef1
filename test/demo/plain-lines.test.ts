import { describe, expect, it } from 'vitest';
import type { Transition } from '../../src/core/model/snapshot.ts';
import { describeChanges, summaryLines } from '../../src/demo/plain-lines.ts';
import { NOW, aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';

const ALIVE = aSnapshot({ nodes: [aNode({ name: 'attic-pi' }), aNode({ name: 'mac-studio' })] });
const ZOMBIE = aSnapshot({
  nodes: [aNode({ name: 'attic-pi' }), aZombie({ name: 'mac-studio', why: 'no attempt came' })],
});

describe('plain lines', () => {
  it('tell each node host once, and again only when its state or its code changes', () => {
    const first = describeChanges(new Map(), { snapshot: ALIVE, elapsedMs: 1_000 });
    expect(first.lines).toHaveLength(2);
    const same = describeChanges(first.told, { snapshot: ALIVE, elapsedMs: 2_000 });
    expect(same.lines).toEqual([]);
    const changed = describeChanges(same.told, { snapshot: ZOMBIE, elapsedMs: 27_000 });
    expect(changed.lines).toEqual(['00:27 mac-studio is zombie, /livez 503: no attempt came']);
  });

  it('end with what each node host is and what it was', () => {
    const step = (from: Transition['from'], to: Transition['to']): Transition => ({
      from,
      to,
      at: NOW,
      reasons: [],
      why: '',
    });
    const snapshot = aSnapshot({
      nodes: [
        aNode({ name: 'attic-pi' }),
        aNode({ name: 'mac-studio', transitions: [step('alive', 'zombie'), step('zombie', 'alive')] }),
      ],
    });
    expect(summaryLines(snapshot)).toEqual(['attic-pi: alive', 'mac-studio: alive -> zombie -> alive']);
  });
});
