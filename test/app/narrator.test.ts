import { describe, expect, it } from 'vitest';
import { Narrator } from '../../src/app/narrator.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ago, aGateway, aNode, aRemoteNode, aSnapshot, NOW } from '../helpers/snapshots.ts';

/** Reviews one snapshot after the other; each gives the events that were told of it. */
function story() {
  let events: string[] = [];
  let snapshot = aSnapshot();
  const telemetry = createTelemetry({
    level: 'debug',
    format: 'json',
    write: (line) => {
      const { event, message } = JSON.parse(line) as { event: string; message: string };
      events.push(`${event}: ${message}`);
    },
  });
  const narrator = new Narrator({
    telemetry,
    snapshot: () => snapshot,
    trust: () => ({ since: NOW, lastTick: NOW, why: 'late', offMs: 4_200 }),
    limits: () => ({ maxNodes: 10, forgetNodesAfterDays: 30 }),
  });
  const review = (overrides: Partial<Snapshot>): string[] => {
    events = [];
    snapshot = aSnapshot(overrides);
    narrator.review();
    return events;
  };
  return Object.assign(review, {
    /** The events that are told of what one gateway said. */
    hears: (observation: Observation): string[] => {
      events = [];
      narrator.observation(observation);
      return events;
    },
    notWatched: (key: string) => {
      narrator.notWatched(key);
    },
  });
}

const far = aRemoteNode({ key: 'far-id', nodeId: 'far-id', name: 'Far', lastDisconnect: ago(3_600) });

describe('a node host that is gone', () => {
  it('is told of once, and once more should it come back', () => {
    const review = story();
    review({ nodes: [aNode(), far] });
    expect(review({ nodes: [aNode()] })).toEqual([
      'node_host_forgotten: node host "Far" is forgotten: the gateway has not listed it for some minutes',
    ]);
    expect(review({ nodes: [aNode()] })).toEqual([]);
    expect(review({ nodes: [aNode(), far] })).toEqual([
      'node_host_found: node host "Far" is watched (remote): alive',
    ]);
  });

  it('after its time says for how long it was not seen', () => {
    const review = story();
    review({
      nodes: [aRemoteNode({ ...far, lastConnect: ago(40 * 86_400), lastDisconnect: ago(31 * 86_400) })],
    });
    expect(review({ nodes: [] })).toEqual([
      'node_host_forgotten: node host "Far" is forgotten: it was not connected for 31 days',
    ]);
  });

  it('because nobody asks to watch it any more is not forgotten by the gateway', () => {
    const review = story();
    const here = aNode({ key: 'pid-file:/a', name: 'Here' });
    review({ nodes: [here, far] });
    review.notWatched('pid-file:/a');
    expect(review({ nodes: [far] })).toEqual([]);
    expect(review({ nodes: [here, far] })).toEqual([
      'node_host_found: node host "Here" is watched (local): alive',
    ]);
  });

  it('because another gateway is watched now is not forgotten', () => {
    const review = story();
    review({ nodes: [far] });
    expect(review({ nodes: [], gateways: [aGateway({ name: 'other:1' })] })).toEqual([]);
  });

  it('because it turned out to run on this machine is not forgotten', () => {
    const review = story();
    review({ nodes: [far] });
    const events = review({ nodes: [aNode({ nodeId: 'far-id' })] });
    expect(events.filter((event) => event.startsWith('node_host_forgotten'))).toEqual([]);
  });
});

describe('a service manager that gives up', () => {
  const service = { manager: 'systemd', unit: 'openclaw-node.service', user: true } as const;
  const gaveUp = { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' } as const;
  const told = (standing: typeof gaveUp | { readonly kind: 'running' }) => [
    aNode({ evidence: { supervisor: { service, standing, ageMs: 0 } } }),
  ];

  it('is told of once, and again only after it had cared in between', () => {
    const review = story();
    review({ nodes: told({ kind: 'running' }) });
    const line =
      'supervisor_gave_up: node host "NodeA": openclaw-node.service will not be started again by its service manager (exit status 1)';
    expect(review({ nodes: told(gaveUp) })).toEqual([line]);
    expect(review({ nodes: told(gaveUp) })).toEqual([]);
    expect(review({ nodes: [aNode()] })).toEqual([]);
    expect(review({ nodes: told(gaveUp) })).toEqual([]);
    expect(review({ nodes: told({ kind: 'running' }) })).toEqual([]);
    expect(review({ nodes: told(gaveUp) })).toEqual([line]);
  });
});

describe('doubt of itself', () => {
  it('is told of when it begins, not each time that deadlines start anew while it lasts', () => {
    const review = story();
    review({});
    expect(review({ doubt: 'the exporter itself was late' })).toEqual([
      'doubted_itself: all deadlines start again: the exporter itself was late',
    ]);
    expect(review({ doubt: 'the exporter itself was late' })).toEqual([]);
    expect(review({})).toEqual([]);
    expect(review({ doubt: 'the exporter itself was late' })).toHaveLength(1);
  });
});

describe('several gateways', () => {
  const ONE = aGateway({ name: 'one:1', url: 'ws://one:1' });
  const TWO = aGateway({ name: 'two:2', url: 'wss://two:2' });
  const http = (gateway: string, isUp: boolean): Observation => ({
    source: 'gateway-http',
    gateway,
    at: NOW,
    result: isUp
      ? { ok: true, rttMs: 3 }
      : { ok: false, reason: 'refused', message: 'connection refused', answered: false },
  });
  const refused = (gateway: string): Observation => ({
    source: 'gateway-session',
    gateway,
    at: NOW,
    kind: 'refused',
    auth: 'token_mismatch',
    detailCode: 'AUTH_TOKEN_MISMATCH',
    retryInMs: 60_000,
  });

  it('are told of apart, each by its URL, once for each change', () => {
    const story_ = story();
    story_({ gateways: [ONE, TWO] });
    expect(story_.hears(http('one:1', true))).toEqual(['gateway_reachable: gateway ws://one:1 answers']);
    expect(story_.hears(http('two:2', false))).toEqual([
      'gateway_unreachable: gateway wss://two:2 does not answer: connection refused',
    ]);
    expect(story_.hears(http('one:1', true))).toEqual([]);
    expect(story_.hears(http('two:2', false))).toEqual([]);
    expect(story_.hears(http('two:2', true))).toEqual(['gateway_reachable: gateway wss://two:2 answers']);
  });

  it('that refuse us again and again make one line each', () => {
    const story_ = story();
    expect(story_.hears(refused('one:1'))).toHaveLength(1);
    expect(story_.hears(refused('two:2'))).toHaveLength(1);
    expect(story_.hears(refused('one:1'))).toEqual([]);
    expect(story_.hears(refused('two:2'))).toEqual([]);
  });

  it('what is seen along the way of a node host says nothing of its gateway', () => {
    const story_ = story();
    expect(story_.hears({ ...http('one:1', false), target: 'local' } as Observation)).toEqual([]);
  });

  it('that were restarted are told of by their own counters', () => {
    const restarted = (times: number): typeof TWO => ({
      ...TWO,
      counters: { ...TWO.counters, restarts: times },
    });
    const story_ = story();
    story_({ gateways: [ONE, restarted(4)] });
    expect(story_({ gateways: [ONE, restarted(5)] })).toEqual([
      'gateway_restarted: gateway wss://two:2 was restarted',
    ]);
    expect(story_({ gateways: [ONE, restarted(5)] })).toEqual([]);
  });
});

describe('node hosts that are left unwatched for want of room', () => {
  const line =
    'node_hosts_dropped: 3 node hosts have no metrics: limits.max_nodes is 10; raise it, or watch fewer';

  it('are told of by how many they are now, not by how many there ever were', () => {
    const review = story();
    review({});
    expect(review({ nodesUnwatched: 3, nodesDropped: 40 })).toEqual([line]);
    expect(review({ nodesUnwatched: 3, nodesDropped: 41 })).toEqual([]);
  });

  it('are no news once they are watched, and news again when there are as many again', () => {
    const review = story();
    review({ nodesUnwatched: 3 });
    expect(review({ nodesUnwatched: 0, nodesDropped: 3 })).toEqual([]);
    expect(review({ nodesUnwatched: 3, nodesDropped: 6 })).toEqual([line]);
  });
});
