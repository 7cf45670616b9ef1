import { describe, expect, it } from 'vitest';
import { LivenessCore } from '../../src/core/core.ts';
import { omit } from '../../src/core/model/omit.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import type { WrittenState } from '../../src/state/state-schema.ts';
import { asRead } from '../helpers/as-read.ts';
import { World } from '../helpers/world.ts';

const LOGS = { local: { offset: 7 } };

function aPast(): { readonly world: World; readonly saved: WrittenState } {
  const world = new World();
  const node = world.nodeHost().attached();
  world.advance(30);
  node.dropped(1012, 'service restart');
  world.advance(5);
  return { world, saved: dehydrate(world.core.memory(), { now: world.now, logs: LOGS }) };
}

function setbacksAfterRestart(world: World, saved: WrittenState): readonly unknown[] | undefined {
  const memory = rehydrate(asRead(saved), world.now);
  const core = new LivenessCore({ ...world.core.options, startedAt: world.now, memory });
  return core.beliefs.locals.get('local')?.facts.setbacks;
}

describe('the last setbacks', () => {
  it('survive a restart of the exporter with their time', () => {
    const { world, saved } = aPast();
    const [setback] = setbacksAfterRestart(world, saved) ?? [];
    expect(setback).toMatchObject({ kind: 'close', code: 1012, reason: 'service restart' });
    expect(setback).toHaveProperty('wallMs');
  });

  it('are read again, not doubled, where the log’s position was lost', () => {
    const { world, saved } = aPast();
    expect(setbacksAfterRestart(world, { ...saved, logs: {} })).toEqual([]);
  });

  it('are none where the file holds nothing of the log', () => {
    const { world, saved } = aPast();
    const local = omit(saved.locals.local!, 'log');
    expect(setbacksAfterRestart(world, { ...saved, locals: { local } })).toEqual([]);
  });
});
