import { describe, expect, it } from 'vitest';
import { tickCheck } from '../../../src/http/routes/self-check.ts';

describe('the check of the tick', () => {
  it('fails before the first tick', () => {
    expect(tickCheck({ lastTickAgeMs: undefined, limitMs: 1000 })).toMatchObject({ ok: false });
  });

  it('passes within the limit', () => {
    expect(tickCheck({ lastTickAgeMs: 999, limitMs: 1000 })).toEqual({ ok: true });
  });

  it('fails at the limit, and says both numbers', () => {
    expect(tickCheck({ lastTickAgeMs: 1000, limitMs: 1000 })).toEqual({
      ok: false,
      why: 'the last verdict is 1.0 s old, and the limit is 1.0 s',
    });
  });
});
