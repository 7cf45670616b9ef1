import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { aSnapshot } from '../../helpers/snapshots.ts';
import { aServer, ask, type TestServer } from '../helpers.ts';

const BROWSERS = 35;

function aBrowser({ port, host }: TestServer, path: string): Socket {
  const socket = connect(port, host).on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}

/** `made` counts pages; a probe asks for a snapshot, too. */
async function aCountingServer(): Promise<TestServer & { readonly made: () => number }> {
  let made = 0;
  const server = await aServer({
    snapshot: () => aSnapshot(),
    // Asked once a page, as it is made.
    isHealthy: () => {
      made += 1;
      return { ok: true };
    },
  });
  return { ...server, made: () => made };
}

it('a probe does not wait for all the pages that were asked for before it', async () => {
  const server = await aCountingServer();
  const browsers = Array.from({ length: BROWSERS }, (_, index) => aBrowser(server, `/?q=${index}`));
  expect((await ask(server, '/livez')).status).toBe(200);
  expect(server.made()).toBeLessThan(5);
  for (const browser of browsers) browser.destroy();
});

it('those who ask for the same page at the same moment share it', async () => {
  const server = await aCountingServer();
  const browsers = Array.from({ length: BROWSERS }, () => aBrowser(server, '/'));
  const answers = await Promise.all(browsers.map((browser) => once(browser, 'data')));
  for (const [answer] of answers) expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  expect(server.made()).toBeLessThan(5);
});

it('a page that nobody waits for any more is not made', async () => {
  const server = await aCountingServer();
  const browsers = Array.from({ length: BROWSERS }, (_, index) => aBrowser(server, `/?q=${index}`));
  await once(browsers[0]!, 'data');
  for (const browser of browsers) browser.resetAndDestroy();
  expect((await ask(server, '/?q=last')).status).toBe(200);
  expect(server.made()).toBeLessThan(5);
});
