import { describe, expect, it } from 'vitest';
import { aNode, aRemoteNode } from '../../helpers/snapshots.ts';
import { ask, askJson, aServer, aServerOf } from '../helpers.ts';

describe('/readyz', () => {
  it('is 200 when every local node host is ready', async () => {
    const server = await aServerOf({ nodes: [aNode(), aNode({ name: 'b' })] });
    expect(await ask(server, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('is 503 when one local node host is live and not ready', async () => {
    const reconnecting = aNode({
      name: 'b',
      state: 'reconnecting',
      ready: false,
      why: 'its next attempt is due in 4 s',
    });
    const server = await aServerOf({ nodes: [aNode(), reconnecting] });
    expect(await ask(server, '/readyz')).toMatchObject({
      status: 503,
      body: 'reconnecting b: its next attempt is due in 4 s\n',
    });
    expect((await ask(server, '/livez')).status).toBe(200);
    expect((await ask(server, '/readyz?exclude=b')).status).toBe(200);
    expect((await ask(server, '/readyz?verbose')).body).toMatch(
      /^\[\+\]NodeA .*\n\[-\]b .*\nreadyz check failed\n$/,
    );
  });

  it('is not failed by a remote node host', async () => {
    const server = await aServerOf({ nodes: [aNode(), aRemoteNode({ ready: false })] });
    expect((await ask(server, '/readyz')).status).toBe(200);
  });

  it.each([
    ['nothing at all', []],
    ['only remote node hosts', [aRemoteNode()]],
  ])('is 503 with %s to vouch for, and says so', async (_what, nodes) => {
    const server = await aServerOf({ nodes });
    const answer = await ask(server, '/readyz');
    expect(answer).toMatchObject({
      status: 503,
      body: 'no local node host is watched; ask for a remote one by name\n',
    });
    expect((await ask(server, '/readyz?verbose')).body).toContain('[-]no local node host is watched');
    expect((await askJson(server, '/readyz')).json).toMatchObject({
      ok: false,
      problem: expect.any(String) as string,
    });
  });

  it('is 503 where no node host is on the machine, and says so', async () => {
    const server = await aServerOf({ nodes: [aRemoteNode()], noNodeHostHere: true });
    const { status, body } = await ask(server, '/readyz');
    expect(status).toBe(503);
    expect(body).toMatch(/^No node host was found on this machine\. If one should run here, name it with /);
    expect((await ask(server, '/readyz/Remote')).status).toBe(200);
  });

  it('of one node host is about that one, local or remote', async () => {
    const server = await aServerOf({ nodes: [aNode({ ready: false }), aRemoteNode()] });
    expect((await ask(server, '/readyz/NodeA')).status).toBe(503);
    expect((await ask(server, '/readyz/Remote')).status).toBe(200);
    expect((await ask(server, '/readyz/nobody')).status).toBe(404);
  });

  it('is 500 when the exporter fails, without telling what', async () => {
    const errors: string[] = [];
    const server = await aServer({
      snapshot: () => {
        throw new Error('secret detail');
      },
      onError: (error, path) => errors.push(`${path} ${String(error)}`),
    });
    expect(await ask(server, '/readyz')).toMatchObject({
      status: 500,
      body: 'the exporter failed; its log says why\n',
    });
    expect(errors).toEqual(['/readyz Error: secret detail']);
  });
});

describe('the exporter about itself', () => {
  it('is healthy and ready by its own functions, not by node hosts', async () => {
    const server = await aServerOf({ nodes: [aNode({ live: false, ready: false })] });
    expect(await ask(server, '/-/healthy')).toMatchObject({ status: 200, body: 'healthy\n' });
    expect(await ask(server, '/-/ready')).toMatchObject({ status: 200, body: 'ready\n' });
  });

  it('says why when it is not', async () => {
    const server = await aServer({
      isHealthy: () => ({ ok: false, why: 'the last verdict is 12.0 s old' }),
      isReady: () => ({ ok: false, why: 'no verdict was made yet' }),
    });
    expect(await ask(server, '/-/healthy')).toMatchObject({
      status: 503,
      body: 'not healthy: the last verdict is 12.0 s old\n',
    });
    expect(await ask(server, '/-/ready')).toMatchObject({
      status: 503,
      body: 'not ready: no verdict was made yet\n',
    });
  });
});
