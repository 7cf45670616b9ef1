import { believed, hold } from '../model/held.ts';
import { isSameEndpoint } from '../model/endpoint.ts';
import type { SocketObservation } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs } from '../model/time.ts';
import type { LocalFacts } from './local.ts';
import { isOpen, type SocketFacts, type TrackedConnection } from './sockets.ts';

/** A gateway that refuses says so at once, a slow one after some seconds. */
const HELD_MS = 5_000;

/** Where it dials was not known until now, or is somewhere else: a connection may have been there all along. */
function hadAnother({ look }: SocketFacts, { endpoint }: SocketObservation): boolean {
  const { endpoint: known, anyEstablished } = look.value;
  if (!anyEstablished || endpoint === null) return false;
  return known === null || !isSameEndpoint(known, endpoint);
}

/** What one look at the sockets adds. A look at another process than the current one says nothing. */
export function observeSocket(
  facts: LocalFacts,
  observation: SocketObservation,
  limits: Thresholds,
): LocalFacts {
  if (facts.incarnation !== observation.incarnation) return facts;
  const { at } = observation;
  const previous = facts.socket;
  const wasBlind = believed(previous?.look, at) === undefined;
  const isFirst = previous === undefined || hadAnother(previous, observation);

  const known = new Map(previous?.connections.map((connection) => [connection.id, connection]));
  const connections = observation.connections.map((connection): TrackedConnection => {
    const earlier = known.get(connection.id);
    const isOfGap = earlier === undefined ? previous !== undefined && wasBlind : earlier.isOfGap === true;
    const openSince = earlier?.openSince ?? (connection.state === 'established' ? at : undefined);
    return {
      id: connection.id,
      state: connection.state,
      unreadBytes: connection.unreadBytes,
      firstSeen: earlier?.firstSeen ?? at,
      isOlder: earlier?.isOlder ?? isFirst,
      ...(isOfGap && { isOfGap }),
      ...(openSince !== undefined && { openSince }),
    };
  });
  const hasDialled = connections.some((connection) => !known.has(connection.id) && !connection.isOlder);
  const hasUnread = connections.some((connection) => connection.unreadBytes > 0);
  const lastDial = hasDialled ? at : previous?.lastDial;
  const lastOpen = connections.some(isOpen) ? at : previous?.lastOpen;

  const socket: SocketFacts = {
    look: hold(observation, at, limits.socketValidMs),
    connections,
    hadConnection: (previous?.hadConnection ?? false) || connections.length > 0,
    ...(lastDial !== undefined && { lastDial }),
    ...(lastOpen !== undefined && { lastOpen }),
    ...(hasUnread && { unreadSince: (wasBlind ? undefined : previous?.unreadSince) ?? at }),
    ...(!observation.anyEstablished && {
      unconnectedSince: (wasBlind ? undefined : previous?.unconnectedSince) ?? at,
    }),
  };
  // Of a process that had long been there when we first looked, so had its connection.
  const isOld = facts.startedAt !== undefined && elapsedMs(facts.startedAt, at) >= limits.startingMs;
  const hasHeld = connections.some(
    ({ isOlder, openSince }) =>
      (isOlder && isOld) || (openSince !== undefined && elapsedMs(openSince, at) >= HELD_MS),
  );
  return {
    ...facts,
    calledSilent: hasDialled ? undefined : facts.calledSilent,
    socket,
    heldConnectionAt: hasHeld ? at : facts.heldConnectionAt,
  };
}
