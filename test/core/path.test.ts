import { expect, it } from 'vitest';
import { observePath, type PathFacts } from '../../src/core/facts/path.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import type { Instant } from '../../src/core/model/time.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 5e12 + seconds * 1_000 });

function tried(known: PathFacts | undefined, seconds: number, ok: boolean): PathFacts {
  return observePath(
    known,
    {
      source: 'gateway-ws',
      gateway: 'gw:1',
      target: 'local',
      at: at(seconds),
      result: ok ? { ok, rttMs: 1 } : { ok, reason: 'timeout', message: 'nobody', answered: false },
    },
    DEFAULT_THRESHOLDS,
  );
}

it('a way is passable since the first of the WebSockets that got through in a row', () => {
  const first = tried(undefined, 10, true);
  expect(tried(first, 40, true).passableSince).toEqual(at(10));
  expect(tried(first, 40, false).passableSince).toBeUndefined();
  expect(tried(tried(first, 40, false), 70, true).passableSince).toEqual(at(70));
});

// Fixed: futile was said of a node host whose tunnel had been dead for minutes, while nobody tried it.
it('a way that nobody tried for a while is passable since it was tried again', () => {
  expect(tried(tried(undefined, 10, true), 700, true).passableSince).toEqual(at(700));
});
