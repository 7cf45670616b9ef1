import { expect, it } from 'vitest';
import type { NodeSnapshot, Snapshot } from '../../src/core/index.ts';
import { countLives, type Lives } from '../../src/notify/crash-loop.ts';
import { pagesOf, type Seen } from '../../src/notify/page.ts';
import { aGateway, aNode, aSnapshot } from '../helpers/snapshots.ts';

const MINUTE = 60;

interface Story {
  /** Seconds between the processes. */
  readonly everySeconds: number;
  readonly minutes: number;
  readonly healthyForMinutes?: number;
  readonly stateAt?: (second: number) => NodeSnapshot['state'];
}

/** What is told of a node host whose process is replaced again and again. */
function told({ everySeconds, minutes, healthyForMinutes = 60, stateAt = () => 'starting' }: Story): Seen {
  let lives: ReadonlyMap<string, Lives> = new Map();
  let snapshot: Snapshot = aSnapshot({ nodes: [] });
  const { counters } = aNode();
  for (let second = 0; second <= minutes * MINUTE; second += 5) {
    const at = { monoMs: 9_000_000 + second * 1_000, wallMs: 1_800_000_000_000 + second * 1_000 };
    const ago = {
      monoMs: at.monoMs - healthyForMinutes * 60_000,
      wallMs: at.wallMs - healthyForMinutes * 60_000,
    };
    const processRestarts = 40 + Math.floor(second / everySeconds);
    const node = aNode({ state: stateAt(second), since: at, counters: { ...counters, processRestarts } });
    snapshot = aSnapshot({
      at,
      nodes: [node],
      gateways: [aGateway({ name: node.gateway, healthySince: ago })],
    });
    lives = countLives(lives, snapshot);
  }
  return pagesOf(snapshot, lives);
}

const alerts = ({ pages }: Seen): unknown[] => pages.map(({ labels }) => labels.alertname);

it('five processes in a quarter of an hour that never attach are a page, though no verdict of theirs is', () => {
  expect(alerts(told({ everySeconds: 150, minutes: 14 }))).toEqual(['OpenClawNodeHostCrashLooping']);
  expect(told({ everySeconds: 150, minutes: 14 }).pages[0]?.labels).not.toHaveProperty('state');
});

it('four are none, nor five in a longer time', () => {
  expect(alerts(told({ everySeconds: 150, minutes: 11 }))).toEqual([]);
  expect(alerts(told({ everySeconds: 240, minutes: 60 }))).toEqual([]);
});

it('one that attached in between, was refused, or whose gateway was away is not looping', () => {
  const loop = { everySeconds: 60, minutes: 20 };
  expect(alerts(told({ ...loop, stateAt: (second) => (second === 420 ? 'alive' : 'starting') }))).toEqual([]);
  expect(
    alerts(told({ ...loop, stateAt: (second) => (second === 200 ? 'alive' : 'starting') })),
  ).toHaveLength(1);
  expect(alerts(told({ ...loop, stateAt: (second) => (second === 960 ? 'blocked' : 'starting') }))).toEqual(
    [],
  );
  expect(alerts(told({ ...loop, healthyForMinutes: 14 }))).toEqual([]);
});

it('what an exporter that was just started told before neither ends nor begins until it has looked for as long', () => {
  const about = 'processes of node local:NodeA';
  expect(told({ everySeconds: 240, minutes: 5 }).unsure).toContain(about);
  expect(told({ everySeconds: 240, minutes: 15 }).unsure).not.toContain(about);
  expect(told({ everySeconds: 240, minutes: 5, stateAt: () => 'alive' }).unsure).not.toContain(about);
});
