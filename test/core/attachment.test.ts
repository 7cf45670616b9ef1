import { describe, expect, it } from 'vitest';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/local.ts';
import { hold } from '../../src/core/model/held.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { attachmentOf, type Attachment } from '../../src/core/rules/attachment.ts';
import { aRow } from '../helpers/world.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 5e12 + seconds * 1_000 });

const UNSEEN = unseenTarget({ id: 'x', explicit: true });
const ledger = (known: Partial<LocalFacts['ledger']>): LocalFacts => ({
  ...UNSEEN,
  ledger: { ...UNSEEN.ledger, ...known },
});

/** What is said of it while the gateway lists a session in its name. */
const listedAsConnected = (facts: LocalFacts): Attachment =>
  attachmentOf(facts, {
    told: { match: { kind: 'row', row: aRow({ nodeId: 'n', connected: true }), isSure: false }, at: at(99) },
    row: undefined,
    gatewayAnswers: true,
    gatewayAnswersSince: at(0),
    trustedSince: at(0),
    now: at(100),
    limits: DEFAULT_THRESHOLDS,
  });

describe('a session that the gateway lists', () => {
  const refusal = { at: at(80), auth: 'token_mismatch' } as const;

  it('makes it attached', () => {
    expect(listedAsConnected(UNSEEN)).toEqual({ attached: true, by: 'gateway' });
  });

  it('is not its own where it was refused since it last connected', () => {
    const facts = ledger({ refusal, lastAttempt: at(80) });
    expect(listedAsConnected(facts)).toEqual({ attached: false, by: 'log' });
    expect(listedAsConnected({ ...facts, lastConnect: at(70) })).toEqual({ attached: false, by: 'log' });
  });

  it('is its own where it connected after it was refused', () => {
    const facts = ledger({ refusal, lastAttempt: at(80) });
    expect(listedAsConnected({ ...facts, lastConnect: at(90) })).toEqual({ attached: true, by: 'gateway' });
  });

  it('is not taken from it for a refusal that was read in the history of its log', () => {
    const facts = ledger({ refusal, lastAttempt: at(60) });
    expect(listedAsConnected(facts)).toEqual({ attached: true, by: 'gateway' });
  });
});

/** Its only connection opened 40 s ago, under our eyes. */
const CONNECTED: LocalFacts = {
  ...UNSEEN,
  incarnation: 'p',
  socket: {
    look: hold(
      aSocketLook(at(100), [{ id: 'c', state: 'established', unreadBytes: 0 }]),
      at(100),
      DEFAULT_THRESHOLDS.socketValidMs,
    ),
    connections: [
      {
        id: 'c',
        state: 'established',
        unreadBytes: 0,
        firstSeen: at(60),
        openSince: at(60),
        isOlder: false,
      },
    ],
    hadConnection: true,
  },
};

// Fixed: a close line that was read late made a session of 2026.4 none for as long as it lasted, and that a `zombie`.
it('a connection that stands on after a close was told is on its way out no longer than a close takes', () => {
  const closedAt = (seconds: number): Attachment =>
    attachmentOf(
      { ...CONNECTED, ledger: { ...UNSEEN.ledger, lastClose: at(seconds), attached: false } },
      {
        told: undefined,
        row: undefined,
        gatewayAnswers: true,
        gatewayAnswersSince: at(0),
        trustedSince: at(0),
        now: at(100),
        limits: DEFAULT_THRESHOLDS,
      },
    );
  expect(closedAt(59)).toEqual({ attached: true, by: 'socket' });
  expect(closedAt(71)).toEqual({ attached: false, by: 'socket' });
  expect(closedAt(68)).toEqual({ attached: true, by: 'socket' });
});

// Fixed: 16 s after its dial one was attached, and its backoff forgotten, while it still waited for the challenge.
it('a connection that was opened while the gateway was frozen is no session before it has outlasted that', () => {
  const answeringSince = (seconds: number, version?: string): Attachment =>
    attachmentOf(
      { ...CONNECTED, hints: version === undefined ? {} : { version } },
      {
        told: undefined,
        row: undefined,
        gatewayAnswers: true,
        gatewayAnswersSince: at(seconds),
        trustedSince: at(seconds),
        now: at(100),
        limits: DEFAULT_THRESHOLDS,
      },
    );
  expect(answeringSince(0)).toEqual({ attached: true, by: 'socket' });
  expect(answeringSince(90)).toEqual({ attached: false, by: 'socket' });
  // 2026.4 gives up no dial: TCP sends it again after as long as it was not answered.
  expect(answeringSince(80, '2026.9.6')).toEqual({ attached: true, by: 'socket' });
  expect(answeringSince(80, '2026.4.15')).toEqual({ attached: false, by: 'socket' });
});
