import {
  type AuthReason,
  elapsedMs,
  type FailureReason,
  type GatewaySessionObservation,
  type Instant,
  type SourceErrorKind,
} from '../../core/index.ts';
import { boundedLine, MAX_MESSAGE_CHARS } from '../foreign-text.ts';
import type { KnownSecrets } from '../known-secrets.ts';
import type { LookError } from '../look-failure.ts';
import type { GatewaySourceOptions } from '../source.ts';
import type { Credential, UsableCredential } from './credential.ts';
import type { DialFailure } from './interpret-connect.ts';
import { interpretRoster } from './interpret-roster.ts';
import type { GatewayError, SessionClose } from './session-client.ts';

export interface SessionNewsOptions extends Pick<GatewaySourceOptions, 'clock' | 'sink' | 'gateway'> {
  readonly secrets: KnownSecrets;
  /** We have no device identity to show. */
  readonly isNobody: boolean;
}

/** What is told, without what is the same each time. */
type News = GatewaySessionObservation extends infer T
  ? T extends unknown
    ? Omit<T, 'source' | 'gateway' | 'at'>
    : never
  : never;

/** `AUTH_IDENTITY_HEADER_REQUIRED` has 29. */
const MAX_DETAIL_CODE_CHARS = 80;

/** Tells what becomes of a session: observations for the core, and a report of each look, with advice where it failed. */
export class SessionNews {
  readonly #options: SessionNewsOptions;

  constructor(options: SessionNewsOptions) {
    this.#options = options;
  }

  /** Of what there is only to observe. */
  tell(news: News): void {
    const { sink, gateway, clock } = this.#options;
    sink.observe({ source: 'gateway-session', gateway, at: clock.now(), ...news });
  }

  /** A look that began then has ended. */
  report(startedAt: Instant, error?: LookError): void {
    const { sink, gateway, clock } = this.#options;
    const at = clock.now();
    sink.report({
      source: 'gateway-session',
      gateway,
      at,
      durationMs: elapsedMs(startedAt, at),
      ...(error && { error: { ...error, message: error.message.slice(0, MAX_MESSAGE_CHARS * 2) } }),
    });
  }

  noCredential({ why }: Extract<Credential, { kind: 'none' }>): void {
    this.tell({ kind: 'no-credential' });
    this.report(this.#options.clock.now(), {
      kind: 'auth',
      message: `nothing to log in to the gateway with: ${why.join('; ')}. Set gateway.token_file or OPENCLAW_GATEWAY_TOKEN; operator.read is enough`,
    });
  }

  closed({ code, reason }: SessionClose): void {
    this.tell({ kind: 'closed', code, reason: this.#clean(reason) });
  }

  /** The answer to `node.list`. */
  roster(payload: unknown, startedAt: Instant): void {
    const roster = interpretRoster(payload, this.#options.secrets.scrubName);
    if (roster.kind === 'not-understood') {
      this.rosterFailed(startedAt, 'protocol', { kind: 'parse', message: roster.message });
      return;
    }
    const { gatewayTsMs, rows, dropped } = roster;
    const rttMs = elapsedMs(startedAt, this.#options.clock.now());
    this.tell({ kind: 'roster', gatewayTsMs, rows, rttMs });
    const message = `${dropped.count} of the rows of node.list were left out: ${dropped.complaints.join(', ')}`;
    this.report(startedAt, dropped.count === 0 ? undefined : { kind: 'parse', message });
  }

  rosterRejected(startedAt: Instant, error: GatewayError): void {
    this.rosterFailed(startedAt, 'other', { kind: 'protocol', message: this.#clean(error.message) });
  }

  /** We may not ask for it. */
  rosterForbidden(startedAt: Instant, error: GatewayError, { origin }: UsableCredential): void {
    const advice = this.#options.isNobody
      ? ADVICE_FOR_NOBODY
      : `The gateway let us in (${origin}) but grants no operator.read: on another machine than the gateway approve this device there with "openclaw devices approve"`;
    const message = `${this.#clean(error.message)}. ${advice}`;
    this.rosterFailed(startedAt, 'auth', { kind: 'auth', message });
  }

  rosterFailed(startedAt: Instant, reason: FailureReason, error: LookError): void {
    this.tell({ kind: 'roster-failed', reason, message: error.message });
    this.report(startedAt, error);
  }

  /** A dial came to nothing, and the next one comes in so many milliseconds. */
  dialFailed(
    failure: DialFailure,
    dial: { readonly credential: UsableCredential; readonly startedAt: Instant; readonly retryInMs: number },
  ): void {
    const { credential, startedAt, retryInMs } = dial;
    const message = this.#clean(failure.message);
    switch (failure.kind) {
      case 'refused': {
        const detailCode = this.#clean(failure.detailCode, MAX_DETAIL_CODE_CHARS);
        this.tell({ kind: 'refused', auth: failure.auth, detailCode, retryInMs });
        const advice = this.#adviceOn(failure.auth, credential);
        this.report(startedAt, { kind: 'auth', message: advice === '' ? message : `${message}. ${advice}` });
        return;
      }
      case 'starting':
        this.tell({ kind: 'failed', reason: 'closed', message });
        this.report(startedAt, { kind: 'refused', message });
        return;
      case 'failed':
        this.tell({ kind: 'failed', reason: failure.reason, message });
        this.report(startedAt, { kind: ERROR_KINDS[failure.reason], message });
        return;
      case 'unusable':
        // The gateway was not even asked: that is no word on it.
        this.tell({ kind: 'no-credential' });
        this.report(startedAt, { kind: 'unsupported', message });
        return;
      default:
        failure satisfies never;
    }
  }

  #adviceOn(auth: AuthReason, { kind, origin }: UsableCredential): string {
    if (this.#options.isNobody && ASKS_FOR_DEVICE.has(auth)) return ADVICE_FOR_NOBODY;
    switch (auth) {
      case 'pairing_required':
        return 'Approve this device on the gateway with "openclaw devices approve"';
      case 'rate_limited':
        return 'The gateway has locked this address out for a while; we wait';
      case 'protocol_mismatch':
        return '';
      default:
        return kind === 'not-needed'
          ? `${origin} says that it asks for no credential, but it does`
          : `The ${kind} came from ${origin}`;
    }
  }

  /** One line of bounded length without credentials. */
  #clean(message: string, maxChars = MAX_MESSAGE_CHARS): string {
    return boundedLine(message, maxChars, this.#options.secrets.scrub);
  }
}

const ADVICE_FOR_NOBODY =
  'A gateway on another machine shows node hosts only to a device that it knows, and this look has none: start the exporter here once, approve its device on the gateway with "openclaw devices approve", and look again';
/** What a gateway says to a client without a device identity, or with one that it does not know. */
const ASKS_FOR_DEVICE: ReadonlySet<AuthReason> = new Set(['pairing_required', 'device_identity_required']);

const ERROR_KINDS: Readonly<Record<FailureReason, SourceErrorKind>> = {
  refused: 'refused',
  timeout: 'timeout',
  protocol: 'protocol',
  auth: 'auth',
  pairing: 'auth',
  dns: 'not_found',
  tls: 'other',
  http_4xx: 'other',
  http_5xx: 'other',
  closed: 'other',
  other: 'other',
};
