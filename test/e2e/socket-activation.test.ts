import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { localRequest } from '../../src/cli/local-request.ts';
import { withCleanup } from '../real/harness/cleanup.ts';
import { hasEnded, lastWords } from '../real/harness/last-words.ts';
import { reservePort } from '../real/harness/ports.ts';
import { Hopeless, waitUntil } from '../real/harness/wait-until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/*
 * systemd's own stand-in for itself: it opens the sockets and starts the program at the first connection. It is in Debian's
 * package `systemd`, which a container does without, and it does not run unpacked elsewhere.
 */
const hasSystemd = spawnSync('systemd-socket-activate', ['--version']).error === undefined;
const isRequired = process.env.CI !== undefined && process.env.CI !== '';
const title =
  hasSystemd || isRequired
    ? 'sockets of systemd'
    : 'sockets of systemd (skipped: systemd-socket-activate is not installed; Debian: apt-get install systemd)';

describe.skipIf(!hasSystemd && !isRequired)(title, () => {
  it('are served, TCP and Unix, beside an address of our own, and are not removed', async () => {
    await withCleanup(async (cleanup) => {
      const directory = await cleanup.temporaryDirectory('activated');
      const home = join(directory, 'home');
      mkdirSync(home);
      const passed = await reservePort();
      const own = await reservePort();
      const socketPath = join(directory, 'activated.sock');
      const child = spawn(
        'systemd-socket-activate',
        [
          `--listen=127.0.0.1:${passed}`,
          `--listen=${socketPath}`,
          '--fdname=tcp:unix',
          `--setenv=HOME=${home}`,
          process.execPath,
          MAIN,
          '--web.systemd-socket',
          `--web.listen-address=127.0.0.1:${own}`,
          `--state.dir=${join(directory, 'state')}`,
        ],
        { env: { PATH: process.env.PATH ?? '', HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let log = '';
      child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
      const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
      cleanup.defer(async () => {
        child.kill('SIGTERM');
        await exited;
      });

      const statusAt = async (port: number): Promise<number> => {
        if (hasEnded(child)) throw new Hopeless(lastWords('systemd-socket-activate', child, log));
        return (await fetch(`http://127.0.0.1:${port}/livez`)).status;
      };
      // The first connection starts the exporter and waits for it; before systemd listens it is refused.
      await waitUntil(async () => (await statusAt(passed)) === 200, {
        timeoutMs: 60_000,
        what: 'an answer',
      });
      expect(await statusAt(own)).toBe(200);
      expect((await localRequest({ kind: 'unix', path: socketPath }, '/livez', 10_000)).status).toBe(200);
      for (const url of [`http://127.0.0.1:${passed}`, `unix:${socketPath}`, `http://127.0.0.1:${own}`]) {
        expect(log).toContain(`listening on ${url} `);
      }

      // Same pid as its parent had: systemd-socket-activate becomes the program.
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
      // It is systemd's: the exporter that is started next finds it again.
      expect(existsSync(socketPath)).toBe(true);
    });
  });
});

describe('a socket that is passed as systemd does', () => {
  it('is served by the process whose pid is named, as a shell would leave it to', async () => {
    await withCleanup(async (cleanup) => {
      const directory = await cleanup.temporaryDirectory('passed');
      const passed = createServer().listen(0, '127.0.0.1');
      await once(passed, 'listening');
      const { port } = passed.address() as AddressInfo;
      const child = spawn(
        'sh',
        [
          '-c',
          'LISTEN_PID=$$ exec "$@"',
          'sh',
          process.execPath,
          MAIN,
          '--web.systemd-socket',
          `--state.dir=${directory}`,
        ],
        {
          env: { PATH: process.env.PATH ?? '', HOME: directory, LISTEN_FDS: '1', LISTEN_FDNAMES: 'liveness' },
          stdio: ['ignore', 'ignore', 'pipe', descriptorOf(passed)],
        },
      );
      // From now on the socket is the child's alone.
      passed.close();
      let log = '';
      child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
      const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
      cleanup.defer(async () => {
        child.kill('SIGTERM');
        await exited;
      });
      const answer = await fetch(`http://127.0.0.1:${port}/livez`);
      expect(answer.status).toBe(200);
      // The answer may be here before the line is.
      await expect.poll(() => log).toContain(`listening on http://127.0.0.1:${port} `);
      expect(log.match(/listening on/g)).toHaveLength(1);
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    });
  });

  it('that nobody passed are missed with a message that says what to do', () => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, '--web.systemd-socket'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', OPENCLAW_LIVENESS_STATE_DIR: '/tmp' },
    });
    expect(status).toBe(2);
    expect(stderr).toContain(
      '--web.systemd-socket: systemd passed no sockets (LISTEN_FDS is not set); was the .service started rather than the .socket?',
    );
  });
});

/** Node tells no descriptor of a server; its handle does. */
function descriptorOf(server: Server): number {
  const handle: unknown = Reflect.get(server, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : undefined;
  if (typeof fd !== 'number') throw new Error('the server has no descriptor');
  return fd;
}
