import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NO_NODE_COUNTERS, type NodeCounters } from '../../src/core/model/counters.ts';
import { EMPTY_LEDGER, enter, turnPage, type Ledger } from '../../src/core/facts/log.ts';
import type { LogEvent, Recency } from '../../src/core/model/observation.ts';
import { AUTH_REASONS, CLOSE_CODES, FAILURE_REASONS } from '../../src/core/model/vocabulary.ts';
import { NODE_STATES } from '../../src/core/model/node-state.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import { unseenTarget } from '../../src/core/facts/local.ts';
import { observeLogLine, observeLogStatus } from '../../src/core/facts/log-line.ts';
import { parseLine } from '../../src/sources/log/parse-line.ts';

const CAPTURES = new URL('../fixtures/captures/', import.meta.url);

function linesOf(version: string, name: string): readonly LogEvent[] {
  const text = readFileSync(new URL(`${version}/stderr-${name}.log`, CAPTURES), 'utf8');
  return text
    .split('\n')
    .map(parseLine)
    .filter((event) => event !== null);
}

function replay(
  events: readonly LogEvent[],
  {
    recency = 'live',
    wasAttached,
    from = EMPTY_LEDGER,
  }: { recency?: Recency; wasAttached?: boolean; from?: Ledger } = {},
): { readonly ledger: Ledger; readonly counters: NodeCounters } {
  return events.reduce(
    (entry, event, index) =>
      enter(entry, event, { at: { monoMs: index * 100, wallMs: index * 100 }, recency, wasAttached }),
    { ledger: from, counters: NO_NODE_COUNTERS },
  );
}

/** The counters that are not zero, flat. */
function counted(counters: NodeCounters): Record<string, number> {
  const flat: Record<string, number> = {
    connects: counters.connects,
    attempts: counters.reconnectAttempts,
  };
  for (const [reason, n] of Object.entries(counters.reconnectFailures)) flat[`failed ${reason}`] = n;
  for (const [code, n] of Object.entries(counters.closes)) flat[`closed ${code}`] = n;
  for (const [reason, n] of Object.entries(counters.authFailures)) flat[`auth ${reason}`] = n;
  return Object.fromEntries(Object.entries(flat).filter(([, n]) => n > 0));
}

interface Sum {
  /** Whether it was attached before the first line of the capture. */
  readonly wasAttached?: boolean;
  readonly counted: Record<string, number>;
  readonly failedAttempts: number;
  readonly refusal?: string;
  readonly parked?: string;
  readonly attached?: boolean;
}

/** What each capture adds up to, counted by hand from its lines. */
const SUMS: Record<string, Record<string, Sum>> = {
  '2026.4.15': {
    '1012-then-exit': {
      wasAttached: true,
      counted: { 'closed 1012': 1 },
      failedAttempts: 0,
      attached: false,
    },
    'tick-timeout-then-exit': {
      wasAttached: true,
      counted: { 'closed 4000': 1 },
      failedAttempts: 0,
      attached: false,
    },
    dns: { counted: { attempts: 1, 'failed tls': 1 }, failedAttempts: 1, attached: false },
    http502: {
      counted: { attempts: 1, 'failed http_5xx': 1 },
      failedAttempts: 1,
      attached: false,
    },
    'no-challenge': {
      counted: { attempts: 1, 'failed timeout': 1 },
      failedAttempts: 1,
      attached: false,
    },
    'pairing-required': {
      counted: { attempts: 1, 'failed pairing': 1, 'auth pairing_required': 1 },
      failedAttempts: 1,
      refusal: 'pairing_required',
      attached: false,
    },
    'rate-limited': {
      counted: { attempts: 1, 'failed auth': 1, 'auth rate_limited': 1 },
      failedAttempts: 1,
      refusal: 'rate_limited',
      attached: false,
    },
    refused: {
      counted: { attempts: 1, 'failed refused': 1 },
      failedAttempts: 1,
      attached: false,
    },
    'role-upgrade': {
      counted: { attempts: 1, 'failed pairing': 1, 'auth pairing_required': 1 },
      failedAttempts: 1,
      refusal: 'pairing_required',
      attached: false,
    },
    // It writes the close first, and explains it in the next line: one attempt.
    terminate: {
      counted: { attempts: 1, 'failed closed': 1 },
      failedAttempts: 1,
      attached: false,
    },
    'try-again': {
      counted: { attempts: 1, 'failed closed': 1 },
      failedAttempts: 1,
      attached: false,
    },
    'tls-to-plain': {
      counted: { attempts: 1, 'failed tls': 1 },
      failedAttempts: 1,
      attached: false,
    },
    'wrong-token': {
      counted: { attempts: 1, 'failed auth': 1, 'auth token_mismatch': 1 },
      failedAttempts: 1,
      refusal: 'token_mismatch',
      attached: false,
    },
  },
  '2026.9.6': {
    dns: { counted: { attempts: 1, 'failed tls': 1 }, failedAttempts: 1, attached: false },
    http502: {
      counted: { attempts: 5, 'failed http_5xx': 5 },
      failedAttempts: 5,
      attached: false,
    },
    // The last line is the stop of the test, not a failure.
    'no-challenge': {
      counted: { attempts: 2, 'failed timeout': 2, 'closed 1005': 1 },
      failedAttempts: 2,
      attached: false,
    },
    'pairing-required': {
      counted: { attempts: 1, 'failed pairing': 1, 'auth pairing_required': 1 },
      failedAttempts: 1,
      refusal: 'pairing_required',
      parked: 'pairing_required',
      attached: false,
    },
    'rate-limited': {
      counted: { attempts: 1, 'failed auth': 1, 'auth rate_limited': 1 },
      failedAttempts: 1,
      refusal: 'rate_limited',
      parked: 'rate_limited',
      attached: false,
    },
    refused: {
      counted: { attempts: 5, 'failed refused': 5 },
      failedAttempts: 5,
      attached: false,
    },
    'restart-and-approval': {
      counted: {
        connects: 3,
        attempts: 6,
        'failed refused': 4,
        'closed 1005': 1,
        // The first of five: the others were dials that failed.
        'closed 1006': 1,
        'closed 1012': 1,
      },
      failedAttempts: 0,
      attached: false,
    },
    'role-upgrade': {
      counted: { attempts: 1, 'failed pairing': 1, 'auth pairing_required': 1 },
      failedAttempts: 1,
      refusal: 'pairing_required',
      parked: 'pairing_required',
      attached: false,
    },
    // The third close has no `connect failed`: the peer hung up on it.
    'silent-tcp': {
      counted: { attempts: 3, 'failed timeout': 2, 'failed closed': 1 },
      failedAttempts: 3,
      attached: false,
    },
    terminate: {
      counted: { attempts: 5, 'failed closed': 5 },
      failedAttempts: 5,
      attached: false,
    },
    'tls-to-plain': {
      counted: { attempts: 5, 'failed tls': 5 },
      failedAttempts: 5,
      attached: false,
    },
    'try-again': {
      counted: { attempts: 5, 'failed closed': 5 },
      failedAttempts: 5,
      attached: false,
    },
    'wrong-token': {
      counted: { attempts: 1, 'failed auth': 1, 'auth token_mismatch': 1 },
      failedAttempts: 1,
      refusal: 'token_mismatch',
      attached: false,
    },
    'zombie-after-1012': {
      counted: { connects: 1, 'closed 1012': 1 },
      failedAttempts: 0,
      attached: false,
    },
  },
};

describe.each(Object.keys(SUMS))('what the captures of %s add up to', (version) => {
  const names = readdirSync(new URL(`${version}/`, CAPTURES))
    .map((file) => /^stderr-(.*)\.log$/.exec(file)?.[1])
    .filter((name) => name !== undefined);

  it('every capture is known here', () => {
    expect(Object.keys(SUMS[version]!).sort()).toEqual(names.sort());
  });

  it.each(names)('%s', (name) => {
    const sum = SUMS[version]![name]!;
    const wasAttached = sum.wasAttached ?? false;
    const { ledger, counters } = replay(linesOf(version, name), { wasAttached });
    expect(counted(counters)).toEqual(sum.counted);
    expect(ledger.failedAttempts).toBe(sum.failedAttempts);
    expect(ledger.refusal?.auth).toBe(sum.refusal);
    expect(ledger.parked?.auth).toBe(sum.parked);
    expect(ledger.attached).toBe(sum.attached);
  });

  it.each(names)('%s as history counts nothing, and as catch-up the same but not as now', (name) => {
    const events = linesOf(version, name);
    const history = replay(events, { recency: 'history', wasAttached: false });
    expect(counted(history.counters)).toEqual({});
    const catchUp = replay(events, {
      recency: 'catch-up',
      wasAttached: SUMS[version]![name]!.wasAttached ?? false,
    });
    expect(counted(catchUp.counters)).toEqual(SUMS[version]![name]!.counted);
    for (const { ledger } of [history, catchUp]) {
      expect(ledger.lastAttempt).toBeUndefined();
      expect(ledger.lastClose).toBeUndefined();
      expect(ledger.lastConnect).toBeUndefined();
    }
  });
});

describe('the ledger', () => {
  const REFUSED: readonly LogEvent[] = [
    { kind: 'connect-failed', reason: 'refused', echoesClose: false, message: 'ECONNREFUSED' },
    { kind: 'closed', code: 1006, reason: '' },
  ];

  it('one refused attempt is two lines and one attempt', () => {
    const { ledger, counters } = replay([...REFUSED, ...REFUSED, ...REFUSED]);
    expect(counters.reconnectAttempts).toBe(3);
    expect(ledger.failedAttempts).toBe(3);
  });

  it('failing began with the first failure, and ends with a connect', () => {
    const { ledger } = replay([...REFUSED, ...REFUSED]);
    expect(ledger.failingSince?.monoMs).toBe(0);
    expect(ledger.lastAttempt?.monoMs).toBe(200);
    const { ledger: after } = replay([{ kind: 'connected', url: '' }], { from: ledger });
    expect(after.failingSince).toBeUndefined();
    expect(after.failedAttempts).toBe(0);
    expect(after.attached).toBe(true);
  });

  // Fixed: a proxy's first 502 after ten minutes of refusals made it futile at once.
  it('failing begins anew with the first failure that is no refusal', () => {
    const refusal = {
      kind: 'connect-failed',
      reason: 'auth',
      auth: 'token_mismatch',
      echoesClose: false,
      message: 'unauthorized',
    } as const;
    const { ledger } = replay([refusal, refusal]);
    expect(ledger.failingSince?.monoMs).toBe(0);
    const { ledger: after } = replay([refusal, refusal, ...REFUSED]);
    expect(after.failingSince?.monoMs).toBe(200);
  });

  it('a close of an attached connection is no attempt', () => {
    const { ledger, counters } = replay([
      { kind: 'connected', url: '' },
      { kind: 'closed', code: 1012, reason: 'service restart' },
    ]);
    expect(counters.reconnectAttempts).toBe(0);
    expect(ledger.failedAttempts).toBe(0);
    expect(ledger.attached).toBe(false);
  });

  it('a close of nobody knows what is not counted as an attempt', () => {
    const { counters } = replay([{ kind: 'closed', code: 1006, reason: '' }]);
    expect(counters.reconnectAttempts).toBe(0);
    expect(counters.closes['1006']).toBe(1);
  });

  it('but its explanation in the next line makes it one', () => {
    const { counters } = replay([
      { kind: 'closed', code: 1013, reason: 'try again later' },
      { kind: 'connect-failed', reason: 'closed', echoesClose: true, message: 'gateway closed (1013)' },
    ]);
    expect(counters.reconnectAttempts).toBe(1);
    expect(counters.closes['1013']).toBe(1);
  });

  it('a refusal that only the explanation names is not lost', () => {
    const { ledger, counters } = replay(
      [
        { kind: 'closed', code: 1008, reason: 'pairing required' },
        {
          kind: 'connect-failed',
          reason: 'closed',
          auth: 'pairing_required',
          echoesClose: true,
          message: 'gateway closed (1008): pairing required',
        },
      ],
      { wasAttached: false },
    );
    expect(counters.reconnectAttempts).toBe(1);
    expect(counters.authFailures.pairing_required).toBe(1);
    expect(ledger.refusal?.auth).toBe('pairing_required');
  });

  // Fixed: one of 2026.4 that was gone stayed `blocked` by what a life that nobody saw had overcome (m1-335).
  it('a session that ended with a word overcame the refusal before it, though nobody saw it begin', () => {
    const after = (code: number): string | undefined => {
      const { ledger } = replay([
        { kind: 'connect-failed', reason: 'auth', auth: 'token_mismatch', echoesClose: false, message: 'no' },
        { kind: 'closed', code: 1008, reason: 'no' },
      ]);
      const from = turnPage(ledger, { monoMs: 5_000, wallMs: 5_000 });
      return replay([{ kind: 'closed', code, reason: '' }], { from }).ledger.refusal?.auth;
    };
    expect(after(1012)).toBeUndefined();
    expect(after(4000)).toBeUndefined();
    // A connection that broke, and a refusal, may be of an attempt.
    expect(after(1006)).toBe('token_mismatch');
    expect(after(1008)).toBe('token_mismatch');
  });

  it('a connect that was seen takes the place of one that was caught up on', () => {
    const connect: LogEvent = { kind: 'connected', url: '' };
    const { ledger } = replay([connect], { recency: 'catch-up' });
    expect(ledger.connectRead).toBeDefined();
    expect(replay([connect], { from: ledger }).ledger.connectRead).toBeUndefined();
  });

  it('the gateway’s own code is better than the words before it', () => {
    const { ledger } = replay([
      { kind: 'connect-failed', reason: 'auth', auth: 'other', echoesClose: false, message: 'unauthorized' },
      { kind: 'paused', code: 1008, auth: 'device_token_mismatch', disposition: 'waiting' },
      { kind: 'closed', code: 1008, reason: '' },
    ]);
    expect(ledger.parked?.auth).toBe('device_token_mismatch');
    expect(ledger.closeExpected).toBe(false);
  });

  it('a process that leaves it to its supervisor is refused, not parked', () => {
    const { ledger } = replay([
      { kind: 'paused', code: 1008, auth: 'token_mismatch', disposition: 'exiting' },
    ]);
    expect(ledger.refusal?.auth).toBe('token_mismatch');
    expect(ledger.parked).toBeUndefined();
  });

  it('a permanent rejection is a refusal', () => {
    expect(replay([{ kind: 'rejected', type: 'proxy' }]).ledger.refusal?.auth).toBe('other');
  });

  it('a new process starts its backoff afresh and is not parked, but the refusal of the one before stands', () => {
    const { ledger } = replay(linesOf('2026.9.6', 'pairing-required'), { wasAttached: false });
    const next = turnPage(ledger, { monoMs: 60_000, wallMs: 60_000 });
    expect(next.parked).toBeUndefined();
    expect(next.failedAttempts).toBe(0);
    expect(next.refusal?.auth).toBe('pairing_required');
  });

  it('what was read after the start of the new process is its own', () => {
    const { ledger } = replay(REFUSED);
    const own = { ...ledger, lastAttempt: { monoMs: 62_000, wallMs: 0 } };
    expect(turnPage(own, { monoMs: 60_000, wallMs: 0 })).toBe(own);
  });

  // Fixed: a close without `connect failed` is an attempt, too, and one of the process before counted for the new one.
  it('an attempt read just after that start is the last word of the process before it', () => {
    const { ledger } = replay(REFUSED);
    const late = { ...ledger, lastAttempt: { monoMs: 60_900, wallMs: 0 } };
    expect(turnPage(late, { monoMs: 60_000, wallMs: 0 }).failedAttempts).toBe(0);
  });

  it('a close read just after that start is the last word of the process before it', () => {
    const { ledger } = replay(REFUSED);
    const late = { ...ledger, lastClose: { monoMs: 60_900, wallMs: 0 } };
    const startedAt = { monoMs: 60_000, wallMs: 0 };
    expect(turnPage(late, startedAt).failedAttempts).toBe(0);
    expect(turnPage({ ...late, lastClose: { monoMs: 62_000, wallMs: 0 } }, startedAt).failedAttempts).toBe(1);
  });

  describe('a `connected` line that was read after the start of a new process', () => {
    const startedAt = { monoMs: 60_000, wallMs: 0 };
    const read = (event: LogEvent, second: number, recency: 'live' | 'catch-up', ledger: Ledger): Ledger =>
      enter({ ledger, counters: NO_NODE_COUNTERS }, event, {
        at: { monoMs: second * 1_000, wallMs: 0 },
        recency,
        wasAttached: undefined,
      }).ledger;
    const CONNECTED: LogEvent = { kind: 'connected', url: 'ws://gw:18789' };
    const STOPPED: LogEvent = { kind: 'closed', code: 1005, reason: '' };

    it('is its own', () => {
      expect(turnPage(read(CONNECTED, 64, 'live', EMPTY_LEDGER), startedAt).attached).toBe(true);
    });

    // Fixed: one that was stopped as soon as it had connected left the next one attached.
    it('is its predecessor’s, if that took its leave right after it', () => {
      const connected = read(CONNECTED, 60.5, 'live', EMPTY_LEDGER);
      expect(turnPage(read(STOPPED, 60.5, 'live', connected), startedAt).attached).toBe(false);
    });

    // Fixed: a half-open connection was silence where its connect had been read after a stall.
    it('is anybody’s, if it was read long after it may have been written', () => {
      expect(turnPage(read(CONNECTED, 90, 'catch-up', EMPTY_LEDGER), startedAt).attached).toBeUndefined();
    });

    // Fixed: so it was, though the process before had taken its leave in the lines before it.
    it('is its own, if its predecessor had taken its leave before', () => {
      const stopped = read(STOPPED, 90, 'catch-up', EMPTY_LEDGER);
      expect(turnPage(read(CONNECTED, 90, 'catch-up', stopped), startedAt).attached).toBe(true);
    });
  });

  it('every counter is zero from the start', () => {
    expect(Object.keys(NO_NODE_COUNTERS.closes)).toEqual([...CLOSE_CODES]);
    expect(Object.keys(NO_NODE_COUNTERS.reconnectFailures)).toEqual([...FAILURE_REASONS]);
    expect(Object.keys(NO_NODE_COUNTERS.authFailures)).toEqual([...AUTH_REASONS]);
    expect(Object.keys(NO_NODE_COUNTERS.transitions)).toEqual([...NODE_STATES]);
    expect(counted(NO_NODE_COUNTERS)).toEqual({});
  });
});

// Fixed (q2-264, p2-1254): the end of a lock-out counted from when the refusal was read, after a sleep or a restart of ours.
describe('one that parked while nobody read its log', () => {
  const second = (seconds: number): Instant => ({
    monoMs: 9_000_000 + seconds * 1_000,
    wallMs: 1_800_000_000_000 + seconds * 1_000,
  });
  const parkedAt = (told: {
    readonly startedAt?: number;
    readonly writtenAt: number;
    readonly readAt: number;
  }): number | undefined => {
    const { startedAt } = told;
    const facts = {
      ...unseenTarget({ id: 'x', explicit: true }),
      ...(startedAt !== undefined && { startedAt: second(startedAt) }),
    };
    const paused = { kind: 'paused', code: 1008, auth: 'rate_limited', disposition: 'waiting' } as const;
    const at = second(told.readAt);
    const lines = { source: 'log', target: 'x', at } as const;
    const read = observeLogLine(facts, { ...lines, kind: 'line', recency: 'catch-up', event: paused });
    const status = {
      ...lines,
      kind: 'status',
      readable: true,
      lastWriteWallMs: second(told.writtenAt).wallMs,
    } as const;
    const { ledger } = observeLogStatus(read, status, DEFAULT_THRESHOLDS);
    // What its log is touched by later changes nothing.
    const later = observeLogStatus(
      { ...facts, ledger },
      { ...status, at: second(told.readAt + 60), lastWriteWallMs: second(told.writtenAt + 15).wallMs },
      DEFAULT_THRESHOLDS,
    );
    expect(later.ledger.parked).toEqual(ledger.parked);
    const { parked } = ledger;
    return parked && (parked.at.monoMs - second(0).monoMs) / 1_000;
  };

  it('did so at the last change of its log', () => {
    expect(parkedAt({ startedAt: 10, writtenAt: 40, readAt: 120 })).toBe(40);
  });

  it('did so when it was read, where nobody knows its start, or that change is hardly older', () => {
    expect(parkedAt({ writtenAt: 40, readAt: 120 })).toBe(120);
    expect(parkedAt({ startedAt: 41, writtenAt: 40, readAt: 120 })).toBe(120);
  });

  // Fixed (q3-183): the next one, which took long to start, was past its start by the attempts of the one before it.
  it('was the one before, where that change is older than the process that runs', () => {
    expect(parkedAt({ startedAt: 50, writtenAt: 40, readAt: 120 })).toBeUndefined();
  });
});
