import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { GatewayWsSource } from '../../../src/sources/gateway-ws/gateway-ws-source.ts';
import { ManualTicker, ManualTime } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const GATEWAY_CLOCK_MS = 1_795_313_482_867;

/** A gateway's port, which counts who asks for a WebSocket, and what it says to them. */
async function aGateway(): Promise<{
  readonly port: number;
  knocks: number;
  isDeaf: boolean;
  heard: string[];
}> {
  const gateway = { port: 0, knocks: 0, isDeaf: false, heard: [] as string[] };
  const sockets = new WebSocketServer({ noServer: true });
  const server: Server = createServer();
  server.on('upgrade', (request, socket, head) => {
    gateway.knocks += 1;
    if (gateway.isDeaf) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data: Buffer) => gateway.heard.push(data.toString()));
      client.send(
        JSON.stringify({
          type: 'event',
          event: 'connect.challenge',
          payload: { nonce: 'n', ts: GATEWAY_CLOCK_MS },
        }),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  gateway.port = (server.address() as AddressInfo).port;
  return gateway;
}

function watch(port: number): {
  readonly source: GatewayWsSource;
  readonly sink: RecordingSink;
  readonly ticker: ManualTicker;
  readonly time: ManualTime;
} {
  const [time, ticker, sink] = [new ManualTime(), new ManualTicker(), new RecordingSink()];
  const source = new GatewayWsSource({
    gateway: 'gw:1',
    url: `ws://127.0.0.1:${port}`,
    clock: time,
    sink,
    ticker,
  });
  source.start();
  cleanups.push(() => void source.stop());
  return { source, sink, ticker, time };
}

/** Lets `seconds` go by, with a look each second. */
async function pass({ ticker, time }: ReturnType<typeof watch>, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await ticker.beat(1_000);
    await time.advance(1_000);
  }
}

describe('the gateway’s WebSocket side', () => {
  it('is left alone while somebody else tells of it, and tried once a minute while nobody does', async () => {
    const gateway = await aGateway();
    const watching = watch(gateway.port);
    await pass(watching, 61);
    expect(gateway.knocks).toBe(0);
    watching.source.setWanted(true);
    await pass(watching, 121);
    expect(gateway.knocks).toBe(3);
    watching.source.setWanted(false);
    await pass(watching, 121);
    expect(gateway.knocks).toBe(3);
  });

  it('is told with its clock, of the gateway, and as a look that worked', async () => {
    const gateway = await aGateway();
    const watching = watch(gateway.port);
    watching.source.setWanted(true);
    await pass(watching, 1);
    expect(watching.sink.observations).toMatchObject([
      { source: 'gateway-ws', gateway: 'gw:1', result: { ok: true }, gatewayTsMs: GATEWAY_CLOCK_MS },
    ]);
    expect(watching.sink.observations[0]).not.toHaveProperty('target');
    expect(watching.sink.reports).toMatchObject([{ source: 'gateway-ws', gateway: 'gw:1' }]);
    expect(watching.sink.reports[0]).not.toHaveProperty('error');
    // Nothing is said to it.
    expect(gateway.heard).toEqual([]);
  });

  it('is tried at once when HTTP changes, and told to be silent where it is', async () => {
    const gateway = await aGateway();
    const watching = watch(gateway.port);
    watching.source.setWanted(true);
    await pass(watching, 10);
    gateway.isDeaf = true;
    watching.source.httpChanged();
    await pass(watching, 1);
    expect(watching.sink.observations.at(-1)).toMatchObject({ result: { ok: false, reason: 'http_5xx' } });
    expect(gateway.knocks).toBe(2);
  });
});

describe('the way of a node host', () => {
  // Fixed: one that met nobody was believed for a minute after the gateway had come back.
  it('is taken every 30 s while it gets through, and every 5 s while it does not', async () => {
    const gateway = await aGateway();
    const { source, ticker, time, sink } = watch(1);
    source.setWay('node-a', { host: '127.0.0.1', port: gateway.port });
    const beats = async (count: number): Promise<number> => {
      const before = gateway.knocks;
      for (let beat = 0; beat < count; beat += 1) {
        await ticker.beat(5_000);
        await time.advance(5_000);
      }
      return gateway.knocks - before;
    };
    expect(await beats(12)).toBe(2);
    gateway.isDeaf = true;
    expect(await beats(12)).toBe(12);
    expect(sink.observations.at(-1)).toMatchObject({
      source: 'gateway-ws',
      target: 'node-a',
      result: { ok: false, reason: 'http_5xx' },
    });
    source.setWay('node-a', null);
    expect(ticker.intervalsMs).toEqual([1_000]);
  });

  it('that leads to the gateway’s own address tells of the gateway as well: nobody knocks twice', async () => {
    const gateway = await aGateway();
    const watching = watch(gateway.port);
    watching.source.setWanted(true);
    watching.source.setWay('node-a', { host: '127.0.0.1', port: gateway.port });
    await watching.ticker.beat(5_000);
    await pass(watching, 20);
    expect(gateway.knocks).toBe(1);
    expect(watching.sink.observations).toMatchObject([
      { gateway: 'gw:1', result: { ok: true } },
      { gateway: 'gw:1', target: 'node-a', result: { ok: true } },
    ]);
  });
});
