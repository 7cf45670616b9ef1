import { expect, it } from 'vitest';
import type { TcpSocket } from '../../../src/sources/socket/connection-table.ts';
import { interpretSockets } from '../../../src/sources/socket/interpret.ts';

const socket = (id: string, rest: Partial<TcpSocket> = {}): TcpSocket => ({
  id,
  state: 'established',
  localPort: 50_000,
  remoteAddress: '10.0.0.1',
  remotePort: 18_789,
  unreadBytes: 0,
  ...rest,
});
const endpoint = { host: 'gw', port: 18_789 };
const addresses = new Set(['10.0.0.1', '10.0.0.2']);

it('connections are those to one of the addresses and the port of the endpoint', () => {
  const sockets = [
    socket('a'),
    socket('b', { remoteAddress: '10.0.0.2', state: 'close-wait', unreadBytes: 37 }),
    socket('c', { remoteAddress: '10.0.0.3' }),
    socket('d', { remotePort: 443 }),
  ];
  expect(interpretSockets({ sockets, endpoint, addresses })).toEqual({
    endpoint,
    connections: [
      { id: 'a', state: 'established', unreadBytes: 0 },
      { id: 'b', state: 'close-wait', unreadBytes: 37 },
    ],
    anyEstablished: true,
  });
});

it('the port alone decides while the name is not resolved', () => {
  const sockets = [socket('c', { remoteAddress: '192.0.2.7' }), socket('d', { remotePort: 443 })];
  const { connections } = interpretSockets({ sockets, endpoint, addresses: undefined });
  expect(connections.map((it) => it.id)).toEqual(['c']);
});

it('without an endpoint there are no connections to it, but it is told whether there is any', () => {
  const seen = interpretSockets({ sockets: [socket('a')], endpoint: null, addresses: undefined });
  expect(seen).toEqual({ endpoint: null, connections: [], anyEstablished: true });
});

it('who came in by a port that the process listens on was not dialled', () => {
  const sockets = [
    socket('l', { state: 'listening', localPort: 8080, remotePort: 0, remoteAddress: '0.0.0.0' }),
    socket('i', { localPort: 8080 }),
  ];
  expect(interpretSockets({ sockets, endpoint, addresses })).toEqual({
    endpoint,
    connections: [],
    anyEstablished: false,
  });
});

it('a connection being opened is none that is established', () => {
  const seen = interpretSockets({ sockets: [socket('a', { state: 'opening' })], endpoint, addresses });
  expect(seen.connections).toEqual([{ id: 'a', state: 'opening', unreadBytes: 0 }]);
  expect(seen.anyEstablished).toBe(false);
});
