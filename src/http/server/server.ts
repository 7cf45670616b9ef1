import { createServer, type Server, type Socket } from 'node:net';
import type { RefusalReason } from '../../ports/web-status.ts';
import { createApp } from '../routes/app.ts';
import { ConnectionGate } from './connection-gate.ts';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { LIMITS, type Limits } from './limits.ts';
import { bind } from './bind.ts';
import type { BoundAddress, ListenFailure, ListenTarget } from './listen-target.ts';
import { createProtocolServer, type ProtocolServer } from './protocol-server.ts';
import { Refusals } from './refusals.ts';
import { Authenticator } from '../security/authenticator.ts';
import { Guard } from '../security/guard.ts';
import type { HashChecker } from '../security/hash-checker.ts';
import { createProcessHashChecker } from '../security/process-hash-checker.ts';
import { NO_POLICY, type WebPolicy } from '../security/web-policy.ts';

/** How long `close` waits for answers that are under way. */
const CLOSE_GRACE_MS = 2000;
/** How long connections of a policy that was replaced may go on with what they had begun. */
const RETIRE_GRACE_MS = 10_000;

export interface HttpOptions {
  readonly targets: readonly ListenTarget[];
  /** Absent: plain HTTP for everybody. */
  readonly policy?: WebPolicy;
  /** Leave probes open to those without credentials. */
  readonly openProbes?: boolean;
  /** How many pages may be under way at once. */
  readonly maxRequests?: number;
  /** What a test wants to be shorter or fewer. */
  readonly limits?: Partial<Limits>;
  /** Absent: passwords are checked in a child process. */
  readonly checker?: HashChecker;
}

export interface HttpServer {
  /** One for each target, in their order. */
  readonly addresses: readonly BoundAddress[];
  /** Holds for every new connection; those that there are finish what they began. */
  apply(policy: WebPolicy): void;
  /** Clients that got no page, by reason, since it listens. */
  refusals(): ReadonlyMap<RefusalReason, number>;
  /**
   * Takes no more connections, lets answers under way finish, and cuts those off that take longer than `graceMs`.
   * May be called again; never rejects.
   */
  close(graceMs?: number): Promise<void>;
}

export type ListenResult =
  | { readonly ok: true; readonly server: HttpServer }
  | { readonly ok: false; readonly failure: ListenFailure };

/** Ways in: what is asked of a client depends on how it came. */
type Door =
  /** TCP: TLS and credentials as the policy says. */
  | 'network'
  /** A Unix socket that every user may open: credentials, and no TLS, since nobody listens in on it. */
  | 'local'
  /** A Unix socket whose file keeps others out: who can open it has shown who they are. */
  | 'private';

function doorOf(address: BoundAddress): Door {
  if (address.kind === 'tcp') return 'network';
  return address.isPrivate ? 'private' : 'local';
}

/**
 * Serves the routes on every target, or on none. That one cannot be had is an expected failure and comes back as a
 * value; anything else rejects.
 */
export async function serveHttp(dependencies: HttpDependencies, options: HttpOptions): Promise<ListenResult> {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const refusals = new Refusals();
  const gate = new ConnectionGate(limits);
  const app = createApp(dependencies);
  const authenticator = new Authenticator({
    checker: options.checker ?? createProcessHashChecker(),
    after: (ms, callback) => {
      setTimeout(callback, ms).unref();
    },
    nowMs: () => performance.now(),
    onError: (error) => dependencies.onError?.(error, 'checking a password'),
  });

  const open = (policy: WebPolicy): Readonly<Record<Door, ProtocolServer>> => {
    const guard = new Guard({
      policy,
      authenticator,
      openProbes: options.openProbes ?? false,
      maxRequests: options.maxRequests ?? Number.POSITIVE_INFINITY,
      limits,
      refusals,
      nowMs: () => performance.now(),
    });
    const door = (tls: WebPolicy['tls'], isPrivate: boolean): ProtocolServer =>
      createProtocolServer({ tls, onRequest: guard.protect(app, { isPrivate }), limits, refusals });
    return {
      network: door(policy.tls, false),
      local: door(undefined, false),
      private: door(undefined, true),
    };
  };
  let doors = open(options.policy ?? NO_POLICY);
  /** Of the policies before this one, until their last connection is closed. */
  const retired = new Set<ProtocolServer>();
  const retire = async (door: ProtocolServer, graceMs: number): Promise<void> => {
    retired.add(door);
    await door.retire(graceMs);
    retired.delete(door);
  };

  const fronts: Server[] = [];
  const addresses: BoundAddress[] = [];
  const close = async (graceMs: number): Promise<void> => {
    const closed = fronts.map(
      (front) =>
        new Promise<void>((resolve) => {
          front.close(() => {
            resolve();
          });
        }),
    );
    const served = [...Object.values(doors), ...retired].map((door) => retire(door, graceMs));
    await Promise.all([...closed, ...served]);
    authenticator.stop();
  };

  for (const target of options.targets) {
    // Half open, as Node's own HTTP servers: a client may end its side and still wait for the answer.
    const front = createServer({ allowHalfOpen: true, noDelay: true });
    const bound = await bind(front, target);
    if (!bound.ok) {
      await close(0);
      return bound;
    }
    const door = doorOf(bound.address);
    front.on('connection', (socket: Socket) => {
      if (gate.admit(socket)) {
        doors[door].take(socket);
        return;
      }
      refusals.count('connection_limit');
      socket.destroy();
    });
    front.on('error', (error) => dependencies.onError?.(error, 'server'));
    fronts.push(front);
    addresses.push(bound.address);
  }

  let closing: Promise<void> | undefined;
  return {
    ok: true,
    server: {
      addresses,
      apply(policy) {
        if (closing !== undefined) return;
        for (const door of Object.values(doors)) void retire(door, RETIRE_GRACE_MS);
        doors = open(policy);
      },
      refusals: () => refusals.counts(),
      close: (graceMs = CLOSE_GRACE_MS) => (closing ??= close(graceMs)),
    },
  };
}
