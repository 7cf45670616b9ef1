import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { MAX_VIEWERS } from '../../../src/http/status/live-streams.ts';
import { aNode, aSnapshot, aZombie } from '../../helpers/snapshots.ts';
import { ask, aServer, type TestServer } from '../helpers.ts';

/** Opens a stream and reads what comes. */
async function openStream(
  server: TestServer,
  path = '/-/stream',
): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(server.port, server.host);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'data');
  return { socket, text: () => text };
}

async function received(text: () => string, socket: Socket, words: string): Promise<void> {
  while (!text().includes(words)) await once(socket, 'data');
}

describe('/-/stream', () => {
  it('sends events, and what changed since the page was made', async () => {
    let current: Snapshot = aSnapshot({ nodes: [aNode({ name: 'a' })] });
    const server = await aServer({ snapshot: () => current });
    const page = await ask(server, '/');
    const since = /data-since="([^"]*)"/.exec(page.body)?.[1] ?? '';
    current = aSnapshot({ nodes: [aZombie({ name: 'a' })] });
    const { socket, text } = await openStream(server, `/-/stream?since=${since}`);
    await received(text, socket, 'event: change');
    expect(text()).toMatch(/^HTTP\/1\.1 200 /);
    expect(text()).toMatch(/^content-type: text\/event-stream; charset=utf-8\r$/im);
    expect(text()).toMatch(/^cache-control: no-store\r$/im);
    expect(text()).toContain('a is a zombie');
    socket.destroy();
  });

  it('has nothing to send to a page that was made now', async () => {
    const snapshot = aSnapshot();
    const server = await aServer({ snapshot: () => snapshot });
    const since = /data-since="([^"]*)"/.exec((await ask(server, '/')).body)?.[1] ?? '';
    const { socket, text } = await openStream(server, `/-/stream?since=${since}`);
    await received(text, socket, 'event: hello');
    expect(text()).not.toContain('event: change');
    socket.destroy();
  });

  it('ends when the server closes, without its grace', async () => {
    const server = await aServer();
    const { socket } = await openStream(server);
    const ended = once(socket, 'close');
    await server.close(60_000);
    await ended;
  });

  it('is open to so many pages and no more, and free again when one is closed', async () => {
    const server = await aServer();
    const open = await Promise.all(Array.from({ length: MAX_VIEWERS }, () => openStream(server)));
    expect(open.every(({ text }) => text().startsWith('HTTP/1.1 200'))).toBe(true);
    expect(await ask(server, '/-/stream')).toMatchObject({
      status: 503,
      body: 'too many status pages are open; this one is not live\n',
    });
    open[0]?.socket.destroy();
    let again = await openStream(server);
    // That the other end is gone is seen in a moment.
    while (!again.text().startsWith('HTTP/1.1 200')) again = await openStream(server);
    for (const { socket } of [...open, again]) socket.destroy();
  });

  it('answers HEAD and ends', async () => {
    const answer = await ask(await aServer(), '/-/stream', { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '' });
  });

  it('whose snapshot fails ends, and the exporter goes on', async () => {
    const seen: unknown[] = [];
    let hasFailed = false;
    const server = await aServer({
      snapshot: () => {
        if (hasFailed) throw new Error('a bug');
        return aSnapshot();
      },
      onError: (error) => seen.push(error),
    });
    const { socket } = await openStream(server);
    hasFailed = true;
    await once(socket, 'close');
    expect(seen).toHaveLength(1);
    expect((await ask(server, '/-/healthy')).status).toBe(200);
  });
});
