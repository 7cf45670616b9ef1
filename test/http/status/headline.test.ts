import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../../src/core/model/node-state.ts';
import type {
  GatewayHealth,
  GatewaySnapshot,
  NodeSnapshot,
  Snapshot,
} from '../../../src/core/model/snapshot.ts';
import { headlineOf } from '../../../src/http/status/headline.ts';
import { aGateway, anApp, aNode, aSnapshot } from '../../helpers/snapshots.ts';

/** As many node hosts as there are states. */
function inStates(...states: readonly NodeState[]): readonly NodeSnapshot[] {
  return states.map((state, index) => aNode({ name: `n${index}`, state }));
}

/** As many gateways as there are states of health. */
function gateways(...healths: readonly GatewayHealth[]): readonly GatewaySnapshot[] {
  const names = ['one:1', 'two:2', 'three:3'];
  return healths.map((health, index) => aGateway({ name: names[index] ?? '', health }));
}

const approval = aNode({ name: 'new', reasons: ['attached', 'awaiting-approval'], ready: false });

const CASES: readonly (readonly [says: string, tone: string, Partial<Snapshot>])[] = [
  ['No node host was found yet', 'none', { nodes: [] }],
  ['The node host is well', 'good', { nodes: inStates('alive') }],
  ['All 2 node hosts are well', 'good', { nodes: inStates('alive', 'alive') }],
  // An app that sleeps is well, and one that is refused wakes nobody.
  ['All 2 nodes are well', 'good', { nodes: [...inStates('alive'), anApp()] }],
  ['The app is well', 'good', { nodes: [anApp()] }],
  ['Phone is blocked', 'warn', { nodes: [...inStates('alive'), anApp({ state: 'blocked' })] }],
  ['n0 is offline', 'warn', { nodes: [...inStates('offline'), anApp()] }],
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
    { nodes: inStates('gateway-down', 'gateway-down'), gateways: [aGateway({ health: 'down' })] },
  ],
  ['Gateway two:2 is deaf', 'bad', { nodes: inStates('alive'), gateways: gateways('healthy', 'deaf') }],
  ['All 2 gateways are down', 'bad', { nodes: inStates('alive'), gateways: gateways('down', 'down') }],
  [
    '2 of 3 gateways need attention: 1 down, 1 deaf',
    'bad',
    { nodes: inStates('alive'), gateways: gateways('down', 'deaf', 'healthy') },
  ],
  // Nothing is wrong with a machine that only watches a gateway, and much with a gateway that is away.
  ['No node host was found on this machine', 'none', { nodes: [], noNodeHostHere: true }],
  ['The gateway is down', 'bad', { nodes: [], noNodeHostHere: true, gateways: gateways('down') }],
  [
    'n1 is a zombie',
    'bad',
    { nodes: inStates('gateway-down', 'zombie'), gateways: [aGateway({ health: 'down' })] },
  ],
];

describe('the headline', () => {
  it.each(CASES)('%s', (words, tone, snapshot) => {
    expect(headlineOf(aSnapshot(snapshot))).toEqual({ words, tone });
  });
});
