import { describe, expect, it } from 'vitest';
import { NO_POLICY } from '../../../src/http/security/web-policy.ts';
import { aServer, ask, type TestServer } from '../helpers.ts';
import { aWebPolicy, basic, FakeHashChecker } from '../security/web-fixtures.ts';

const PAGES = [
  '/',
  '/metrics',
  '/api/v1/nodes',
  '/api/v1/nodes/x',
  '/sd',
  '/-/stream',
  '/-/assets/x',
  '/nowhere',
];
const PROBES = ['/livez', '/livez/NodeA', '/readyz', '/readyz/NodeA', '/-/healthy', '/-/ready'];
const ALICE = basic('alice', 'wonderland');

function aGuardedServer({ openProbes = false, checker = new FakeHashChecker() } = {}): Promise<TestServer> {
  const policy = aWebPolicy({ users: new Map([['alice', 'hash-of-wonderland']]) });
  return aServer({}, { policy, openProbes, checker });
}

async function statuses(
  server: TestServer,
  paths: readonly string[],
  headers = {},
): Promise<readonly number[]> {
  const answers = await Promise.all(paths.map((path) => ask(server, path, { headers })));
  return answers.map(({ status }) => status);
}

describe('with users', () => {
  it('every page asks for a password', async () => {
    const server = await aGuardedServer();
    const answer = await ask(server, '/metrics');
    expect(answer).toMatchObject({ status: 401, body: 'this page asks for a user and a password\n' });
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
    const all = await statuses(server, [...PAGES, ...PROBES]);
    expect(new Set(all)).toEqual(new Set([401]));
    expect(server.refusals().get('credentials')).toBe(1 + all.length);
  });

  it('the right one opens them, and a wrong one none', async () => {
    const server = await aGuardedServer();
    expect((await ask(server, '/metrics', { headers: ALICE })).status).toBe(200);
    expect((await ask(server, '/metrics', { headers: basic('alice', 'guess') })).status).toBe(401);
    expect((await ask(server, '/metrics', { headers: basic('bob', 'wonderland') })).status).toBe(401);
    expect((await ask(server, '/metrics', { headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });

  it('other methods and other spellings of a path open nothing', async () => {
    const server = await aGuardedServer({ openProbes: true });
    for (const path of [
      '/METRICS',
      '/metrics/',
      '//metrics',
      '/livez/../metrics',
      '/-/healthy/../../metrics',
    ]) {
      expect((await ask(server, path)).status, path).toBe(401);
    }
    expect((await ask(server, '/metrics', { method: 'POST' })).status).toBe(401);
    expect((await ask(server, '/metrics', { method: 'HEAD' })).status).toBe(401);
  });

  it('probes are open when they are to be, and nothing else is', async () => {
    const server = await aGuardedServer({ openProbes: true });
    expect(await statuses(server, ['/livez', '/-/healthy', '/-/ready'])).toEqual([200, 200, 200]);
    expect(await statuses(server, ['/readyz', '/readyz/nobody', '/livez/nobody'])).toEqual([200, 404, 404]);
    expect(new Set(await statuses(server, PAGES))).toEqual(new Set([401]));
  });

  it('one who waits for a place is told to come back', async () => {
    const checker = new FakeHashChecker();
    const server = await aGuardedServer({ checker });
    checker.hold();
    const guesses = Array.from({ length: 8 }, (_, guess) =>
      ask(server, '/metrics', { headers: basic('alice', `guess ${guess}`) }),
    );
    const refused = await Promise.race(guesses);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    expect(server.refusals().get('password_queue')).toBeGreaterThan(0);
  });

  it('a password that cannot be checked opens nothing', async () => {
    const checker = new FakeHashChecker();
    checker.failure = new Error('no more processes');
    const policy = aWebPolicy({ users: new Map([['alice', 'hash-of-wonderland']]) });
    const errors: unknown[] = [];
    const server = await aServer({ onError: (error) => errors.push(error) }, { policy, checker });
    expect((await ask(server, '/metrics', { headers: ALICE })).status).toBe(503);
    expect(errors).toEqual([checker.failure]);
  });

  it('who is removed is out at once', async () => {
    const server = await aGuardedServer();
    expect((await ask(server, '/metrics', { headers: ALICE })).status).toBe(200);
    server.apply(aWebPolicy({ users: new Map([['bob', 'hash-of-builder']]) }));
    expect((await ask(server, '/metrics', { headers: ALICE })).status).toBe(401);
  });
});

describe('without users', () => {
  it('no password is asked for, and none that is sent is checked', async () => {
    const checker = new FakeHashChecker();
    const server = await aServer({}, { policy: NO_POLICY, checker });
    expect((await ask(server, '/metrics', { headers: basic('alice', 'guess') })).status).toBe(200);
    expect(checker.asked).toEqual([]);
  });
});

describe('a page of another site', () => {
  it.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 405],
    ['none', 405],
  ])('(%s) that has a browser change something gets %i', async (site, status) => {
    const server = await aServer();
    const headers = { 'sec-fetch-site': site };
    expect((await ask(server, '/metrics', { method: 'POST', headers })).status).toBe(status);
    expect((await ask(server, '/metrics', { headers })).status).toBe(200);
    expect(server.refusals().get('cross_site')).toBe(status === 403 ? 1 : 0);
  });
});

describe('every answer', () => {
  it.each(['/metrics', '/livez', '/nowhere', '/api/v1/nodes'])(
    'of %s keeps browsers from doing anything with it',
    async (path) => {
      const { headers } = await ask(await aServer(), path);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /default-src 'none'.*frame-ancestors 'none'/,
        ) as string,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'deny',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    },
  );

  it('has the headers of the web config, also where it refuses', async () => {
    const policy = aWebPolicy({
      users: new Map([['alice', 'hash-of-wonderland']]),
      headers: { 'Strict-Transport-Security': 'max-age=60', 'X-Frame-Options': 'sameorigin' },
    });
    const server = await aServer({}, { policy, checker: new FakeHashChecker() });
    for (const headers of [{}, ALICE]) {
      expect((await ask(server, '/metrics', { headers })).headers).toMatchObject({
        'strict-transport-security': 'max-age=60',
        'x-frame-options': 'sameorigin',
      });
    }
  });
});
