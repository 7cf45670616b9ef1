import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../../src/core/model/node-state.ts';
import type { NodeSnapshot, Transition } from '../../../src/core/model/snapshot.ts';
import { outageOf } from '../../../src/exporters/otlp/outage.ts';
import { traceOf } from '../../../src/exporters/otlp/outage-span.ts';
import { ago, aNode } from '../../helpers/snapshots.ts';

/** `unknown alive@90 zombie@60`: states with the seconds before now at which they were entered. */
function node(story: string, overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const [first = 'unknown', ...entered] = story.split(' ');
  let from = first as NodeState;
  const transitions: Transition[] = entered.map((step) => {
    const [to, seconds] = step.split('@') as [NodeState, string];
    const transition: Transition = { from, to, at: ago(Number(seconds)), reasons: [], why: `it is ${to}` };
    from = to;
    return transition;
  });
  return aNode({ state: from, transitions, ...overrides });
}

/** An outage as `start-end states`, in seconds before now. */
function told(story: string, overrides: Partial<NodeSnapshot> = {}): string | undefined {
  const outage = outageOf(node(story, overrides));
  if (outage === undefined) return undefined;
  const seconds = (monoMs: number): number => (ago(0).monoMs - monoMs) / 1_000;
  const end = outage.end === undefined ? '' : seconds(outage.end.monoMs);
  const known = outage.isStartKnown ? '' : '?';
  return `${seconds(outage.start.monoMs)}${known}-${end} ${outage.verdicts.map(({ to }) => to).join(' ')}`;
}

describe('an outage', () => {
  it('lasts from the first verdict that is not attached to the next that is', () => {
    expect(told('unknown alive@90 reconnecting@60 zombie@30')).toBe('60- reconnecting zombie');
    expect(told('unknown alive@90 reconnecting@60 zombie@30 alive@5')).toBe('60-5 reconnecting zombie alive');
  });

  it('began when the connection was lost and ended when there was one again, where that is known', () => {
    const overrides = { lastDisconnect: ago(62), lastConnect: ago(6) };
    expect(told('unknown alive@90 reconnecting@60 alive@5', overrides)).toBe('62-6 reconnecting alive');
  });

  it('did not begin with a connection that was lost before the last one, nor during the outage', () => {
    expect(told('unknown alive@90 zombie@60', { lastDisconnect: ago(95) })).toBe('60- zombie');
    expect(told('unknown alive@90 zombie@60', { lastDisconnect: ago(40) })).toBe('60- zombie');
  });

  it('did not end with a connection from before it', () => {
    expect(told('unknown alive@90 zombie@60 alive@5', { lastConnect: ago(91) })).toBe('60-5 zombie alive');
  });

  it('is none while nobody can tell, or while a node host is new', () => {
    expect(told('unknown')).toBeUndefined();
    expect(told('unknown starting@9')).toBeUndefined();
    expect(told('unknown starting@9 alive@5')).toBeUndefined();
    expect(told('unknown alive@90 unknown@60')).toBeUndefined();
    expect(told('unknown alive@90 unknown@60 alive@5')).toBeUndefined();
  });

  it('goes on while nobody can tell, and while the node host starts again', () => {
    expect(told('unknown alive@90 zombie@60 unknown@50 starting@40 alive@5')).toBe(
      '60-5 zombie unknown starting alive',
    );
    expect(told('unknown alive@90 unknown@70 zombie@60')).toBe('60- zombie');
  });

  it('that ended is over: the next one begins anew', () => {
    expect(told('unknown alive@90 zombie@60 alive@50 down@20 alive@5')).toBe('20-5 down alive');
  });

  it('that was there before we looked began at an unknown time', () => {
    expect(told('zombie unknown@30 alive@5')).toBe('30?-5 unknown alive');
    expect(told('zombie alive@5')).toBe('5?-5 alive');
    expect(told('zombie alive@5', { lastDisconnect: ago(300) })).toBe('300-5 alive');
  });

  it.each(['down', 'wedged', 'gateway-down', 'blocked', 'reconnecting', 'zombie', 'offline'])(
    'is every state in which the node host is of no use: %s',
    (state) => {
      expect(told(`unknown alive@90 ${state}@60`)).toBe(`60- ${state}`);
    },
  );
});

describe('the ids of an outage', () => {
  const during = node('unknown alive@90 reconnecting@60 zombie@30');
  const after = node('unknown alive@90 reconnecting@60 zombie@30 alive@5', { lastDisconnect: ago(62) });
  const next = node('unknown alive@90 reconnecting@60 zombie@30 alive@5 down@2');
  const idsOf = (snapshot: NodeSnapshot, instance = 'i') => traceOf(outageOf(snapshot)!, snapshot, instance);

  it('are the same from its first verdict to its last', () => {
    expect(idsOf(after)).toEqual(idsOf(during));
  });

  it('stay where it comes back to another gateway', () => {
    expect(idsOf({ ...after, gateway: 'another:18790' })).toEqual(idsOf(during));
  });

  it('are others for the next outage, another node host, another exporter', () => {
    const other = { ...during, key: 'local:other' };
    const ids = [idsOf(during), idsOf(next), idsOf(other), idsOf(during, 'j')];
    expect(new Set(ids.map(({ traceId }) => traceId)).size).toBe(4);
    expect(new Set(ids.map(({ spanId }) => spanId)).size).toBe(4);
  });
});
