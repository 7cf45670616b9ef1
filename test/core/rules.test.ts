import { describe, expect, it } from 'vitest';
import { nextAttemptDueMs } from '../../src/core/rules/backoff.ts';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/local.ts';
import { isLegalState, NODE_STATES, wouldRestartHelp } from '../../src/core/model/node-state.ts';
import { nextAttempt, type NextAttempt } from '../../src/core/rules/overdue.ts';
import {
  feelPulse,
  firstPulse,
  pulseDeadlineMs,
  restartPulse,
  spunMs,
  type PulseLook,
} from '../../src/core/facts/pulse.ts';
import { assignRows, type Clues, type KnownRemote } from '../../src/core/roster/assign.ts';
import { hold } from '../../src/core/model/held.ts';
import { uniqueNames } from '../../src/core/model/naming.ts';
import { ageBudget, isExhausted, spendRestart, UNSPENT_BUDGET } from '../../src/core/rules/restart-budget.ts';
import { dated, tickTrust, trustFrom, type SelfTrust } from '../../src/core/rules/self-trust.ts';
import { SourceHealth } from '../../src/core/source-health.ts';
import { DEFAULT_THRESHOLDS as LIMITS } from '../../src/core/model/thresholds.ts';
import type { LogObservation, ProcessSample, RosterRow } from '../../src/core/model/observation.ts';
import { before, type Instant } from '../../src/core/model/time.ts';
import { isLegacy, isSince, writesConnectedLines } from '../../src/core/model/version.ts';
import { aRow } from '../helpers/world.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 5e12 + seconds * 1_000 });

describe('the backoff of a node host', () => {
  it.each([
    [-1, 1],
    [0, 1],
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [5, 30],
    [6, 30],
    [4_000, 30],
  ])('after %i failures the next attempt is due in %i s', (failures, seconds) => {
    expect(nextAttemptDueMs(failures, LIMITS)).toBe(seconds * 1_000);
  });

  it('without a log the cap holds', () => {
    expect(nextAttemptDueMs(undefined, LIMITS)).toBe(30_000);
  });
});

describe('overdue', () => {
  const socket = (connections: NonNullable<LocalFacts['socket']>['connections'], hadConnection = true) => ({
    look: hold(aSocketLook(at(100)), at(100), LIMITS.socketValidMs),
    connections,
    hadConnection,
  });
  const log = {
    source: 'log' as const,
    kind: 'status' as const,
    target: 'x',
    at: at(100),
    readable: true,
  };
  const facts = (known: boolean, seen: LocalFacts['socket'] | undefined, failedAttempts = 0): LocalFacts => {
    const empty = unseenTarget({ id: 'x', explicit: true });
    return {
      ...empty,
      incarnation: 'p',
      startedAt: at(0),
      logStatus: hold({ ...log, readable: known }, at(100), LIMITS.logValidMs),
      ledger: { ...empty.ledger, failedAttempts, lastWords: 'closed (1006)' },
      ...(seen !== undefined && { socket: seen }),
    };
  };
  const context = (overrides: object = {}) => ({
    now: at(100),
    limits: LIMITS,
    gatewayHealthySince: at(90),
    gatewayUnwellSince: undefined,
    gatewayAnswersSince: undefined,
    isOwnSessionOpen: true,
    path: { challenge: hold({ ok: true, rttMs: 1 } as const, at(99), LIMITS.challengeValidMs) },
    trustedSince: at(0),
    connectDeadlineMs: 15_000,
    hasHandshakeTimeout: true,
    endsWithAttempt: false,
    isWayUnknown: false,
    gatewayDenies: true,
    ...overrides,
  });
  const open = { id: 'c', state: 'established' as const, unreadBytes: 0, firstSeen: at(95), isOlder: false };

  it.each([
    ['no socket, first attempt', facts(true, socket([])), 'no-socket', 10.5],
    ['no socket, after three failures', facts(true, socket([]), 3), 'no-socket', 21],
    ['no socket, k unknown', facts(false, socket([]), 3), 'no-socket', 54],
    ['a socket, first attempt', facts(true, socket([open])), 'socket-open', 25.5],
    ['a socket, k unknown', facts(false, socket([open])), 'socket-open', 69],
    ['a socket that only closes', facts(true, socket([{ ...open, state: 'close-wait' }])), 'no-socket', 10.5],
    ['never a socket before', facts(true, socket([], false)), 'socket-blind', 26.5],
    ['blind, first attempt', facts(true, undefined), 'socket-blind', 26.5],
    ['blind, k unknown', facts(false, undefined), 'socket-blind', 70],
  ] as const)('%s', (_name, known, rule, deadlineSeconds) => {
    const next = nextAttempt(known, context());
    expect(next.rule).toBe(rule);
    expect(next.deadlineMs).toBe(deadlineSeconds * 1_000);
    const from = rule === 'socket-open' ? 95 : 90;
    expect(next.from).toEqual(at(from));
    expect(next.remainingMs).toBe((deadlineSeconds - (100 - from)) * 1_000);
  });

  // Fixed: one that hung in the kernel was waited for as long as nobody could try its way.
  it('whose event loop has not moved for as long as it had to dial has not dialled, though nobody reads its log', () => {
    const deadlineSeconds = 70;
    const blind = { ...facts(false, undefined), detachedSince: at(20), process: hold(null, at(100), 3_000) };
    const waiting = context({ gatewayHealthySince: at(20), path: undefined });
    const lastBeat = (seconds: number): LocalFacts => ({
      ...blind,
      pulse: firstPulse({ at: at(seconds), count: 1, cpuSeconds: undefined }),
    });
    expect(nextAttempt(lastBeat(100 - deadlineSeconds), waiting).remainingMs).toBeLessThanOrEqual(0);
    expect(nextAttempt(lastBeat(101 - deadlineSeconds), waiting).remainingMs).toBe(LIMITS.challengeValidMs);
  });

  it.each([
    ['the gateway came back', { gatewayHealthySince: at(98) }, {}],
    ['we trust ourselves', { trustedSince: at(98) }, {}],
    ['it detached', {}, { detachedSince: at(98) }],
    ['its process started', {}, { startedAt: at(98) }],
  ])('counts from when %s, if that came last', (_name, moment, fact) => {
    expect(nextAttempt({ ...facts(true, socket([])), ...fact }, context(moment)).from).toEqual(at(98));
  });

  it('counts from the last attempt in the log, or the last dial in the socket table', () => {
    const base = facts(true, socket([]));
    const logged = { ...base, ledger: { ...base.ledger, lastAttempt: at(97) } };
    expect(nextAttempt(logged, context()).from).toEqual(at(97));
    expect(nextAttempt({ ...base, socket: { ...socket([]), lastDial: at(99) } }, context()).from).toEqual(
      at(99),
    );
  });

  it('without the gateway’s word a socket is not overdue before its age tells', () => {
    const next = nextAttempt(
      facts(true, socket([open])),
      context({ connectDeadlineMs: 10_000, gatewayDenies: false }),
    );
    expect(next.deadlineMs).toBe(27_000);
  });

  // Fixed: it was waited for, for ever, as if its next attempt were due within 100 s.
  it('one whose way nobody knows is overdue without a proof, and no sooner than any other', () => {
    const unknown = (gatewayHealthySince: Instant): NextAttempt =>
      nextAttempt(facts(false, undefined), context({ isWayUnknown: true, gatewayHealthySince }));
    expect(unknown(at(20)).isUnprovable).toBe(true);
    expect(unknown(at(40)).isUnprovable).toBeUndefined();
  });

  // Fixed: each later mute peer was given two minutes more, for as long as the exporter ran.
  it('an outage that is long over makes no dial wait for TCP', () => {
    const deadline = (overrides: object): number =>
      nextAttempt(facts(true, socket([open])), context({ hasHandshakeTimeout: false, ...overrides }))
        .deadlineMs;
    const without = deadline({ gatewayHealthySince: at(60) });
    expect(deadline({ gatewayHealthySince: at(60), gatewayUnwellSince: at(50) })).toBe(without);
    expect(deadline({ gatewayHealthySince: at(60), gatewayUnwellSince: at(0) })).toBeGreaterThan(without);
  });

  it('a look at the sockets that is too old, or of another process, is none', () => {
    const old = {
      ...socket([open]),
      look: { ...socket([open]).look, at: before(socket([open]).look.at, 4_000) },
    };
    expect(nextAttempt(facts(true, old), context()).rule).toBe('socket-blind');
    const { look } = socket([open]);
    const other = { ...socket([open]), look: { ...look, value: { ...look.value, incarnation: 'q' } } };
    expect(nextAttempt(facts(true, other), context()).rule).toBe('socket-blind');
  });
});

describe('the pulse', () => {
  const beat = (count: number, second: number, cpuSeconds?: number): PulseLook => ({
    count,
    cpuSeconds,
    at: at(second),
  });

  it('learns the longest gap, and forgets it with the connection', () => {
    let pulse = firstPulse(beat(1, 0));
    pulse = feelPulse(pulse, beat(2, 4), true);
    pulse = feelPulse(pulse, beat(2, 9), true);
    expect(pulse.lastBeat).toEqual(at(4));
    pulse = feelPulse(pulse, beat(3, 11), true);
    pulse = feelPulse(pulse, beat(4, 12), true);
    expect(pulse.longestGapMs).toBe(7_000);
    expect(restartPulse(pulse, at(13))).toMatchObject({
      longestGapMs: 0,
      watchedSince: at(13),
      lastBeat: at(13),
    });
  });

  it('a gap that was a fault teaches nothing', () => {
    expect(feelPulse(firstPulse(beat(1, 0)), beat(2, 60), false)).toMatchObject({
      longestGapMs: 0,
      lastBeat: at(60),
    });
  });

  it('a look that finds no further beat changes nothing', () => {
    const pulse = firstPulse(beat(1, 0, 5));
    expect(feelPulse(pulse, beat(1, 9, 14), true)).toBe(pulse);
  });

  it('one that computed for a second without a rest, and then went to sleep, did spin until then', () => {
    const pulse = firstPulse(beat(1, 0, 5));
    expect(feelPulse(pulse, beat(2, 4, 6), true)).toMatchObject({ spunUntil: at(4), cpuSecondsAtBeat: 6 });
    expect(feelPulse(pulse, beat(2, 4, 5.9), true)).not.toHaveProperty('spunUntil');
    expect(feelPulse(pulse, beat(2, 4), true)).not.toHaveProperty('spunUntil');
    expect(feelPulse(firstPulse(beat(1, 0)), beat(2, 4, 6), true)).not.toHaveProperty('spunUntil');
  });

  it('tells how long it has computed since it last slept, where somebody counts', () => {
    const sample = (mainThreadCpuSeconds?: number): ProcessSample => ({
      pid: 1,
      incarnation: 'p',
      kernelState: 'running',
      uptimeMs: 0,
      cpuSeconds: 0,
      residentBytes: 0,
      ...(mainThreadCpuSeconds !== undefined && { mainThreadCpuSeconds }),
    });
    const pulse = firstPulse(beat(1, 0, 5));
    expect(spunMs(pulse, sample(7))).toBe(2_000);
    expect(spunMs(pulse, sample())).toBeUndefined();
    expect(spunMs(pulse, null)).toBeUndefined();
    expect(spunMs(pulse, undefined)).toBeUndefined();
    expect(spunMs(firstPulse(beat(1, 0)), sample(7))).toBeUndefined();
    expect(spunMs(undefined, sample(7))).toBeUndefined();
  });

  it.each([
    ['not watched for 5 min', 4_500, 299, 75_000],
    ['watched for 5 min', 15_000, 300, 45_000],
    ['never below the 30 s that an idle loop may sleep, and some', 1_000, 300, 40_000],
    ['never above 75 s', 40_000, 300, 75_000],
  ])('%s', (_name, longestGapMs, watchedSeconds, deadlineMs) => {
    const pulse = { ...firstPulse(beat(1, 0)), longestGapMs };
    expect(pulseDeadlineMs(pulse, at(watchedSeconds), LIMITS)).toBe(deadlineMs);
  });
});

describe('the restart budget', () => {
  const spent = (...seconds: readonly number[]) =>
    seconds.reduce((budget, second) => spendRestart(budget, 'zombie', at(second)), UNSPENT_BUDGET);
  const age = (budget: typeof UNSPENT_BUDGET, state: 'zombie' | 'alive', second: number) =>
    ageBudget(budget, state, { now: at(second), limits: LIMITS });

  it('is used up by three restarts in half an hour', () => {
    expect(isExhausted(spent(0, 60), LIMITS)).toBe(false);
    expect(isExhausted(spent(0, 60, 120), LIMITS)).toBe(true);
    expect(isExhausted(age(spent(0, 60, 120), 'zombie', 1_799), LIMITS)).toBe(true);
    expect(isExhausted(age(spent(0, 60, 120), 'zombie', 1_800), LIMITS)).toBe(false);
  });

  it('a restart that nobody asked for costs nothing', () => {
    expect(spendRestart(UNSPENT_BUDGET, 'alive', at(0))).toBe(UNSPENT_BUDGET);
    expect(spendRestart(UNSPENT_BUDGET, 'reconnecting', at(0))).toBe(UNSPENT_BUDGET);
    expect(UNSPENT_BUDGET).toEqual({ spent: [] });
  });

  it('a restart helped when it stayed alive for a minute', () => {
    const alive = age(spent(0, 60, 120), 'alive', 200);
    expect(isExhausted(age(alive, 'alive', 259), LIMITS)).toBe(true);
    expect(isExhausted(age(alive, 'alive', 260), LIMITS)).toBe(false);
    expect(isExhausted(age(age(alive, 'zombie', 230), 'alive', 265), LIMITS)).toBe(true);
    expect(age(alive, 'alive', 260)).toEqual({ spent: [], aliveSince: at(200) });
    expect(age(alive, 'zombie', 230)).toEqual({ spent: [at(0), at(60), at(120)] });
  });
});

describe('doubt of ourselves', () => {
  const start = trustFrom(at(0));

  it('a tick that is two seconds late is nothing', () => {
    expect(tickTrust(start, at(3), LIMITS).since).toEqual(at(0));
  });

  it('a later one restarts every deadline', () => {
    expect(tickTrust(start, at(3.1), LIMITS)).toMatchObject({ since: at(3.1), why: 'late', offMs: 2_100 });
  });

  it.each([3_600, -3_600])('so does a step of the wall clock by %i s', (seconds) => {
    const now = { monoMs: 1_000, wallMs: at(1).wallMs + seconds * 1_000 };
    expect(tickTrust(start, now, LIMITS)).toMatchObject({ since: now, why: 'resume' });
  });

  it('a clock that is being disciplined is no step', () => {
    const now = { monoMs: 1_000, wallMs: at(1).wallMs + 5_000 };
    expect(tickTrust(start, now, LIMITS)).toEqual({ ...start, lastTick: now });
  });

  it('a step is told by how far it went, and counts before lateness does', () => {
    const now = { monoMs: 60_000, wallMs: at(60).wallMs + 5_001 };
    expect(tickTrust(start, now, LIMITS)).toEqual({ since: now, lastTick: now, why: 'resume', offMs: 5_001 });
  });

  const line = (second: number, recency: LogObservation['recency'] = 'live'): LogObservation => ({
    source: 'log',
    kind: 'line',
    target: 'x',
    at: at(second),
    event: { kind: 'other' },
    recency,
  });
  const recencyOf = (trust: SelfTrust, second: number): string => dated(line(second), trust, LIMITS).recency;

  it('a line that is read after a late tick, or in the second after it was noticed, may be an old one', () => {
    expect(recencyOf(start, 3)).toBe('live');
    expect(recencyOf(start, 3.1)).toBe('catch-up');
    const late: SelfTrust = { since: at(10), lastTick: at(10), why: 'late', offMs: 2_100 };
    expect(recencyOf(late, 10.9)).toBe('catch-up');
    expect(recencyOf(late, 11)).toBe('live');
    expect(recencyOf({ ...late, why: 'resume' }, 10.9)).toBe('catch-up');
    expect(recencyOf(start, 0.9)).toBe('live');
  });

  it('a line of the history of a log stays one', () => {
    const history = line(60, 'history');
    expect(dated(history, start, LIMITS)).toBe(history);
    expect(dated(line(60), start, LIMITS)).toEqual({ ...line(60), recency: 'catch-up' });
  });
});

describe('finding a local node host in node.list', () => {
  const TS = 1_000_000_000;
  const row = (nodeId: string, overrides: object = {}) =>
    aRow({ nodeId, displayName: nodeId, connectedAtMs: TS - 60_000, ...overrides });
  interface Seen {
    readonly nodeId?: string;
    readonly displayName?: string;
    readonly uptimeMs?: number;
    readonly connectionAgeMs?: number;
    readonly lookAgeMs?: number;
    readonly isUnconnected?: boolean;
    readonly isParked?: boolean;
    readonly known?: string;
    /** Of its session that has just ended. */
    readonly lostAgeMs?: number;
  }
  const beside = (nodeId: string, connected = true, knownForMs = 600_000): ReadonlyMap<string, KnownRemote> =>
    new Map([[nodeId, { connected, knownForMs }]]);
  const cluesOf = (key: string, seen: Seen): Clues => ({
    key,
    names: seen.displayName === undefined ? [] : [seen.displayName],
    fallbackName: 'this-machine',
    connection:
      seen.isUnconnected === true || seen.isParked === true
        ? { kind: 'none', forMs: 10_000, lookAgeMs: seen.isParked === true ? -Infinity : 500 }
        : seen.connectionAgeMs === undefined
          ? { kind: 'unseen' }
          : { kind: 'open', ageMs: seen.connectionAgeMs, lookAgeMs: seen.lookAgeMs ?? 500 },
    isNeighbour: false,
    isNew: false,
    ...(seen.nodeId !== undefined && { nodeId: seen.nodeId }),
    ...(seen.known !== undefined && { known: seen.known }),
    ...(seen.uptimeMs !== undefined && { uptimeMs: seen.uptimeMs }),
    ...(seen.lostAgeMs !== undefined && { lost: { connectedAtMs: TS - seen.lostAgeMs } }),
  });
  const findAll = (rows: ReturnType<typeof row>[], ...seen: readonly Seen[]): readonly string[] => {
    const keys = seen.map((_, index) => `local-${index}`);
    const assignment = assignRows(
      rows,
      TS,
      seen.map((it, index) => cluesOf(`local-${index}`, it)),
      new Map(),
    );
    return keys.map(
      (key) => assignment.rows.get(key)?.nodeId ?? (assignment.ambiguous.has(key) ? 'ambiguous' : 'absent'),
    );
  };
  const find = (rows: ReturnType<typeof row>[], seen: Seen): string => findAll(rows, seen)[0]!;

  it('by its id, whatever else is there', () => {
    expect(
      find([row('a', { displayName: 'X' }), row('b', { displayName: 'X' })], {
        nodeId: 'b',
        displayName: 'Y',
      }),
    ).toBe('b');
    expect(find([row('a')], { nodeId: 'b' })).toBe('absent');
  });

  // Fixed: attached anew within a second, it was taken for another machine's node that came back when it did (p1-569).
  it('by what it was, while its sockets were not looked at since its session began', () => {
    const connectedAgo = (ms: number): string =>
      find([row('own', { connectedAtMs: TS - ms }), row('far', { connectedAtMs: TS - 48_000 })], {
        known: 'own',
        connectionAgeMs: 48_000,
        lookAgeMs: 1_500,
        uptimeMs: 90_000,
      });
    expect(connectedAgo(3_900)).toBe('own');
    expect(connectedAgo(4_100)).toBe('far');
  });

  // Fixed: of two that could not be told apart one was attached by the session of a third machine, once the other had left.
  it('not by what is left of several, where that was another machine’s all along (p2-891)', () => {
    const assigned = (ageMs: number): ReturnType<typeof assignRows> =>
      assignRows(
        [row('far', { connectedAtMs: TS - ageMs })],
        TS,
        [cluesOf('local', { connectionAgeMs: ageMs + 500, uptimeMs: ageMs + 1_000 })],
        beside('far'),
      );
    expect(assigned(44_000).rows.get('local')?.nodeId).toBe('far');
    const late = assigned(46_000);
    expect([late.rows.size, late.ambiguous.has('local'), late.claimed.has('far')]).toEqual([0, true, false]);
  });

  it('by the name it was started with', () => {
    expect(find([row('a'), row('b')], { displayName: 'b' })).toBe('b');
  });

  it('renamed on the gateway: by the session that opened when its connection did', () => {
    const rows = [row('a', { displayName: 'Kitchen' }), row('b', { connectedAtMs: TS - 9_000 })];
    expect(find(rows, { displayName: 'Mac', connectionAgeMs: 60_500, uptimeMs: 90_000 })).toBe('a');
  });

  it('two with the same name: the one whose session is as old as its connection', () => {
    const rows = [
      row('a', { displayName: 'Mac' }),
      row('b', { displayName: 'Mac', connectedAtMs: TS - 9_000 }),
    ];
    expect(find(rows, { displayName: 'Mac', connectionAgeMs: 9_400 })).toBe('b');
    expect(find(rows, { displayName: 'Mac', connectionAgeMs: 60_900 })).toBe('a');
  });

  // Fixed: with its pairing removed its connection, which still stood in the last look, made another's session its own.
  it('whose session has just ended: not by a connection that was that one’s', () => {
    const neighbour = row('b', { connectedAtMs: TS - 61_000 });
    const seen = { known: 'a', connectionAgeMs: 60_500, uptimeMs: 90_000 };
    expect(find([neighbour], { ...seen, lostAgeMs: 60_000 })).toBe('absent');
    expect(find([neighbour], { ...seen, lostAgeMs: 200_000 })).toBe('b');
  });

  // Fixed: another machine's session, which had begun within seconds of its own, was its own for good once that had ended.
  it('whose session has just ended, though nobody knew which: not by another name’s of the same age', () => {
    const rows = (goneMs: number) => [
      row('far', { connectedAtMs: TS - 72_000 }),
      row('twin', { displayName: 'this-machine', connectedAtMs: TS - 81_000 }),
      row('own', { displayName: 'this-machine', connected: false, lastDisconnectedAtMs: TS - goneMs }),
    ];
    const seen = [
      { connectionAgeMs: 77_800, uptimeMs: 80_900 },
      { connectionAgeMs: 80_800, uptimeMs: 87_000 },
    ];
    expect(findAll(rows(200), ...seen)).not.toContain('far');
    expect(findAll(rows(600_000), ...seen)).toEqual(['far', 'twin']);
  });

  // Fixed: a look from before the session began told it from its own row.
  it('by the row that it was, though the last look at its sockets is older than that session', () => {
    const young = { displayName: 'this-machine', connectedAtMs: TS - 100 };
    const seen = { known: 'a', isUnconnected: true, uptimeMs: 90_000 };
    expect(find([row('a', young)], seen)).toBe('a');
    expect(find([row('a', { ...young, connectedAtMs: TS - 6_000 })], seen)).toBe('absent');
  });

  // Fixed: an older row of its name, of a device that is gone, stood in for a pairing that was removed.
  it('no more, once its pairing is removed: a row of its name that was there beside it is another’s', () => {
    const old = row('old', {
      displayName: 'this-machine',
      connected: false,
      lastConnectedAtMs: TS - 900_000,
    });
    expect(find([old], { known: 'a', isUnconnected: true, uptimeMs: 90_000 })).toBe('absent');
    expect(find([old], { isUnconnected: true, uptimeMs: 90_000 })).toBe('old');
  });

  // Fixed: another of its name that connected made one that was parked alive.
  it('that is parked: not by a session of its name, however young', () => {
    const young = row('far', { displayName: 'Mac', connectedAtMs: TS - 100 });
    const seen = { displayName: 'Mac', uptimeMs: 900_000 };
    expect(find([young], { ...seen, isParked: true })).toBe('absent');
    expect(find([young], { ...seen, isUnconnected: true })).toBe('far');
  });

  // Fixed: one whose proxy was shut took the young session of a remote namesake for its own, and its backoff for reset.
  it('without a connection: by the row that it was, and not by a session that a namesake begins', () => {
    const own = row('own', { displayName: 'Mac', connected: false, lastConnectedAtMs: TS - 90_000 });
    const young = row('far', { displayName: 'Mac', connectedAtMs: TS - 100 });
    const seen = { displayName: 'Mac', known: 'own', uptimeMs: 900_000 };
    expect(find([own, young], { ...seen, isUnconnected: true })).toBe('own');
    expect(find([own, young], { ...seen, connectionAgeMs: 600 })).toBe('far');
  });

  it('a ghost row of the same name gives way to the one that is connected', () => {
    const rows = [
      row('old', {
        displayName: 'Mac',
        connected: false,
        connectedAtMs: undefined,
        lastConnectedAtMs: TS - 5_000,
      }),
      row('new', { displayName: 'Mac' }),
    ];
    expect(find(rows, { displayName: 'Mac' })).toBe('new');
  });

  it('a fleet without a clue is ambiguous', () => {
    expect(find([row('a'), row('b')], { uptimeMs: 90_000 })).toBe('ambiguous');
    expect(find([row('a')], { uptimeMs: 90_000 })).toBe('a');
  });

  it('one that is seen to hold no connection is not taken for the only one of the fleet', () => {
    expect(find([row('a')], { displayName: 'Mac', uptimeMs: 90_000, isUnconnected: true })).toBe('absent');
    expect(find([row('Mac')], { displayName: 'Mac', uptimeMs: 90_000, isUnconnected: true })).toBe('Mac');
  });

  it('sessions older than its process are others’', () => {
    expect(find([row('a'), row('b')], { uptimeMs: 20_000 })).toBe('absent');
  });

  it('a host on a mute peer is not taken for one of the fleet', () => {
    expect(find([row('a'), row('b')], { connectionAgeMs: 5_000, uptimeMs: 90_000 })).toBe('absent');
  });

  it('of two without a name the one whose connection has ended gives its row back to the other', () => {
    const rows = [row('a', { connected: false, connectedAtMs: undefined }), row('b')];
    // The look at the sockets is older than the roster: both seem to be connected.
    const stale = { connectionAgeMs: 60_000, uptimeMs: 90_000 };
    expect(findAll(rows, stale, stale)).toEqual(['ambiguous', 'ambiguous']);
    expect(findAll(rows, { ...stale, known: 'a' }, { ...stale, known: 'b' })).toEqual(['a', 'b']);
    // The wrong choice of an earlier roster does not last.
    const gone = { isUnconnected: true, uptimeMs: 90_000 };
    expect(findAll(rows, { ...gone, known: 'b' }, { ...stale, known: 'b' })).toEqual(['absent', 'b']);
  });

  it('two that nothing tells apart are ambiguous, and their rows are nobody else’s', () => {
    const clues = [0, 1].map((index) => cluesOf(`local-${index}`, { uptimeMs: 90_000 }));
    const assignment = assignRows([row('a'), row('b')], TS, clues, new Map());
    expect([...assignment.ambiguous]).toEqual(['local-0', 'local-1']);
    expect([...assignment.claimed].sort()).toEqual(['a', 'b']);
  });

  it('of a fleet with more sessions than node hosts here none is hidden', () => {
    const clues = [cluesOf('local-0', { uptimeMs: 90_000 })];
    expect([...assignRows([row('a'), row('b')], TS, clues, new Map()).claimed]).toEqual([]);
  });

  // Fixed: one that hung was waited for, since its row was a guess again as soon as the gateway had dropped it.
  it('a row of its name that was its own stays so when the session ends', () => {
    const gone = [row('a', { displayName: 'NodeA', connected: false })];
    const isSure = (known?: string): boolean =>
      assignRows(
        gone,
        TS,
        [cluesOf('local-0', { displayName: 'NodeA', ...(known !== undefined && { known }) })],
        new Map(),
      ).sure.has('local-0');
    expect(isSure('a')).toBe(true);
    expect(isSure()).toBe(false);
  });

  it('a session from another machine is not that of a node host that dials its own', () => {
    const clues = [{ ...cluesOf('local-0', { uptimeMs: 90_000 }), isNeighbour: true }];
    const assignment = assignRows([row('far', { fromElsewhere: true }), row('near')], TS, clues, new Map());
    expect(assignment.rows.get('local-0')?.nodeId).toBe('near');
  });

  // Fixed: with its own session over, it was `alive` by that of a machine elsewhere that is called as it is.
  it('a namesake that was there beside the row that it was is another, with or without a connection to go by', () => {
    const own = row('own', { displayName: 'NodeA', connected: false });
    const far = row('far', { displayName: 'NodeA', connectedAtMs: TS - 30_000 });
    const found = (rows: readonly RosterRow[], seen: Seen, remotes: ReadonlyMap<string, KnownRemote>) =>
      assignRows(rows, TS, [cluesOf('local-0', { displayName: 'NodeA', ...seen })], remotes).rows.get(
        'local-0',
      )?.nodeId;
    for (const wasConnected of [true, false]) {
      const others = beside('far', wasConnected);
      expect(found([own, far], { uptimeMs: 90_000, known: 'own' }, others)).toBe('own');
      // Its pairing was removed.
      expect(found([far], { uptimeMs: 90_000, known: 'own' }, others)).toBeUndefined();
      expect(found([far], { uptimeMs: 90_000, known: 'own', isParked: true }, others)).toBeUndefined();
    }
    // A device that was paired anew was never there before.
    expect(found([own, far], { uptimeMs: 90_000, known: 'own' }, new Map())).toBe('far');
  });

  // Fixed: one that hung in a connect was `alive` by the session of a namesake that came back in the same second.
  it('a namesake whose session opened with its connection is itself only once both outlive every deadline of a connect', () => {
    for (const displayName of ['NodeA', undefined]) {
      const named = displayName ?? 'this-machine';
      const found = (ageMs: number, isRenewed = false): string => {
        const rows = [
          row('own', { displayName: named, connected: false }),
          row('far', { displayName: named, connectedAtMs: TS - ageMs }),
        ];
        const seen = { uptimeMs: 90_000, known: 'own', connectionAgeMs: ageMs + 500 };
        const clues = cluesOf('local-0', { ...seen, ...(displayName !== undefined && { displayName }) });
        const { rows: taken, ambiguous } = assignRows(
          rows,
          TS,
          [{ ...clues, ...(isRenewed && { isRenewed }) }],
          beside('far', true, ageMs),
        );
        return taken.get('local-0')?.nodeId ?? (ambiguous.has('local-0') ? 'ambiguous' : 'absent');
      };
      expect(found(30_000)).toBe('ambiguous');
      expect(found(60_000)).toBe('far');
      // First listed after its process was started: it may have another identity.
      expect(found(30_000, true)).toBe('far');
    }
  });

  // Fixed: one with a new identity, whose connect the roster told before its log, kept the row of the old one for good.
  it('a namesake that was first listed after its process was started anew may be itself', () => {
    const rows = [
      row('own', { displayName: 'NodeA', connected: false }),
      row('new', { displayName: 'NodeA', connectedAtMs: TS - 5_000 }),
    ];
    const found = (uptimeMs: number): string | undefined => {
      const clues = cluesOf('local-0', { displayName: 'NodeA', uptimeMs, known: 'own' });
      const others = beside('new', true, 20_000);
      return assignRows(rows, TS, [{ ...clues, isRenewed: true }], others).rows.get('local-0')?.nodeId;
    };
    expect(found(60_000)).toBe('new');
    expect(found(9_000)).toBe('own');
  });

  it('of two that bear its name the one from its own machine is that of a node host that dials its own', () => {
    const rows = [
      row('far', { displayName: 'NodeA', fromElsewhere: true }),
      row('near', { displayName: 'NodeA', connected: false }),
    ];
    const clues = { ...cluesOf('local-0', { displayName: 'NodeA', uptimeMs: 90_000 }), isNeighbour: true };
    expect(assignRows(rows, TS, [clues], new Map()).rows.get('local-0')?.nodeId).toBe('near');
    // A tunnel begins at a loopback address, too, and may end on a third machine.
    expect(assignRows(rows.slice(0, 1), TS, [clues], new Map()).rows.get('local-0')?.nodeId).toBe('far');
  });

  // Fixed: an exporter that knows no flags listed a node host behind a jump host twice, here and as a remote one.
  it('by a tunnel to a third machine: by the session that opened with its connection, unless its gateway is its neighbour', () => {
    const far = row('far', { displayName: 'Elsewhere', connectedAtMs: TS - 30_000, fromElsewhere: true });
    const near = row('near', { displayName: 'Here', connectedAtMs: TS - 30_000 });
    const found = (rows: readonly RosterRow[], seen: Seen): string | undefined => {
      const clues = { ...cluesOf('local-0', { uptimeMs: 90_000, ...seen }), isNeighbour: true };
      return assignRows(rows, TS, [clues], new Map()).rows.get('local-0')?.nodeId;
    };
    expect(found([far], { connectionAgeMs: 30_200 })).toBe('far');
    expect(found([far, near], { connectionAgeMs: 30_200 })).toBe('near');
    expect(found([far], { connectionAgeMs: 45_000 })).toBeUndefined();
    const own = row('own', { connected: false });
    expect(found([far, own], { connectionAgeMs: 30_200, known: 'own' })).toBe('own');
  });

  // Fixed: with a new identity and a slow gateway it took the session of a namesake that came back then, for good.
  it('with a new identity: not by the session of a namesake that was there beside its old one', () => {
    const rows = [
      row('own', { displayName: 'this-machine', connected: false }),
      row('far', { displayName: 'this-machine', connectedAtMs: TS - 100 }),
    ];
    const clues = cluesOf('local-0', { uptimeMs: 20_000, connectionAgeMs: 11_000, known: 'own' });
    const taken = (others: ReadonlyMap<string, KnownRemote>): string | undefined =>
      assignRows(rows, TS, [clues], others).rows.get('local-0')?.nodeId;
    expect(taken(beside('far', false))).toBe('own');
    // Nobody has heard of it before: two that are alike were taken for each other.
    expect(taken(new Map())).toBe('far');
  });

  // Fixed: it was found to be the only other machine that was not attached a moment before.
  it('that several sessions could be is not told from them by the one that begins last', () => {
    const rows = [row('a'), row('b', { connectedAtMs: TS - 5_000 })];
    const others = new Map([...beside('a'), ...beside('b', false)]);
    const assignment = assignRows(rows, TS, [cluesOf('local-0', { uptimeMs: 90_000 })], others);
    expect([...assignment.ambiguous]).toEqual(['local-0']);
  });

  // Fixed: where another machine was called as this one is, a session that nobody else could have was listed as remote for ever.
  it('a session that is called otherwise is its own once a row of its name has had the time to come and did not', () => {
    const found = (ageMs: number): string =>
      find(
        [
          row('left-over', { displayName: 'this-machine', connected: false }),
          row('own', { displayName: 'Renamed', connectedAtMs: TS - ageMs }),
        ],
        { uptimeMs: 90_000, connectionAgeMs: ageMs + 500 },
      );
    expect(found(30_000)).toBe('ambiguous');
    expect(found(46_000)).toBe('own');
  });

  it('one that was told apart before is not the only one that is left when its own row has gone', () => {
    const rows = [row('far')];
    expect(find(rows, { uptimeMs: 90_000, known: 'own' })).toBe('absent');
    expect(find(rows, { uptimeMs: 90_000 })).toBe('far');
    const clues = [cluesOf('local-0', { uptimeMs: 90_000 })];
    const assignment = assignRows(rows, TS, clues, beside('far'));
    expect(assignment.rows.size).toBe(0);
    expect([...assignment.claimed]).toEqual([]);
  });

  it('phones and desktop apps are no node hosts', () => {
    expect(find([row('a', { clientId: 'openclaw-ios' })], { uptimeMs: 90_000 })).toBe('absent');
  });
});

describe('names', () => {
  it('a shared name gets eight characters of the id, a single one does not', () => {
    const names = uniqueNames([
      { key: '1', preferred: 'Mac', id: 'aaaaaaaabbbb' },
      { key: '2', preferred: 'Mac', id: 'ccccccccdddd' },
      { key: '3', preferred: 'Pi', id: 'eeeeeeeeffff' },
    ]);
    expect([...names]).toEqual([
      ['3', 'Pi'],
      ['1', 'Mac#aaaaaaaa'],
      ['2', 'Mac#cccccccc'],
    ]);
  });
});

describe('the health of a source', () => {
  const logOf = (health: SourceHealth) => health.snapshots.find(({ source }) => source === 'log');

  it('no data is not failed', () => {
    const health = new SourceHealth(['log']);
    expect(health.record({ source: 'log', at: at(1), durationMs: 2 })).toBe(true);
    expect(logOf(health)).toMatchObject({ up: true, lastSuccess: at(1), lastDurationMs: 2 });
  });

  it('a failed look is counted by its kind, and the last success stands', () => {
    const health = new SourceHealth(['log']);
    health.record({ source: 'log', at: at(1), durationMs: 2 });
    const error = { kind: 'permission', message: 'no' } as const;
    expect(health.record({ source: 'log', at: at(2), durationMs: 3, error })).toBe(false);
    const failed = logOf(health);
    expect(failed).toMatchObject({ up: false, lastSuccess: at(1), lastError: { ...error, at: at(2) } });
    expect(failed?.errors.permission).toBe(1);
    expect(failed?.errors.other).toBe(0);
  });

  it('of several gateways one that is blind is enough', () => {
    const health = new SourceHealth(['gateway-session']);
    const error = { kind: 'auth', message: 'no' } as const;
    const look = { source: 'gateway-session', at: at(1), durationMs: 1 } as const;
    const isUp = (): unknown => health.snapshots.find(({ source }) => source === 'gateway-session')?.up;
    health.record({ ...look, gateway: 'a', error });
    health.record({ ...look, gateway: 'b' });
    expect(isUp()).toBe(false);
    health.record({ ...look, gateway: 'a' });
    expect(isUp()).toBe(true);
  });
});

describe('versions', () => {
  it.each([
    ['2026.3.13', true, false],
    ['2026.4.15', true, false],
    ['2026.5.1', false, false],
    ['2026.7.0', false, true],
    ['2026.9.6', false, true],
    ['2027.1.0', false, true],
    ['2025.12.1', true, false],
    ['latest', false, false],
    [undefined, false, false],
  ])('%s: legacy %s, writes connected %s', (version, legacy, connected) => {
    expect(isLegacy(version)).toBe(legacy);
    expect(writesConnectedLines(version)).toBe(connected);
  });

  it('an unknown version is not older than anything', () => {
    expect(isSince('latest', 2026, 1)).toBeUndefined();
  });
});

describe('states', () => {
  it('only down, wedged and zombie ask for a restart', () => {
    expect(NODE_STATES.filter(wouldRestartHelp)).toEqual(['down', 'wedged', 'zombie']);
  });

  it('a remote node host is never in a state that only its own machine could show', () => {
    expect(NODE_STATES.filter((state) => !isLegalState('remote', state))).toEqual([
      'down',
      'starting',
      'reconnecting',
      'zombie',
    ]);
    expect(NODE_STATES.filter((state) => !isLegalState('local', state))).toEqual(['offline']);
  });
});
