import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aServer, ask, type TestServer } from '../helpers.ts';

/** `count` scrapes on one connection, none of which waits for the answer before it. */
function pipelined({ port }: TestServer, count: number): Socket {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count));
  return socket;
}

async function turnsUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}

/** A server whose scrapes end one by one, when the test says so. */
async function aServerByHand(maxRequests: number) {
  const finishes: (() => void)[] = [];
  let scrapes = 0;
  const server = await aServer(
    {
      // Asked once a scrape, as it comes.
      isReady: () => {
        scrapes += 1;
        return { ok: true };
      },
      renderMetrics: () => {
        const number = finishes.length + 1;
        return new Promise((resolve) =>
          finishes.push(() => {
            resolve(Buffer.from(`scrape ${number}\n`));
          }),
        );
      },
    },
    { maxRequests },
  );
  return { server, finishes, scrapes: () => scrapes };
}

describe('requests that come on one connection without waiting', () => {
  it('are answered one after the other, in their order, and take one place among the pages', async () => {
    const { server, finishes, scrapes } = await aServerByHand(1);
    const socket = pipelined(server, 3);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    for (let scrape = 1; scrape <= 3; scrape += 1) {
      await turnsUntil(() => finishes.length === scrape);
      expect(scrapes()).toBe(scrape);
      finishes[scrape - 1]?.();
      await turnsUntil(() => received.includes(`scrape ${scrape}\n`));
    }
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(server.refusals().get('scrape_limit')).toBe(0);
  });

  it('leave no place taken when their client goes away', async () => {
    const { server, finishes, scrapes } = await aServerByHand(2);
    const socket = pipelined(server, 3);
    await turnsUntil(() => finishes.length === 1);
    socket.destroy();
    const answers = [ask(server, '/metrics'), ask(server, '/metrics')];
    const isAnswered = { all: false };
    const statuses = Promise.all(answers).then((all) => {
      isAnswered.all = true;
      return all.map(({ status }) => status);
    });
    await turnsUntil(() => {
      for (const finish of finishes.slice(1)) finish();
      return isAnswered.all;
    });
    expect(await statuses).toEqual([200, 200]);
    // Those that waited were never handed on.
    expect(scrapes()).toBe(3);
  });

  it('are too many beyond eight: the connection is closed, counted once, and costs no page', async () => {
    const { server, scrapes } = await aServerByHand(40);
    const socket = pipelined(server, 50);
    socket.resume();
    await once(socket, 'close');
    expect(server.refusals().get('connection_limit')).toBe(1);
    expect(scrapes()).toBe(0);
    expect((await ask(server, '/livez')).status).toBe(200);
  });
});
