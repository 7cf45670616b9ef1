import { describe, expect, it } from 'vitest';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/local.ts';
import { hold } from '../../src/core/model/held.ts';
import { omit } from '../../src/core/model/omit.ts';
import { DEFAULT_THRESHOLDS as LIMITS } from '../../src/core/model/thresholds.ts';
import type { Instant } from '../../src/core/model/time.ts';
import type { LocalContext } from '../../src/core/rules/context.ts';
import { assessFutile } from '../../src/core/rules/futile.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 5e12 + seconds * 1_000 });
const NOW = at(2_000);
const FAILED_AT = at(1_990);

/** One whose attempts have failed since second 1000, the last of them ten seconds ago. */
function failing(changes: Partial<LocalFacts>): LocalFacts {
  const empty = unseenTarget({ id: 'x', explicit: true });
  return {
    ...empty,
    incarnation: 'p',
    hints: { endpoint: { host: 'proxy', port: 1 } },
    process: hold(null, NOW, LIMITS.processValidMs),
    startedAt: at(1_980),
    ledger: {
      ...empty.ledger,
      failedAttempts: 1,
      failingSince: at(1_000),
      lastFailure: { reason: 'http_5xx', at: FAILED_AT },
    },
    ...changes,
  };
}

const context: LocalContext = {
  now: NOW,
  limits: LIMITS,
  gateway: {
    health: 'healthy',
    why: '',
    healthySince: at(0),
    unwellSince: undefined,
    answersSince: at(0),
    isOwnSessionOpen: true,
    isDistrusted: false,
    isGuess: false,
    isHere: true,
  },
  path: {
    challenge: hold({ ok: true, rttMs: 1 } as const, at(1_995), LIMITS.challengeValidMs),
    passableSince: at(1_000),
  },
  dialsGateway: false,
  attachment: { attached: undefined },
  isAmbiguous: false,
  isUnpaired: false,
  row: undefined,
  probe: undefined,
  trustedSince: at(0),
};

// Fixed: on the real 2026.4.15 behind a proxy nothing told its version, and it was starting for ever.
it('one that comes back each time it has ended is futile, though nobody knows its version', () => {
  expect(assessFutile(failing({ isBroughtBack: true }), context)?.reasons).toEqual(['futile']);
  expect(assessFutile(failing({}), context)).toBeUndefined();
});

it('one that does not end with each attempt is not, once it has ended: its next life may get in', () => {
  expect(assessFutile(failing({ startedAt: at(900) }), context)).toBeUndefined();
  expect(assessFutile(failing({ startedAt: at(900), isBroughtBack: true }), context)?.state).toBe('zombie');
});

// Fixed: it was so for moments only, since each new process had not met anything yet.
it('it stays so while the next process is on its way, until that keeps a connection', () => {
  const next = { isBroughtBack: true, startedAt: at(1_992) };
  expect(assessFutile(failing(next), context)?.state).toBe('zombie');
  expect(assessFutile(failing({ ...next, heldConnectionAt: at(1_999) }), context)).toBeUndefined();
});

// Fixed: one that was restarted to cure just this was called so again at once.
it('one that went on after a failure does not end with each attempt: a restart of it begins anew', () => {
  const lasting = { ...failing({}).ledger, outlivesFailures: true } as const;
  expect(assessFutile(failing({ isBroughtBack: true, ledger: lasting }), context)).toBeUndefined();
});

// Fixed: after ten minutes of a proxy's 502 to everybody one was futile by the first attempt that was merely unlucky.
it('what a way that was shut stopped does not count, however long that was', () => {
  const shutUntil = (seconds: number): LocalContext => ({
    ...context,
    path: { ...context.path, passableSince: at(1_900), lastShut: at(seconds) },
  });
  const one = failing({ isBroughtBack: true });
  expect(assessFutile(one, shutUntil(1_000))?.reasons).toEqual(['futile']);
  expect(assessFutile(one, shutUntil(1_895))).toBeUndefined();
});

describe('nobody is called futile', () => {
  const one = failing({ isBroughtBack: true });
  const ledger = (changes: Partial<LocalFacts['ledger']>): LocalFacts => ({
    ...one,
    ledger: { ...one.ledger, ...changes },
  });
  const lastFailedAt = (seconds: number): LocalFacts =>
    ledger({ lastFailure: { reason: 'http_5xx', at: at(seconds) } });
  const { hints } = unseenTarget({ id: 'x', explicit: true });

  it.each<[string, LocalFacts, LocalContext]>([
    ['whose gateway is not well', one, { ...context, gateway: { ...context.gateway, health: 'down' } }],
    [
      'whose gateway nobody knows to be well',
      one,
      { ...context, gateway: { ...context.gateway, healthySince: undefined } },
    ],
    ['who has not failed', { ...one, ledger: omit(one.ledger, 'failingSince') }, context],
    ['whose last failure nobody knows', { ...one, ledger: omit(one.ledger, 'lastFailure') }, context],
    ['who was refused', ledger({ refusal: { at: FAILED_AT, auth: 'token_mismatch' } }), context],
    ['who fails at a certificate', ledger({ lastFailure: { reason: 'tls', at: FAILED_AT } }), context],
    ['who has not failed for more than 90 s', lastFailedAt(1_909.9), context],
    ['of whom nobody knows where it dials', { ...one, hints }, context],
    ['on whose way nobody has looked', one, { ...context, path: undefined }],
    ['whose way was shut all the time', one, { ...context, path: omit(context.path!, 'passableSince') }],
    [
      'whose way does not answer now',
      one,
      { ...context, path: { ...context.path, challenge: { ...context.path!.challenge!, validMs: 4_999 } } },
    ],
    [
      'who failed within 15 s after its way had opened',
      one,
      { ...context, path: { ...context.path, passableSince: at(1_975.1) } },
    ],
    ['within 10 min of its first failure', ledger({ failingSince: at(1_400.1) }), context],
    [
      'within 10 min of its gateway’s return',
      one,
      { ...context, gateway: { ...context.gateway, healthySince: at(1_400.1) } },
    ],
    ['within 10 min of our own return', one, { ...context, trustedSince: at(1_400.1) }],
  ])('%s', (_who, facts, around) => {
    expect(assessFutile(facts, around)).toBeUndefined();
  });

  it('for longer than each of these lasts', () => {
    const soon = { ...context, path: { ...context.path, passableSince: at(1_975) }, trustedSince: at(1_400) };
    expect(assessFutile(one, soon)?.state).toBe('zombie');
    expect(assessFutile(lastFailedAt(1_910), context)?.state).toBe('zombie');
  });
});

it('says for how long its attempts have failed, and in which words', () => {
  const one = failing({ isBroughtBack: true });
  expect(assessFutile(one, context)).toEqual({
    state: 'zombie',
    reasons: ['futile'],
    why: 'its attempts have failed for 17 min while the gateway accepts others (no detail)',
    ready: false,
  });
  const worded = { ...one, ledger: { ...one.ledger, lastWords: 'HTTP 502' } };
  expect(assessFutile(worded, context)?.why).toMatch(/\(HTTP 502\)$/);
});
