import { describe, expect, it } from 'vitest';
import { aNode, aRemoteNode, aSnapshot, aZombie } from '../../helpers/snapshots.ts';
import { ask, askJson, aServer, aServerOf } from '../helpers.ts';

const WHY = 'its process runs and its gateway is healthy, but no attempt to connect came for 97 s';

describe('/livez', () => {
  it('is 200 and "ok" while every local node host is live', async () => {
    const answer = await ask(await aServerOf({ nodes: [aNode()] }), '/livez');
    expect(answer).toMatchObject({ status: 200, body: 'ok\n' });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('is 503 as soon as one local node host is not live, and says which and why in a line', async () => {
    const answer = await ask(await aServerOf({ nodes: [aNode(), aZombie({ name: 'NodeB' })] }), '/livez');
    expect(answer).toMatchObject({ status: 503, body: `zombie NodeB: ${WHY}\n` });
  });

  it('is 200 for states in which a restart would not help, whatever their name', async () => {
    const nodes = [
      aZombie({ live: true, reasons: ['silent'] }),
      aNode({ name: 'b', state: 'blocked', ready: false }),
    ];
    expect((await ask(await aServerOf({ nodes }), '/livez')).status).toBe(200);
  });

  it('is never failed by a remote node host', async () => {
    const nodes = [aNode(), aRemoteNode({ state: 'wedged', live: false, ready: false })];
    const server = await aServerOf({ nodes });
    expect(await ask(server, '/livez')).toMatchObject({ status: 200, body: 'ok\n' });
    expect((await ask(server, '/livez?verbose')).body).toContain('[+]Remote wedged since ');
    expect((await ask(server, '/livez?verbose')).body).toContain('(remote, not counted)\n');
  });

  it('is 200 while no node host is known: there is nothing to restart', async () => {
    expect((await ask(await aServerOf({ nodes: [] }), '/livez')).status).toBe(200);
  });

  it('is 200 where no node host is on the machine, and says so, with what to do if one should be', async () => {
    const server = await aServerOf({ nodes: [aRemoteNode()], noNodeHostHere: true });
    const words =
      'No node host was found on this machine. If one should run here, name it with --node.state-dir (its OPENCLAW_STATE_DIR), --node.pid-file, --node.systemd-unit or --node.launchd-label.';
    expect(await ask(server, '/livez')).toMatchObject({ status: 200, body: `ok\n${words}\n` });
    expect((await ask(server, '/livez?verbose')).body).toContain(`\nnote: ${words}\nlivez check passed\n`);
    expect((await askJson(server, '/livez')).json).toMatchObject({ ok: true, note: words });
    // Of one that is named nothing else is to be said.
    expect(await ask(server, '/livez/Remote')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('says that restarts did not help when it is held at 200', async () => {
    const held = aZombie({
      live: true,
      reasons: ['silent', 'restart-did-not-help'],
      restartBudgetExhausted: true,
    });
    const answer = await ask(await aServerOf({ nodes: [held] }), '/livez');
    expect(answer).toMatchObject({ status: 200, body: `ok\nzombie NodeA: ${WHY} (restart-did-not-help)\n` });
  });

  it('answers a HEAD like a GET without a body', async () => {
    const answer = await ask(await aServerOf({ nodes: [aZombie()] }), '/livez', { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 503, body: '' });
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(10);
  });

  it('does not fail because the exporter does: a restart of the node host would not help', async () => {
    const errors: unknown[] = [];
    const server = await aServer({
      snapshot: () => {
        throw new Error('a bug');
      },
      onError: (error) => errors.push(error),
    });
    const answer = await ask(server, '/livez');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^unknown: /);
    expect((await ask(server, '/livez/NodeA')).status).toBe(200);
    expect(errors).toHaveLength(2);
    expect(answer.body).not.toContain('a bug');
  });
});

describe('/livez?verbose', () => {
  it('lists each node host with state, since, reasons and why it fails, and closes with the result', async () => {
    const server = await aServerOf({
      nodes: [aNode(), aZombie({ name: 'NodeB', reasons: ['silent', 'futile'] })],
    });
    expect((await ask(server, '/livez?verbose')).body).toBe(
      [
        '[+]NodeA alive since 2026-11-22T02:00:00.000Z attached',
        '[-]NodeB zombie since 2026-11-22T02:58:30.000Z silent,futile: its process runs and its gateway is healthy, but no attempt to connect came for 97 s',
        'livez check failed',
        '',
      ].join('\n'),
    );
  });

  it('cannot be forged by the name of a node host', async () => {
    const server = await aServerOf({ nodes: [aZombie({ name: 'x\n[+]NodeA alive\u202e\r\u2028' })] });
    const { body } = await ask(server, '/livez?verbose');
    expect(body.split('\n')).toHaveLength(3);
    expect(body).toContain('[-]x\\n[+]NodeA alive\\u202e\\u000d\\u2028 zombie since');
    expect((await ask(server, '/livez')).body.split('\n')).toHaveLength(2);
  });
});

describe('/livez?exclude=', () => {
  const nodes = [aNode(), aZombie({ name: 'Node B' }), aZombie({ name: 'c' })];

  it('leaves out each node host named, by name or key', async () => {
    const server = await aServerOf({ nodes });
    expect((await ask(server, '/livez?exclude=Node%20B')).body).toBe(`zombie c: ${WHY}\n`);
    expect((await ask(server, '/livez?exclude=Node%20B&exclude=local:c')).status).toBe(200);
  });

  it('still shows what it left out', async () => {
    const server = await aServerOf({ nodes });
    const { body } = await ask(server, '/livez?verbose&exclude=Node+B&exclude=c');
    expect(body).toContain('[+]Node B zombie since 2026-11-22T02:58:30.000Z silent (excluded)\n');
    expect(body).toMatch(/livez check passed\n$/);
  });

  it('warns of a name that nobody has, and does not fail for it', async () => {
    const server = await aServerOf({ nodes: [aNode()] });
    const answer = await ask(server, '/livez?verbose&exclude=nobody');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('warn: no such node host to exclude: "nobody"\n');
    expect((await ask(server, '/livez?exclude=nobody')).body).toBe('ok\n');
  });
});

describe('/livez for programs', () => {
  it('is JSON when JSON is asked for', async () => {
    const { status, headers, json } = await askJson(
      await aServerOf({ nodes: [aZombie()] }),
      '/livez?exclude=nobody',
    );
    expect(status).toBe(503);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json).toEqual({
      check: 'livez',
      ok: false,
      at: '2026-11-22T03:00:00.000Z',
      problem: null,
      note: null,
      unknownExcludes: ['nobody'],
      nodes: [
        {
          key: 'local:NodeA',
          name: 'NodeA',
          scope: 'local',
          result: 'failed',
          note: null,
          state: 'zombie',
          since: { at: '2026-11-22T02:58:30.000Z', agoSeconds: 90 },
          reasons: ['silent'],
          why: WHY,
          advice: 'Restart it: `openclaw node restart`.',
          remedy: { kind: 'restart', scope: 'local' },
          live: false,
          ready: false,
        },
      ],
    });
  });

  it.each(['*/*', 'text/html,*/*;q=0.8', 'text/plain, application/json', 'image/png'])(
    'is text for %s',
    async (accept) => {
      const answer = await ask(await aServer(), '/livez', { headers: { accept } });
      expect(answer).toMatchObject({ status: 200, body: 'ok\n' });
    },
  );
});

describe('/livez/<node>', () => {
  const nodes = [
    aNode(),
    aZombie({ name: 'Büro/Mac 1', key: 'local:buero' }),
    aRemoteNode({ name: 'far', state: 'wedged', live: false, ready: false }),
  ];

  it('is about that node host only', async () => {
    const server = await aServerOf({ nodes });
    expect(await ask(server, '/livez/NodeA')).toMatchObject({ status: 200, body: 'ok\n' });
    expect((await ask(server, `/livez/${encodeURIComponent('Büro/Mac 1')}`)).status).toBe(503);
  });

  it('takes the key as well as the name', async () => {
    expect((await ask(await aServerOf({ nodes }), '/livez/local:buero')).status).toBe(503);
  });

  it('counts a remote node host that is asked for by name', async () => {
    expect((await ask(await aServerOf({ nodes }), '/livez/far')).status).toBe(503);
  });

  it('is 404 for a name that nobody has, and lists those that there are', async () => {
    const answer = await ask(await aServerOf({ nodes }), '/livez/nobody');
    expect(answer.status).toBe(404);
    expect(answer.body).toBe('no node host "nobody"; known: "NodeA", "Büro/Mac 1", "far"\n');
  });

  it('is 400 for a path that cannot be decoded', async () => {
    const answer = await ask(await aServerOf({ nodes }), '/livez/%zz');
    expect(answer).toMatchObject({ status: 400, body: 'the request cannot be understood\n' });
  });

  it('still finds a local node host by its bare name after a remote one chose the same', async () => {
    const server = await aServerOf({
      nodes: [
        aNode({ name: 'mac#aaaaaaaa', key: 'local:mac' }),
        aRemoteNode({ name: 'mac#bbbbbbbb', key: 'remote:mac', live: false, state: 'wedged' }),
      ],
    });
    expect(await ask(server, '/livez/mac')).toMatchObject({ status: 200, body: 'ok\n' });
    expect((await ask(server, '/livez/mac%23bbbbbbbb')).status).toBe(503);
  });

  it('means all local node hosts that share a name', async () => {
    const server = await aServerOf({
      nodes: [aNode({ name: 'mac#aaaaaaaa' }), aZombie({ name: 'mac#bbbbbbbb' })],
    });
    const answer = await ask(server, '/livez/mac');
    expect(answer).toMatchObject({ status: 503, body: `zombie mac#bbbbbbbb: ${WHY}\n` });
  });

  it('prefers a key to a name: a node host cannot call itself by the key of another', async () => {
    const server = await aServerOf({
      nodes: [
        aNode({ key: 'local:a', name: 'a' }),
        aZombie({ key: 'remote:b', name: 'local:a', scope: 'remote' }),
      ],
    });
    expect((await ask(server, '/livez/local:a')).status).toBe(200);
  });
});

describe('the speed of /livez', () => {
  it('does not depend on a scrape that hangs', async () => {
    const server = await aServer({
      snapshot: () => aSnapshot(),
      renderMetrics: () => new Promise(() => undefined),
    });
    const scrape = ask(server, '/metrics').catch(() => undefined);
    // The best of ten: a busy machine delays any of them, a wait for the scrape would delay all.
    let bestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 10; round += 1) {
      const start = performance.now();
      expect((await ask(server, '/livez')).status).toBe(200);
      bestMs = Math.min(bestMs, performance.now() - start);
    }
    expect(bestMs).toBeLessThan(50);
    await server.close(0);
    await scrape;
  });
});
