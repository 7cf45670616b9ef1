import { describe, expect, it } from 'vitest';
import { Narrator } from '../../src/app/narrator.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { Telemetry } from '../../src/telemetry/telemetry.ts';
import { ago, aGateway, aNode, aRemoteNode, aSnapshot, NOW } from '../helpers/snapshots.ts';

/** Reviews one snapshot after the other; each gives the events that were told of it. */
function story() {
  let events: string[] = [];
  let snapshot = aSnapshot();
  const telemetry = new Telemetry({
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
    limits: () => ({ maxNodes: 10, forgetNodesAfterMs: 30 * 86_400_000 }),
  });
  const review = (overrides: Partial<Snapshot>): string[] => {
    events = [];
    snapshot = aSnapshot(overrides);
    narrator.review('ws://gw');
    return events;
  };
  return Object.assign(review, {
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
    expect(review({ nodes: [], gateway: aGateway({ name: 'other:1' }) })).toEqual([]);
  });

  it('because it turned out to run on this machine is not forgotten', () => {
    const review = story();
    review({ nodes: [far] });
    const events = review({ nodes: [aNode({ nodeId: 'far-id' })] });
    expect(events.filter((event) => event.startsWith('node_host_forgotten'))).toEqual([]);
  });
});

describe('a service manager that gives up', () => {
  const unit = { manager: 'systemd', unit: 'openclaw-node.service', user: true };
  const gaveUp = { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' } as const;
  const told = (standing: typeof gaveUp | { readonly kind: 'running' }) => [
    aNode({ evidence: { supervisor: { unit, standing, ageMs: 0 } } }),
  ];

  it('is told of once, and again only after it had cared in between', () => {
    const review = story();
    review({ nodes: told({ kind: 'running' }) });
    const line =
      'supervisor_gave_up: node host "NodeA": openclaw-node.service will not be started again by systemd (exit status 1)';
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
      'doubted_itself: deadlines start anew: the exporter itself was late',
    ]);
    expect(review({ doubt: 'the exporter itself was late' })).toEqual([]);
    expect(review({})).toEqual([]);
    expect(review({ doubt: 'the exporter itself was late' })).toHaveLength(1);
  });
});
