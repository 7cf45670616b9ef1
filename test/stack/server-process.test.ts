import { describe, expect, it, vi } from 'vitest';
import { withCleanup } from '../real/harness/cleanup.ts';
import { reservePort } from '../real/harness/ports.ts';
import { Hopeless } from '../real/harness/wait-until.ts';
import { ServerProcess } from './harness/server-process.ts';

/** A moment, where waiting for a server that lives may take a minute. */
const AT_ONCE_MS = 15_000;

const NOBODY = { watch: () => undefined, forget: () => undefined };

/** Listens on the port that it is given, answers everything, and ends with the word of a request to `/end`. */
const SERVER = `
require('node:http').createServer((request, response) => {
  response.end();
  if (request.url === '/end') {
    console.error('no space left on device');
    process.exit(4);
  }
}).listen(process.argv[1], '127.0.0.1');
`;

describe('a server that dies', () => {
  it('before it is ready says so at once, in its own words', { timeout: AT_ONCE_MS }, async () => {
    await withCleanup(async (cleanup) => {
      const starting = ServerProcess.start({
        name: 'alertmanager',
        command: 'sh',
        args: ['-c', 'echo starting; echo "open default.tmpl: no such file" >&2; exit 3'],
        directory: await cleanup.temporaryDirectory('dead'),
        url: `http://127.0.0.1:${await reservePort()}`,
        guardian: NOBODY,
      });
      await expect(starting).rejects.toThrow(
        'alertmanager has ended (exit code 3):\nstarting\nopen default.tmpl: no such file',
      );
    });
  });

  it('later says so unasked, and whoever asks it waits no longer', { timeout: AT_ONCE_MS }, async () => {
    await withCleanup(async (cleanup) => {
      const onDeath = vi.fn<(words: string) => void>();
      const port = await reservePort();
      const server = cleanup.use(
        await ServerProcess.start({
          name: 'prometheus',
          command: process.execPath,
          args: ['-e', SERVER, String(port)],
          directory: await cleanup.temporaryDirectory('dying'),
          url: `http://127.0.0.1:${port}`,
          guardian: NOBODY,
          onDeath,
        }),
      );
      await server.ask('/end');
      const words = 'prometheus has ended (exit code 4):\nno space left on device';
      await vi.waitFor(() => {
        expect(onDeath).toHaveBeenCalledExactlyOnceWith(words);
      }, AT_ONCE_MS);
      await expect(server.ask('/-/ready')).rejects.toThrow(new Hopeless(words));
    });
  });

  it('because it was asked to has nothing to say', { timeout: AT_ONCE_MS }, async () => {
    await withCleanup(async (cleanup) => {
      const onDeath = vi.fn<(words: string) => void>();
      const port = await reservePort();
      const server = await ServerProcess.start({
        name: 'prometheus',
        command: process.execPath,
        args: ['-e', SERVER, String(port)],
        directory: await cleanup.temporaryDirectory('ended'),
        url: `http://127.0.0.1:${port}`,
        guardian: NOBODY,
        onDeath,
      });
      await server[Symbol.asyncDispose]();
      expect(onDeath).not.toHaveBeenCalled();
    });
  });
});
