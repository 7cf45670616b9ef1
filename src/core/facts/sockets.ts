import { believed, type Held } from '../model/held.ts';
import type { ConnectionState, SocketObservation } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';

/** A connection with what only repeated looks can tell. */
export interface TrackedConnection {
  readonly id: string;
  readonly state: ConnectionState;
  readonly unreadBytes: number;
  readonly firstSeen: Instant;
  /** When it was first seen to be open; a dial into a lost network takes a minute and more. */
  readonly openSince?: Instant;
  /** It was there when we first looked at the process: it is older than `firstSeen` tells. */
  readonly isOlder: boolean;
  /** It opened while nobody looked: how old it is cannot be told. */
  readonly isOfGap?: true;
}

/** What the last looks at the process's sockets add up to. */
export interface SocketFacts {
  readonly look: Held<SocketObservation>;
  readonly connections: readonly TrackedConnection[];
  /** This process had a connection to its endpoint under our eyes: we know where to look. */
  readonly hadConnection: boolean;
  /** Last time a new connection appeared: it dialled. */
  readonly lastDial?: Instant;
  /** Last look that still found an open connection, or one on its way. */
  readonly lastOpen?: Instant;
  readonly unreadSince?: Instant;
  /** Since when the process has had no established connection to anywhere. */
  readonly unconnectedSince?: Instant;
}

/** A connection may be seen this much later than it opened; no session begins before its connection. */
export const LOOK_LATE_MS = 2_500;

/** No node host gets to its first dial sooner after its start. */
export const FIRST_DIAL_MS = 1_000;

/** Whether a connection stands or is being made. */
export function isOpen({ state }: { readonly state: ConnectionState }): boolean {
  return state === 'established' || state === 'opening';
}

/** The last look at the sockets, while it can be believed and is about the current process. */
export function freshSocket(
  {
    socket,
    incarnation,
  }: { readonly socket: SocketFacts | undefined; readonly incarnation: string | undefined },
  now: Instant,
): SocketObservation | undefined {
  const look = believed(socket?.look, now)?.value;
  return look?.incarnation === incarnation ? look : undefined;
}

/**
 * How long a connection has to stand from `since` on until its age tells that it was accepted. A dial into a lost network
 * goes on when TCP sends it again, as late as it could not before, unless the node host gave it up.
 */
export function tellingAgeMs(
  {
    opened,
    since,
    isGivenUp,
  }: { readonly opened: Instant; readonly since: Instant; readonly isGivenUp: boolean },
  { socketAttachedMs, resendMaxMs }: Thresholds,
): number {
  return socketAttachedMs + (isGivenUp ? 0 : Math.min(elapsedMs(opened, since), resendMaxMs));
}
