import type { Connection, Endpoint, SocketObservation } from '../../src/core/model/observation.ts';
import type { Instant } from '../../src/core/model/time.ts';

/** What one look at the sockets of a process says. */
export function aSocketLook(
  at: Instant,
  connections: readonly Connection[] = [],
  of: { readonly target?: string; readonly incarnation?: string; readonly endpoint?: Endpoint } = {},
): SocketObservation {
  const { target = 'local', incarnation = 'p', endpoint = { host: '127.0.0.1', port: 18_789 } } = of;
  return {
    source: 'socket',
    target,
    at,
    incarnation,
    endpoint,
    connections,
    anyEstablished: connections.some(({ state }) => state === 'established'),
  };
}
