import { describe, expect, it } from 'vitest';
import { FIRST_DIAL, planRedial } from '../../../src/sources/gateway-session/redial-policy.ts';
import type { DialEnding, RedialWait } from '../../../src/sources/gateway-session/redial-policy.ts';

type Tried = DialEnding & { readonly fingerprint?: string };
const failed: Tried = { kind: 'failed', reason: 'refused', message: '' };
const starting: Tried = { kind: 'starting', message: '' };
const ended: Tried = { kind: 'session-ended', lastedMs: 60_000 };
const endedAtOnce: Tried = { kind: 'session-ended', lastedMs: 40 };
const refused = (fingerprint = 'a', more: { auth?: 'rate_limited'; retryAfterMs?: number } = {}): Tried => ({
  kind: 'refused',
  auth: 'token_mismatch',
  detailCode: '',
  message: '',
  fingerprint,
  ...more,
});

/** The waits after a series of endings. */
function waits(endings: readonly Tried[]): RedialWait[] {
  let state = FIRST_DIAL;
  return endings.map((ending) => {
    const redial = planRedial(state, ending, ending.fingerprint ?? 'a');
    state = redial.state;
    return redial.wait;
  });
}

const ms = (endings: readonly Tried[]): number[] => waits(endings).map((wait) => wait.ms);

describe('the wait before the next dial', () => {
  it.each<[string, Tried[], number[]]>([
    ['doubles from 1 s to 15 s', Array(7).fill(failed), [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]],
    [
      'starts over after a session',
      [failed, failed, failed, ended, failed],
      [1_000, 2_000, 4_000, 1_000, 2_000],
    ],
    [
      'does not start over after a session that ended at once',
      Array(4).fill(endedAtOnce),
      [1_000, 2_000, 4_000, 8_000],
    ],
    [
      'is half a second while the gateway starts',
      [failed, failed, starting, starting],
      [1_000, 2_000, 500, 500],
    ],
    [
      'is a minute after a refusal and doubles to ten',
      Array(6).fill(refused()),
      [60, 120, 240, 480, 600, 600].map((s) => s * 1_000),
    ],
    [
      'is a minute again for another credential',
      [refused('a'), refused('a'), refused('b'), refused('b')],
      [60_000, 120_000, 60_000, 120_000],
    ],
    [
      'keeps its place in the auth schedule while the gateway is away',
      [refused(), failed, refused()],
      [60_000, 1_000, 120_000],
    ],
    [
      'starts over for a credential that was accepted meanwhile',
      [refused(), refused(), ended, refused()],
      [60_000, 120_000, 1_000, 60_000],
    ],
    [
      'of failures starts over after a refusal: the gateway answered',
      [failed, failed, failed, refused(), failed],
      [1_000, 2_000, 4_000, 60_000, 1_000],
    ],
  ])('%s', (_claim, endings, expected) => {
    expect(ms(endings)).toEqual(expected);
  });

  it('stays capped however long the gateway is away', () => {
    expect(ms(Array<Tried>(5_000).fill(failed)).at(-1)).toBe(15_000);
    expect(ms(Array<Tried>(5_000).fill(refused())).at(-1)).toBe(600_000);
  });

  it.each([
    [100, 500],
    [700, 700],
    [60_000, 1_000],
  ])('keeps a starting gateway’s hint of %i ms within bounds: %i ms', (retryAfterMs, expected) => {
    expect(waits([{ ...starting, retryAfterMs }])).toEqual([{ kind: 'backoff', ms: expected }]);
  });

  it('after a refusal can be cut short by another credential, six times a minute at most', () => {
    expect(waits([refused('a')])).toEqual([{ kind: 'auth', ms: 60_000, atLeastMs: 10_000, refused: 'a' }]);
  });

  it('while locked out is not cut short by anything, and honours what the gateway asks for', () => {
    const lockedOut = refused('a', { auth: 'rate_limited', retryAfterMs: 299_000 });
    expect(waits([lockedOut])).toEqual([{ kind: 'auth', ms: 299_000, atLeastMs: 299_000, refused: 'a' }]);
  });

  it('while locked out is never shorter than the schedule', () => {
    const lockedOut = refused('a', { auth: 'rate_limited', retryAfterMs: 1_000 });
    expect(ms([lockedOut, lockedOut])).toEqual([60_000, 120_000]);
  });
});
