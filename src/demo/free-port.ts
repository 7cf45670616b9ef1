import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems hand out to outgoing connections, so that nobody takes ours while a gateway is away. */
const RANGE = { from: 20_000, to: 30_000 } as const;
const TRIES = 50;

/** Whether nobody listens on this port of the loopback address now. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that a gateway can leave and take again. */
export async function findLastingPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port between ${RANGE.from} and ${RANGE.to} in ${TRIES} tries`);
}
