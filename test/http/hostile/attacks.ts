import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What hostile clients of one program do to a server, until told to stop. */
export const ATTACKS = {
  /** Nobody. */
  none: () => Promise.resolve(),
  /** Headers that never end, a byte now and then. */
  'slow loris': (target: Target) =>
    many(300, target, async (socket, stop) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-A: ');
      while (!stop.aborted && !socket.destroyed) {
        socket.write('a');
        await sleep(500);
      }
    }),
  'half requests': (target: Target) =>
    many(300, target, async (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
      await once(socket, 'close');
    }),
  /** The page of status is asked for and let go of with its first bytes, by all at the same moment, again and again. */
  'dropped pages': (target: Target) =>
    many(500, target, async (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n');
      await once(socket, 'data');
      socket.resetAndDestroy();
      await sleep(5_000);
    }),
} as const;
export type Attack = keyof typeof ATTACKS;

export interface Target {
  readonly port: number;
  readonly stop: AbortSignal;
}

/** Clients, each of which begins anew on another connection when it is done with one. */
async function many(
  clients: number,
  { port, stop }: Target,
  attack: (socket: Socket, stop: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const one = async (): Promise<void> => {
    while (!stop.aborted) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      const end = (): void => {
        socket.destroy();
      };
      stop.addEventListener('abort', end);
      // One that is refused is over at once, and comes again.
      const closed = once(socket, 'close');
      await Promise.race([closed, once(socket, 'connect').then(() => attack(socket, stop))]).catch(end);
      stop.removeEventListener('abort', end);
      socket.destroy();
      await sleep(1_000);
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
}
