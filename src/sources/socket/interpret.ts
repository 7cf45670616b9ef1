import type { Connection, Endpoint, SocketObservation } from '../../core/index.ts';
import type { TcpSocket } from './connection-table.ts';

/** Reads out of a process's TCP sockets how it stands with its endpoint. */
export function interpretSockets({
  sockets,
  endpoint,
  addresses,
}: {
  sockets: readonly TcpSocket[];
  endpoint: Endpoint | null;
  /** Of `endpoint.host`; `undefined`: not known, then the port alone decides. */
  addresses: ReadonlySet<string> | undefined;
}): Pick<SocketObservation, 'endpoint' | 'connections' | 'anyEstablished'> {
  const listening = new Set(sockets.filter((it) => it.state === 'listening').map((it) => it.localPort));
  // Whoever came in by a port that the process listens on was not dialled by it.
  const dialled = sockets.filter((it) => !listening.has(it.localPort));
  const anyEstablished = dialled.some((it) => it.state === 'established');
  if (endpoint === null) return { endpoint, connections: [], anyEstablished };

  const connections = dialled
    .filter((it) => it.remotePort === endpoint.port && (addresses?.has(it.remoteAddress) ?? true))
    .flatMap(({ id, state, unreadBytes }): Connection[] =>
      state === 'listening' ? [] : [{ id, state, unreadBytes }],
    );
  return { endpoint, connections, anyEstablished };
}
