import type { DeviceIdentity } from './device-identity.ts';
import type { UsableCredential } from './credential.ts';

/** What is needed to open one session. */
export interface SessionRequest {
  readonly url: string;
  readonly credential: UsableCredential;
  /** Without one a gateway on another machine lets us in, and shows us nothing. */
  readonly identity: DeviceIdentity | undefined;
  readonly scopes: readonly string[];
  /** SHA-256 of the certificate to expect; only with `wss`. */
  readonly tlsFingerprint?: string;
  /** A name is dialled over `ws` as well, whatever network it leads to: its owner says that it is his own. */
  readonly allowsPlainNames?: true;
  /** From the dial to the gateway's hello. */
  readonly connectDeadlineMs: number;
  onEvent(event: GatewayEvent): void;
  /** Called once when an opened session ends other than by `close()`. */
  onClosed(close: SessionClose): void;
}

/** An event of the gateway; nothing of its payload has been checked. */
export interface GatewayEvent {
  readonly name: string;
  readonly payload: unknown;
}

export interface SessionClose {
  readonly code: number;
  readonly reason: string;
}

/** The `error` of a gateway's response. */
export interface GatewayError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfterMs?: number;
}

/** How a try to open a session ended. */
export type ConnectOutcome =
  | { readonly kind: 'opened'; readonly hello: unknown }
  /** The gateway answered `connect` with an error. */
  | { readonly kind: 'rejected'; readonly error: GatewayError }
  /** Something answered the WebSocket upgrade with HTTP. */
  | { readonly kind: 'not-upgraded'; readonly httpStatus: number; readonly message: string }
  /** The socket closed before the hello, and nobody said why in words. */
  | { readonly kind: 'closed-early'; readonly code: number; readonly reason: string }
  | { readonly kind: 'deadline'; readonly deadlineMs: number }
  | { readonly kind: 'failed'; readonly error: Error }
  /** The client refuses to dial what it was told to. It will say the same each time. */
  | { readonly kind: 'unusable'; readonly message: string }
  /** `close()` was called meanwhile. */
  | { readonly kind: 'abandoned' };

/** How one request ended. */
export type RequestOutcome =
  | { readonly kind: 'ok'; readonly payload: unknown }
  | { readonly kind: 'rejected'; readonly error: GatewayError }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'closed' };

/**
 * One session with a gateway, used once: `connect()`, requests, `close()`. Nothing rejects and nothing hangs: every call
 * ends in one outcome. After `close()` has resolved no socket and no timer is left.
 */
export interface SessionClient {
  connect(): Promise<ConnectOutcome>;
  request(method: string, params: unknown, timeoutMs: number): Promise<RequestOutcome>;
  /** Resolves within about two seconds, also when the gateway is deaf. */
  close(): Promise<void>;
}

export type SessionClientFactory = (request: SessionRequest) => SessionClient;
