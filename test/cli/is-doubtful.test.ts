import { describe, expect, it } from 'vitest';
import { isDoubtful } from '../../src/cli/is-doubtful.ts';
import type { Evidence, NodeSnapshot } from '../../src/core/model/snapshot.ts';
import { ago, aGateway, aNode, aRemoteNode, aSnapshot } from '../helpers/snapshots.ts';

const PROCESS: NonNullable<Evidence['process']> = {
  pid: 1,
  incarnation: '1:1',
  kernelState: 'sleeping',
  startedAtWallMs: ago(60).wallMs,
  cpuSeconds: 1,
  residentBytes: 1,
};
const SOCKET: NonNullable<Evidence['socket']> = { endpoint: null, state: 'established', unreadBytes: 0 };

describe('a longer look would tell more', () => {
  it.each<[string, NodeSnapshot]>([
    [
      'of a process that is stopped',
      aNode({ evidence: { process: { ...PROCESS, kernelState: 'stopped' } } }),
    ],
    ['of a process that is gone', aNode({ evidence: { process: null } })],
    [
      'of bytes that nobody reads',
      aNode({ evidence: { process: PROCESS, socket: { ...SOCKET, unreadBytes: 1 } } }),
    ],
    [
      'of a probe without an answer',
      aNode({ evidence: { probe: { ok: false, durationMs: 1, timeoutsInARow: 1 } } }),
    ],
    ['of an attempt that may never come', aNode({ state: 'reconnecting' })],
    ['of a node host of which nothing is known yet', aNode({ state: 'unknown' })],
  ])('%s', (_what, node) => {
    expect(isDoubtful(aSnapshot({ nodes: [aNode({ name: 'fine' }), node] }))).toBe(true);
  });
});

describe('a longer look would tell nothing more', () => {
  it.each<[string, NodeSnapshot]>([
    ['of one that is well', aNode({ evidence: { process: PROCESS, socket: SOCKET } })],
    [
      'of a fault that is called one',
      aNode({ state: 'wedged', evidence: { process: { ...PROCESS, kernelState: 'stopped' } } }),
    ],
    ['of one that is down', aNode({ state: 'down', evidence: { process: null } })],
    ['of one that waits for people', aNode({ state: 'blocked', evidence: { process: null } })],
    ['of one on another machine', aRemoteNode({ state: 'unknown' })],
  ])('%s', (_what, node) => {
    expect(isDoubtful(aSnapshot({ nodes: [node] }))).toBe(false);
  });
});

describe('where no node host was found', () => {
  it.each([
    ['healthy', false],
    ['down', false],
    ['unknown', false],
    ['recovering', true],
  ] as const)('a longer look would tell more of a gateway that is %s: %s', (health, expected) => {
    const gateways = [aGateway(), aGateway({ name: 'other:1', health })];
    expect(isDoubtful(aSnapshot({ nodes: [], noNodeHostHere: true, gateways }))).toBe(expected);
  });
});
