import { describe, expect, it } from 'vitest';
import { Authenticator } from '../../../src/http/security/authenticator.ts';
import { settle } from '../../helpers/manual-time.ts';
import { FakeHashChecker } from './web-fixtures.ts';

const USERS = new Map([
  ['alice', 'hash-of-wonderland'],
  ['bob', 'hash-of-builder'],
]);

/** An authenticator over a checker that is told what to say, and a clock that is told the time. */
function anAuthenticator() {
  const checker = new FakeHashChecker();
  const errors: unknown[] = [];
  const planned: { readonly ms: number; readonly callback: () => void }[] = [];
  let nowMs = 0;
  const authenticator = new Authenticator({
    checker,
    after: (ms, callback) => planned.push({ ms, callback }),
    nowMs: () => nowMs,
    onError: (error) => errors.push(error),
  });
  return {
    checker,
    errors,
    planned,
    /** Lets what was planned happen. */
    rest: () => {
      for (const { callback } of planned.splice(0)) callback();
    },
    pass: (ms: number) => (nowMs += ms),
    ask: (user: string, password: string, { address = '10.0.0.1', users = USERS } = {}) =>
      authenticator.authenticate({ user, password }, { users, address }),
    stop: () => {
      authenticator.stop();
    },
  };
}

describe('a user', () => {
  it('gets in with the right password, and with no other', async () => {
    const { ask, rest } = anAuthenticator();
    expect(await ask('alice', 'wonderland')).toBe('right');
    rest();
    expect(await ask('alice', 'builder')).toBe('wrong');
    rest();
    expect(await ask('bob', 'wonderland')).toBe('wrong');
  });

  it('who is unknown costs as much as one who is known', async () => {
    const { ask, checker, rest } = anAuthenticator();
    const users = new Map([['alice', `$2y$12$${'x'.repeat(53)}`]]);
    expect(await ask('mallory', 'guess', { users })).toBe('wrong');
    rest();
    await ask('alice', 'guess', { users });
    expect(checker.asked.map(({ hash }) => hash.slice(0, 7))).toEqual(['$2y$12$', '$2y$12$']);
  });

  it('who is unknown does not get in with the password of the decoy', async () => {
    const { ask, checker } = anAuthenticator();
    checker.check = () => Promise.resolve(true);
    expect(await ask('mallory', 'fakepassword')).toBe('wrong');
  });

  it('is out as soon as the users are others, whatever was remembered', async () => {
    const { ask, rest } = anAuthenticator();
    expect(await ask('alice', 'wonderland')).toBe('right');
    rest();
    expect(await ask('alice', 'wonderland', { users: new Map([['alice', 'hash-of-other']]) })).toBe('wrong');
    rest();
    expect(await ask('alice', 'wonderland', { users: new Map([['bob', 'hash-of-builder']]) })).toBe('wrong');
  });
});

describe('a password', () => {
  it.each([
    ['right', 'wonderland'],
    ['wrong', 'guess'],
  ])('that was %s once is not checked again', async (result, password) => {
    const { ask, checker, rest } = anAuthenticator();
    expect(await ask('alice', password)).toBe(result);
    rest();
    expect(await ask('alice', password)).toBe(result);
    expect(checker.asked).toHaveLength(1);
  });

  it('that several ask with at once is checked once', async () => {
    const { ask, checker } = anAuthenticator();
    const results = await Promise.all([ask('alice', 'wonderland'), ask('alice', 'wonderland')]);
    expect(results).toEqual(['right', 'right']);
    expect(checker.asked).toHaveLength(1);
  });

  it('that is right stays remembered however many wrong ones come', async () => {
    const { ask, checker, rest } = anAuthenticator();
    await ask('alice', 'wonderland');
    rest();
    for (let guess = 0; guess < 300; guess += 1) {
      await ask('alice', `guess ${guess}`);
      rest();
    }
    checker.asked.length = 0;
    expect(await ask('alice', 'wonderland')).toBe('right');
    expect(checker.asked).toEqual([]);
  });

  it('is checked alone: a second one waits for the first', async () => {
    const { ask, checker, rest } = anAuthenticator();
    checker.hold();
    const first = ask('alice', 'wonderland');
    const second = ask('bob', 'builder');
    await settle();
    expect(checker.asked).toHaveLength(1);
    checker.release();
    expect(await first).toBe('right');
    rest();
    await settle();
    checker.release();
    expect(await second).toBe('right');
  });

  it('that is wrong makes the next one wait three times as long as it took; one that is right does not', async () => {
    const { ask, checker, pass, planned, rest } = anAuthenticator();
    checker.hold();
    const wrong = ask('alice', 'guess');
    await settle();
    pass(80);
    checker.release();
    expect(await wrong).toBe('wrong');
    expect(planned.map(({ ms }) => ms)).toEqual([240]);
    rest();
    const right = ask('alice', 'wonderland');
    await settle();
    pass(80);
    checker.release();
    expect(await right).toBe('right');
    expect(planned.map(({ ms }) => ms)).toEqual([0]);
  });

  it('of somebody else still finds a place where one address guesses without end', async () => {
    const { ask, checker } = anAuthenticator();
    checker.hold();
    const guesses = Array.from({ length: 20 }, (_, guess) =>
      ask('alice', `guess ${guess}`, { address: '6.6.6.6' }),
    );
    // One is being checked and four wait; nobody keeps the rest.
    const results = await Promise.all(guesses.slice(5));
    expect(new Set(results)).toEqual(new Set(['busy']));
    const pending = Symbol('pending');
    expect(await Promise.race([ask('bob', 'builder'), settle().then(() => pending)])).toBe(pending);
  });

  it('finds no place where guesses come from everywhere, and is told so at once', async () => {
    const { ask, checker } = anAuthenticator();
    checker.hold();
    for (let guess = 0; guess < 33; guess += 1)
      void ask('alice', `guess ${guess}`, { address: `10.0.0.${guess}` });
    expect(await ask('bob', 'builder')).toBe('busy');
  });

  it('that could not be checked is not remembered as anything', async () => {
    const { ask, checker, errors, rest } = anAuthenticator();
    checker.failure = new Error('no more processes');
    expect(await ask('alice', 'wonderland')).toBe('failed');
    rest();
    expect(await ask('bob', 'builder')).toBe('failed');
    rest();
    // Once, however many ask.
    expect(errors).toEqual([checker.failure]);
    checker.failure = undefined;
    expect(await ask('alice', 'wonderland')).toBe('right');
  });

  it('that waits when the exporter stops is not left hanging', async () => {
    const { ask, checker, stop } = anAuthenticator();
    checker.hold();
    void ask('alice', 'wonderland');
    const waiting = ask('bob', 'builder');
    stop();
    expect(await waiting).toBe('failed');
  });
});
