import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { parseObject, type JsonObject } from '../../src/runtime/json-object.ts';

/** Stands between clients and a gateway and keeps what the clients say. */
export class RecordingProxy {
  readonly fromClients: JsonObject[] = [];
  readonly port: number;

  private constructor(server: WebSocketServer, gatewayUrl: string) {
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => {
      const gateway = new WebSocket(gatewayUrl);
      gateway.on('message', (data) => {
        client.send((data as Buffer).toString('utf8'));
      });
      gateway.on('close', () => {
        client.terminate();
      });
      client.on('message', (data) => {
        const text = (data as Buffer).toString('utf8');
        this.fromClients.push(parseObject(text) ?? {});
        gateway.send(text);
      });
      client.on('close', () => {
        gateway.terminate();
      });
    });
  }

  static async start(gatewayUrl: string): Promise<RecordingProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise<void>((resolve) => server.once('listening', resolve));
    onTestFinished(async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });
    return new RecordingProxy(server, gatewayUrl);
  }

  requests(method: string): readonly JsonObject[] {
    return this.fromClients.filter((frame) => frame.method === method);
  }
}
