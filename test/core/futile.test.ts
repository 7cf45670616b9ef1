import { expect, it } from 'vitest';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/local.ts';
import { hold } from '../../src/core/model/held.ts';
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
