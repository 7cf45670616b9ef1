import {
  GatewayClient,
  GatewayClientRequestError,
  GatewayClientRequestTimeoutError,
} from '@openclaw/gateway-client';
import { present } from '../../core/index.ts';
import type {
  ConnectOutcome,
  GatewayError,
  RequestOutcome,
  SessionClient,
  SessionRequest,
} from './session-client.ts';

/** The oldest and newest wire protocol that we read: gateways of 2026.4 speak 3, of 2026.9 speak 4. */
const MIN_PROTOCOL = 3;
const MAX_PROTOCOL = 4;

/** The reference client ends a deaf socket 250 ms after it was told to stop; this only bounds our wait for that. */
const STOP_DEADLINE_MS = 1_500;

/**
 * A session by way of OpenClaw's own client. That client reconnects by itself and does not come back once it was
 * stopped; here each instance makes one try, and whoever wants another makes a new one.
 */
export class ReferenceClient implements SessionClient {
  readonly #request: SessionRequest;
  readonly #client: GatewayClient;
  readonly #connected = Promise.withResolvers<ConnectOutcome>();
  #phase: 'new' | 'connecting' | 'open' | 'ended' = 'new';
  #closing: Promise<void> | undefined;

  constructor(request: SessionRequest) {
    this.#request = request;
    const { credential, identity } = request;
    this.#client = new GatewayClient({
      url: request.url,
      ...(credential.kind === 'token' ? { token: credential.value.reveal() } : {}),
      ...(credential.kind === 'password' ? { password: credential.value.reveal() } : {}),
      clientName: 'gateway-client',
      clientDisplayName: 'openclaw-liveness-exporter',
      mode: 'backend',
      role: 'operator',
      scopes: [...request.scopes],
      minProtocol: MIN_PROTOCOL,
      maxProtocol: MAX_PROTOCOL,
      connectChallengeTimeoutMs: request.connectDeadlineMs,
      ...present({ tlsFingerprint: request.tlsFingerprint }),
      // Its own look at the process environment would be a second, hidden configuration.
      env: request.allowsPlainNames === true ? { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' } : {},
      // The key stays with the identity; the client hands `privateKeyPem` back to `signDevicePayload` and does nothing else with it.
      deviceIdentity:
        identity === undefined
          ? null
          : { deviceId: identity.deviceId, publicKeyPem: identity.publicKey, privateKeyPem: '' },
      // The device token that a hello may bring is not kept: shared credential and approved device are enough on any
      // machine, and a token of our own would go on working after the credential that the node hosts use was rotated.
      hostDeps: {
        ...(identity !== undefined && {
          signDevicePayload: (_privateKeyPem: string, payload: string) => identity.sign(payload),
        }),
        publicKeyRawBase64UrlFromPem: (publicKey) => publicKey,
      },
      // Otherwise the tries that meet a starting gateway end without a word.
      notifyOnStartupRetry: true,
      onHelloOk: (hello) => {
        if (this.#phase !== 'connecting') return;
        this.#phase = 'open';
        this.#connected.resolve({ kind: 'opened', hello });
      },
      onConnectError: (error) => {
        this.#fail(failureOf(error));
      },
      onClose: (code, reason, info) => {
        if (this.#phase === 'open') {
          this.#phase = 'ended';
          void this.close();
          request.onClosed({ code, reason });
          return;
        }
        this.#fail(
          info?.connectError === undefined
            ? { kind: 'closed-early', code, reason }
            : failureOf(info.connectError),
        );
      },
      onEvent: (event) => {
        if (this.#phase === 'open') request.onEvent({ name: event.event, payload: event.payload });
      },
    });
  }

  async connect(): Promise<ConnectOutcome> {
    if (this.#phase !== 'new') return { kind: 'abandoned' };
    this.#phase = 'connecting';
    const { connectDeadlineMs: deadlineMs } = this.#request;
    const deadline = setTimeout(() => {
      this.#fail({ kind: 'deadline', deadlineMs });
    }, deadlineMs).unref();
    try {
      this.#client.start();
    } catch (error: unknown) {
      this.#fail(failureOf(error));
    }
    const outcome = await this.#connected.promise;
    clearTimeout(deadline);
    return outcome;
  }

  async request(method: string, params: unknown, timeoutMs: number): Promise<RequestOutcome> {
    if (this.#phase !== 'open') return { kind: 'closed' };
    try {
      return { kind: 'ok', payload: await this.#client.request<unknown>(method, params, { timeoutMs }) };
    } catch (error: unknown) {
      if (error instanceof GatewayClientRequestTimeoutError) return { kind: 'timeout' };
      if (error instanceof GatewayClientRequestError)
        return { kind: 'rejected', error: gatewayErrorOf(error) };
      return { kind: 'closed' };
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    this.#phase = 'ended';
    this.#connected.resolve({ kind: 'abandoned' });
    try {
      await this.#client.stopAndWait({ timeoutMs: STOP_DEADLINE_MS });
    } catch {
      // It says that the socket took longer; by then it has been destroyed.
    }
  }

  #fail(outcome: ConnectOutcome): void {
    if (this.#phase !== 'connecting') return;
    this.#connected.resolve(outcome);
    void this.close();
  }
}

function failureOf(error: unknown): ConnectOutcome {
  if (error instanceof GatewayClientRequestError) {
    const httpStatus = upgradeStatusOf(error.details);
    return httpStatus === undefined
      ? { kind: 'rejected', error: gatewayErrorOf(error) }
      : { kind: 'not-upgraded', httpStatus, message: error.message };
  }
  if (!(error instanceof Error)) return { kind: 'failed', error: new Error(String(error)) };
  const closed = /^gateway closed \((\d+)\): ?(.*)$/s.exec(error.message);
  if (closed !== null) return { kind: 'closed-early', code: Number(closed[1]), reason: closed[2] ?? '' };
  if (error.message.startsWith('SECURITY ERROR: ')) {
    return {
      kind: 'unusable',
      message: `${firstSentences(error.message)} Use wss://, an SSH tunnel or Tailscale.`,
    };
  }
  if (/^gateway tls fingerprint (requires|must)/.test(error.message) || error instanceof SyntaxError) {
    return { kind: 'unusable', message: error.message };
  }
  return { kind: 'failed', error };
}

/** The client's text goes on with advice for OpenClaw's own command line, which does not help here. */
function firstSentences(message: string): string {
  return (
    message.slice('SECURITY ERROR: '.length).split(/(?<=\.)\s+(?=Use wss|Safe defaults|Break-glass)/)[0] ??
    message
  );
}

function gatewayErrorOf(error: GatewayClientRequestError): GatewayError {
  return {
    code: error.gatewayCode,
    message: error.message,
    ...present({ details: error.details, retryAfterMs: error.retryAfterMs }),
  };
}

function upgradeStatusOf(details: unknown): number | undefined {
  if (typeof details !== 'object' || details === null) return undefined;
  if (!('reason' in details) || details.reason !== 'websocket-upgrade-rejected') return undefined;
  return 'httpStatus' in details && typeof details.httpStatus === 'number' ? details.httpStatus : 0;
}
