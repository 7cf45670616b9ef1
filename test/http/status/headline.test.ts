import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../../src/core/model/node-state.ts';
import type { NodeSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import { headlineOf } from '../../../src/http/status/headline.ts';
import { aGateway, aNode, aSnapshot } from '../../helpers/snapshots.ts';

/** As many node hosts as there are states. */
function inStates(...states: readonly NodeState[]): readonly NodeSnapshot[] {
  return states.map((state, index) => aNode({ name: `n${index}`, state }));
}

const approval = aNode({ name: 'new', reasons: ['attached', 'awaiting-approval'], ready: false });

const CASES: readonly (readonly [says: string, tone: string, Partial<Snapshot>])[] = [
  ['No node host was found yet', 'none', { nodes: [] }],
  ['The node host is well', 'good', { nodes: inStates('alive') }],
  ['All 2 node hosts are well', 'good', { nodes: inStates('alive', 'alive') }],
  ['n0 is a zombie', 'bad', { nodes: inStates('zombie', 'alive') }],
  ['n1 is down', 'bad', { nodes: inStates('alive', 'down') }],
  ['All 2 node hosts are zombies', 'bad', { nodes: inStates('zombie', 'zombie') }],
  ['2 of 3 node hosts are wedged', 'bad', { nodes: inStates('wedged', 'alive', 'wedged') }],
  [
    '3 of 4 node hosts need attention: 1 zombie, 2 blocked',
    'bad',
    { nodes: inStates('blocked', 'zombie', 'alive', 'blocked') },
  ],
  // What is bad comes before what is doubtful.
  ['n1 is blocked', 'bad', { nodes: inStates('offline', 'blocked', 'unknown') }],
  ['n0 is in an unknown state', 'warn', { nodes: inStates('unknown', 'alive') }],
  ['new is waiting for approval', 'warn', { nodes: [approval, ...inStates('alive')] }],
  // A gateway's outage is one thing, not one for each of its node hosts.
  [
    'The gateway is down',
    'bad',
    { nodes: inStates('gateway-down', 'gateway-down'), gateway: aGateway({ health: 'down' }) },
  ],
  [
    'n1 is a zombie',
    'bad',
    { nodes: inStates('gateway-down', 'zombie'), gateway: aGateway({ health: 'down' }) },
  ],
];

describe('the headline', () => {
  it.each(CASES)('%s', (words, tone, snapshot) => {
    expect(headlineOf(aSnapshot(snapshot))).toEqual({ words, tone });
  });
});
