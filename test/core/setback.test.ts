import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noteSetback, type Setback } from '../../src/core/facts/setback.ts';
import type { LogObservation, Recency } from '../../src/core/model/observation.ts';
import { parseLine } from '../../src/sources/log/parse-line.ts';
import { World } from '../helpers/world.ts';

const CAPTURES = new URL('../fixtures/captures/', import.meta.url);

/** What a capture's lines leave behind, read one a second. */
function replay(
  capture: string,
  { recency = 'live', writtenWallMs }: { recency?: Recency; writtenWallMs?: number } = {},
): readonly Setback[] {
  const events = readFileSync(new URL(`${capture}.log`, CAPTURES), 'utf8')
    .split('\n')
    .map(parseLine)
    .filter((event) => event !== null);
  return events.reduce<readonly Setback[]>((setbacks, event, index) => {
    const observation: LogObservation = {
      source: 'log',
      kind: 'line',
      target: 'local',
      at: { monoMs: index * 1_000, wallMs: 5_000_000 + index * 1_000 },
      event,
      recency,
      ...(writtenWallMs !== undefined && { writtenWallMs }),
    };
    return noteSetback(setbacks, observation);
  }, []);
}

describe('the last setbacks', () => {
  it('are the closes and the refusals that a log told of, with their time', () => {
    expect(replay('2026.9.6/stderr-wrong-token')).toEqual([
      { kind: 'auth-failure', reason: 'token_mismatch', wallMs: 5_000_000 },
      expect.objectContaining({ kind: 'close', code: 1008, wallMs: expect.any(Number) as number }),
    ]);
  });

  it('have no time where nobody saw the line come and the log does not tell', () => {
    const [first] = replay('2026.9.6/stderr-wrong-token', { recency: 'history' });
    expect(first).toEqual({ kind: 'auth-failure', reason: 'token_mismatch' });
    expect(replay('2026.9.6/stderr-wrong-token', { recency: 'catch-up' })[0]).not.toHaveProperty('wallMs');
  });

  it('have the time that the journal gives them, whenever they are read', () => {
    const [first] = replay('2026.9.6/stderr-wrong-token', { recency: 'history', writtenWallMs: 77 });
    expect(first).toMatchObject({ wallMs: 77 });
  });

  it('are ten at most, the newest ones', () => {
    const close = (code: number): LogObservation => ({
      source: 'log',
      kind: 'line',
      target: 'local',
      at: { monoMs: code, wallMs: code },
      event: { kind: 'closed', code, reason: 'x'.repeat(5_000) },
      recency: 'live',
    });
    const codes = Array.from({ length: 25 }, (_, index) => 1_000 + index);
    const kept = codes.reduce<readonly Setback[]>((all, code) => noteSetback(all, close(code)), []);
    expect(kept.map((setback) => setback.kind === 'close' && setback.code)).toEqual(codes.slice(-10));
    expect(kept[0]).toMatchObject({ reason: 'x'.repeat(200) });
  });

  it('are part of the snapshot of a node host whose log is read', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.dropped(1012, 'service restart');
    world.advance(5);
    expect(world.view().setbacks).toContainEqual(
      expect.objectContaining({ kind: 'close', code: 1012, reason: 'service restart' }),
    );
  });
});
