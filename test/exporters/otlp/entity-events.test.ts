import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../../../src/core/model/snapshot.ts';
import { EntityEvents, REPORT_INTERVAL_MS } from '../../../src/exporters/otlp/entity-events.ts';
import { aNode, aRemoteNode, aSnapshot, aZombie, NOW } from '../../helpers/snapshots.ts';

/** Reviews the nodes so many milliseconds from now; the names of the events, with that of the node. */
function reviewed(entities: EntityEvents, nodes: readonly NodeSnapshot[], afterMs = 0): readonly string[] {
  const at = { monoMs: NOW.monoMs + afterMs, wallMs: NOW.wallMs + afterMs };
  return entities.review(aSnapshot({ nodes, at })).map(({ eventName, attributes }) => {
    const id = attributes?.['entity.id'] as Readonly<Record<string, string>>;
    return `${eventName ?? '?'} ${id['openclaw.nodehost.name'] ?? '?'}`;
  });
}

describe('a node as an entity', () => {
  const local = aNode({ name: 'a', version: '2026.9.6' });
  const remote = aRemoteNode({ name: 'b' });

  it('is reported when it appears, with what identifies it, what describes it and when it is reported next', () => {
    const [event, ...others] = new EntityEvents().review(aSnapshot({ nodes: [local] }));
    expect(others).toEqual([]);
    expect(event).toMatchObject({ eventName: 'entity.state', severityText: 'INFO' });
    expect(event?.attributes).toEqual({
      'entity.type': 'openclaw.nodehost',
      'entity.id': { 'openclaw.gateway.name': local.gateway, 'openclaw.nodehost.name': 'a' },
      'entity.description': expect.objectContaining({
        'openclaw.nodehost.scope': 'local',
        'openclaw.nodehost.version': '2026.9.6',
      }) as unknown,
      'entity.report.interval': 300,
    });
  });

  it('is reported again at each interval, and not in between', () => {
    const entities = new EntityEvents();
    expect(reviewed(entities, [local, remote])).toEqual(['entity.state a', 'entity.state b']);
    expect(reviewed(entities, [local, remote], REPORT_INTERVAL_MS - 1)).toEqual([]);
    expect(reviewed(entities, [local, remote], REPORT_INTERVAL_MS)).toEqual([
      'entity.state a',
      'entity.state b',
    ]);
    expect(reviewed(entities, [local, remote], 2 * REPORT_INTERVAL_MS - 1)).toEqual([]);
  });

  it('is reported at once when what describes it changes, and not for how it is', () => {
    const entities = new EntityEvents();
    reviewed(entities, [local]);
    expect(reviewed(entities, [aZombie({ name: 'a', version: '2026.9.6' })], 1)).toEqual([]);
    expect(reviewed(entities, [aNode({ name: 'a', version: '2026.11.2' })], 2)).toEqual(['entity.state a']);
  });

  it('is deleted once when it is no longer watched, and appears again when it is', () => {
    const entities = new EntityEvents();
    reviewed(entities, [local, remote]);
    expect(reviewed(entities, [local], 1)).toEqual(['entity.delete b']);
    expect(reviewed(entities, [local], 2)).toEqual([]);
    expect(reviewed(entities, [local, remote], 3)).toEqual(['entity.state b']);
  });
});
