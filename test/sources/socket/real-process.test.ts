import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type {
  Connection,
  ProcessObservation,
  SocketObservation,
} from '../../../src/core/model/observation.ts';
import { LinuxProcessTable } from '../../../src/sources/linux/process-table.ts';
import { ProcessSource } from '../../../src/sources/process/process-source.ts';
import { resolveWithSystem } from '../../../src/sources/socket/address-book.ts';
import { LinuxConnectionTable } from '../../../src/sources/linux/connection-table.ts';
import { SocketSource } from '../../../src/sources/socket/socket-source.ts';
import { ManualTicker, ManualTime } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

/** Titled as a node host is, with one connection to its endpoint, and reading what comes. */
const childScript = `
  const [host, port] = process.argv.slice(1);
  process.title = 'openclaw-node';
  const socket = require('node:net').connect(Number(port), host);
  socket.on('data', () => {});
  socket.on('error', () => {});
  setInterval(() => {}, 50);
`;

/** Both sources, watching one state directory on the real /proc. */
class Watch {
  readonly #time = new ManualTime();
  readonly #ticker = new ManualTicker();
  readonly #sink = new RecordingSink();

  constructor(stateDir: string) {
    const shared = { clock: this.#time, sink: this.#sink, ticker: this.#ticker };
    const processes = new ProcessSource({
      ...shared,
      targets: [{ target: 'node', by: { kind: 'state-dir', path: stateDir }, explicit: true }],
      table: new LinuxProcessTable(),
    });
    const sockets = new SocketSource({
      ...shared,
      targets: ['node'],
      locate: (target) => processes.located(target),
      table: new LinuxConnectionTable(),
      resolve: resolveWithSystem,
    });
    processes.start();
    sockets.start();
  }

  /** Looks again and again until both have seen what is waited for. */
  async until(
    what: string,
    isSeen: (seen: { process: ProcessObservation; socket?: SocketObservation }) => boolean,
  ): Promise<void> {
    const deadline = process.uptime() + 20;
    for (;;) {
      const before = this.#sink.observations.length;
      // The process first: the other asks it where to look.
      await this.#time.advance(1000);
      await this.#ticker.beat();
      const seen = this.#sink.observations.slice(before);
      const of = seen.find((it) => it.source === 'process');
      const socket = seen.find((it) => it.source === 'socket');
      if (of !== undefined && isSeen({ process: of, ...(socket === undefined ? {} : { socket }) })) return;
      if (process.uptime() > deadline)
        throw new Error(`waited in vain for ${what}; last saw ${JSON.stringify(seen)}`);
      await pause(20);
    }
  }
}

describe.runIf(process.platform === 'linux').each([['127.0.0.1'], ['localhost']])(
  'a real process that dials %s',
  (host) => {
    let stateDir: string;
    let server: Server;
    let accepted: Promise<Socket>;
    let child: ChildProcess;

    beforeEach(async () => {
      stateDir = mkdtempSync(join(tmpdir(), 'state-'));
      server = createServer();
      accepted = once(server, 'connection').then(([socket]) => socket as Socket);
      server.listen(0, host);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      writeFileSync(join(stateDir, 'node.json'), JSON.stringify({ version: 1, gateway: { host, port } }));
      child = spawn(process.execPath, ['-e', childScript, host, String(port)], {
        env: { ...process.env, OPENCLAW_STATE_DIR: stateDir },
        stdio: 'ignore',
      });
    });

    afterEach(async () => {
      const hasEnded = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await hasEnded;
      }
      (await accepted).destroy();
      server.close();
      rmSync(stateDir, { recursive: true });
    });

    it('is seen to run, to stop, to leave bytes unread, to be hung up on, to go on and to end', async () => {
      const watch = new Watch(stateDir);
      const only = (socket: SocketObservation | undefined): Connection | undefined =>
        socket?.connections.length === 1 ? socket.connections[0] : undefined;

      await watch.until('the connection', ({ process: { process: it }, socket }) => {
        return (
          it?.pid === child.pid && only(socket)?.state === 'established' && socket?.anyEstablished === true
        );
      });
      let pulse = 0;
      await watch.until('a pulse', ({ process: { process: it } }) => {
        const last = pulse;
        pulse = it?.voluntarySwitches ?? 0;
        return last > 0 && pulse > last;
      });

      child.kill('SIGSTOP');
      await watch.until('the stop', ({ process: { process: it } }) => it?.kernelState === 'stopped');
      const gateway = await accepted;
      gateway.write('x'.repeat(37));
      await watch.until('unread bytes', ({ socket }) => {
        return only(socket)?.unreadBytes === 37 && only(socket)?.state === 'established';
      });
      gateway.end();
      await watch.until('the hang-up', ({ socket }) => only(socket)?.state === 'close-wait');

      child.kill('SIGCONT');
      await watch.until('the connection to be gone', ({ process: { process: it }, socket }) => {
        return it?.kernelState !== 'stopped' && socket?.connections.length === 0 && !socket.anyEstablished;
      });

      child.kill('SIGKILL');
      await watch.until('the end', ({ process: { process: it } }) => it === null);
    }, 60_000);
  },
);
