import { describe, expect, it } from 'vitest';
import { NODE_STATES, type NodeState } from '../../src/core/model/node-state.ts';
import type { NodeSnapshot } from '../../src/core/model/snapshot.ts';
import { nodeStatus, reportStatus, summarise } from '../../src/cli/check-report.ts';
import { pluginExitCode, worstStatus } from '../../src/cli/exit-code.ts';
import { nodesDocument } from '../../src/document/nodes-document.ts';
import { anApp, aNode, aRemoteNode, aSnapshot } from '../helpers/snapshots.ts';

const EXPECTED: Readonly<Record<NodeState, number>> = {
  alive: 0,
  starting: 1,
  reconnecting: 1,
  'gateway-down': 1,
  blocked: 1,
  offline: 1,
  down: 2,
  wedged: 2,
  zombie: 2,
  unknown: 3,
};

function exitCodeOf(...states: readonly NodeState[]): number {
  const nodes = states.map((state, index) => aNode({ name: `n${index}`, state, ready: state === 'alive' }));
  return pluginExitCode(reportStatus({ document: nodesDocument(aSnapshot({ nodes })) }));
}

describe('check ends with', () => {
  it.each(NODE_STATES.map((state) => [state, EXPECTED[state]] as const))('%s: %i', (state, code) => {
    expect(exitCodeOf(state)).toBe(code);
  });

  it('a warning for a node host that is alive and waits for approval', () => {
    expect(nodeStatus({ state: 'alive', ready: false, kind: 'node-host' })).toBe('warning');
  });

  it('what its other node hosts deserve where none is on the machine: to watch a gateway only is no fault', () => {
    const exitCode = (...nodes: readonly NodeSnapshot[]): number =>
      pluginExitCode(reportStatus({ document: nodesDocument(aSnapshot({ nodes, noNodeHostHere: true })) }));
    expect(exitCode(aRemoteNode())).toBe(0);
    expect(exitCode(aRemoteNode({ state: 'offline', ready: false }))).toBe(1);
    expect(exitCode()).toBe(3);
  });

  it('ok where an app sleeps: it does so all the time', () => {
    const nodes = [aNode(), anApp()];
    const report = { document: nodesDocument(aSnapshot({ nodes })) };
    expect([reportStatus(report), summarise(report)]).toEqual(['ok', 'OK - 2 nodes well, 1 of them asleep']);
  });

  it('3 where there is no node host at all: nobody can say that it is alive', () => {
    expect(exitCodeOf()).toBe(3);
  });

  it.each<[readonly NodeState[], number]>([
    [['alive', 'alive'], 0],
    [['alive', 'reconnecting'], 1],
    [['alive', 'unknown'], 3],
    [['unknown', 'reconnecting'], 1],
    [['unknown', 'zombie'], 2],
    [['reconnecting', 'zombie', 'unknown', 'alive'], 2],
  ])('the worst of %o: %i', (states, code) => {
    expect(exitCodeOf(...states)).toBe(code);
    expect(exitCodeOf(...states.toReversed())).toBe(code);
  });

  it('ok for nothing to judge, which only an empty list of statuses is', () => {
    expect(worstStatus([])).toBe('ok');
  });
});
