import type { RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { systemAfter } from '../../runtime/after.ts';
import type { RefusalReason } from '../../ports/web-status.ts';
import { createApp } from '../routes/app.ts';
import { ConnectionGate } from './connection-gate.ts';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { LIMITS, type Limits } from './limits.ts';
import { bind } from './bind.ts';
import type { BoundAddress, ListenFailure, ListenPlace } from './listen-place.ts';
import { createProtocolServer, type ProtocolServer } from './protocol-server.ts';
import { Refusals } from './refusals.ts';
import { Authenticator } from '../security/authenticator.ts';
import { Guard } from '../security/guard.ts';
import { BCRYPT, type HashChecker } from '../security/hash-checker.ts';
import { policyInForce } from '../security/policy-in-force.ts';
import { NO_POLICY, type WebPolicy } from '../security/web-policy.ts';

/** How long `close` waits for answers that are under way. */
const CLOSE_GRACE_MS = 2000;

export interface HttpOptions {
  readonly places: readonly ListenPlace[];
  /** Absent: plain HTTP for everybody. */
  readonly policy?: WebPolicy;
  /** Leave probes open to those without credentials. */
  readonly openProbes?: boolean;
  /** How many pages may be under way at once. */
  readonly maxRequests?: number;
  /** What a test wants to be shorter or fewer. */
  readonly limits?: Partial<Limits>;
  /** Absent: bcrypt. */
  readonly checker?: HashChecker;
}

export interface HttpServer {
  /** One for each place, in their order. */
  readonly addresses: readonly BoundAddress[];
  /** Holds for every new connection, and what it says of clients for every request. Says what waits for a restart. */
  apply(policy: WebPolicy): readonly string[];
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

/**
 * Serves the routes in every place, or in none. That one cannot be had is an expected failure and comes back as a
 * value; anything else rejects.
 */
export async function serveHttp(dependencies: HttpDependencies, options: HttpOptions): Promise<ListenResult> {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const refusals = new Refusals();
  const gate = new ConnectionGate(limits, refusals);
  const app = createApp(dependencies);
  const authenticator = new Authenticator({
    checker: options.checker ?? BCRYPT,
    after: systemAfter,
    nowMs: () => performance.now(),
    onError: (error) => dependencies.onError?.(error, 'checking a password'),
  });

  let policy = options.policy ?? NO_POLICY;
  const guard = new Guard({
    policy,
    authenticator,
    openProbes: options.openProbes ?? false,
    maxRequests: options.maxRequests ?? Number.POSITIVE_INFINITY,
    limits,
    refusals,
    nowMs: () => performance.now(),
  });
  const fronts: Server[] = [];
  const servers: ProtocolServer[] = [];
  const addresses: BoundAddress[] = [];
  const close = async (graceMs: number): Promise<void> => {
    const closed = fronts.map((front) => new Promise((resolve) => front.close(resolve)));
    await Promise.all([...closed, ...servers.map((server) => server.close(graceMs))]);
    authenticator.stop();
  };
  const open = (front: Server, address: BoundAddress): void => {
    // Who can open a file that keeps others out has shown who they are.
    const answer = guard.protect(app, { isPrivate: address.kind === 'unix' && address.isPrivate });
    const onRequest: RequestListener = (request, response) => {
      gate.keep(request, response);
      answer(request, response);
    };
    // Nobody listens in on a Unix socket.
    const tls = address.kind === 'tcp' ? policy.tls : undefined;
    const server = createProtocolServer(tls, { onRequest, limits, refusals });
    front.on('connection', (socket: Socket) => {
      if (gate.admit(socket)) server.take(socket);
    });
    front.on('error', (error) => dependencies.onError?.(error, 'server'));
    fronts.push(front);
    servers.push(server);
    addresses.push(address);
  };

  for (const place of options.places) {
    // Half open, as Node's own HTTP servers: a client may end its side and still wait for the answer.
    const front = createServer({ allowHalfOpen: true, noDelay: true });
    const bound = await bind(front, place);
    if (!bound.ok) {
      await close(0);
      return bound;
    }
    open(front, bound.address);
  }

  let closing: Promise<void> | undefined;
  return {
    ok: true,
    server: {
      addresses,
      apply(wanted) {
        const next = policyInForce(policy, wanted);
        policy = next.policy;
        guard.apply(policy);
        if (policy.tls !== undefined) for (const server of servers) server.renew(policy.tls);
        return next.needsRestart;
      },
      refusals: () => refusals.counts(),
      close: (graceMs = CLOSE_GRACE_MS) => (closing ??= close(graceMs)),
    },
  };
}
