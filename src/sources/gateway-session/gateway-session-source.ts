import { randomUUID } from 'node:crypto';
import {
  type AuthReason,
  elapsedMs,
  type FailureReason,
  type GatewaySessionObservation,
  type Instant,
  type SourceErrorKind,
  type SourceReport,
} from '../../core/index.ts';
import { systemAfter, type After } from '../../runtime/after.ts';
import { present } from '../../runtime/present.ts';
import { boundedLine, MAX_MESSAGE_CHARS } from '../foreign-text.ts';
import { knownSecrets, type KnownSecrets } from '../known-secrets.ts';
import type { GatewaySourceOptions, Source } from '../source.ts';
import { CoalescingPoll } from './coalescing-poll.ts';
import {
  createCredentialReader,
  type Credential,
  type CredentialReader,
  type CredentialSources,
  type UsableCredential,
} from './credential.ts';
import { loadDeviceIdentity, type DeviceIdentity, type LoadedIdentity } from './device-identity.ts';
import { interpretConnectFailure, type DialFailure } from './interpret-connect.ts';
import { interpretHello, type Hello } from './interpret-hello.ts';
import { interpretInvoke, type InvokeOutcome } from './interpret-invoke.ts';
import { changesRoster, hostStatsNodeId, interpretRoster } from './interpret-roster.ts';
import { FIRST_DIAL, planRedial, type DialEnding, type RedialWait } from './redial-policy.ts';
import { ReferenceClient } from './reference-client.ts';
import type {
  GatewayError,
  GatewayEvent,
  SessionClient,
  SessionClientFactory,
  SessionClose,
} from './session-client.ts';

export const GATEWAY_SESSION_DEFAULTS = {
  /** Between two `node.list` that no event asked for. Three of these are how long a row is believed. */
  rosterIntervalMs: 5_000,
  /** Between two `node.list`, however many events ask; a gateway answers in a few milliseconds. */
  rosterMinGapMs: 250,
  /** From the dial to the hello: what OpenClaw 2026.4 gives its own clients. One busy starting up was seen to take seconds. */
  connectDeadlineMs: 10_000,
  /** For one request. */
  requestDeadlineMs: 5_000,
  /** While there is nothing to log in with, or what there is was refused: how often to see whether that changed. */
  credentialCheckMs: 5_000,
  /** How often to say again that there is no credential. */
  noCredentialReportMs: 30_000,
  /**
   * A dial under way for longer is given up when the gateway answers HTTP again: a packet lost during the outage is sent
   * again only seconds later; a new connection is not so patient.
   */
  staleDialMs: 3_000,
  /** Between two `node.list` while we may not ask. 2026.9 hangs up on clients that keep asking for what they may not have. */
  forbiddenRosterMs: 60_000,
};
type GatewaySessionSettings = Readonly<typeof GATEWAY_SESSION_DEFAULTS>;

/** Two in a row: the socket is there and nobody behind it. */
const MAX_ROSTER_TIMEOUTS = 2;
/** OpenClaw's own code for "I hang up because you went silent". */
const WENT_SILENT = 4000;
const CLOSED_WITHOUT_A_WORD = 1006;
/** The gateway reports a silent node host within the deadline it was given; this is for the way back. */
const INVOKE_GRACE_MS = 2_000;
/** `AUTH_IDENTITY_HEADER_REQUIRED` has 29. */
const MAX_DETAIL_CODE_CHARS = 80;

export interface GatewaySessionOptions extends Omit<GatewaySourceOptions, 'ticker'> {
  readonly credentials: CredentialSources;
  /** Where our device identity is kept. */
  readonly identityDir: string;
  /** Ask for `operator.write`, which `invoke` needs. Without it the session can only read. */
  readonly wantProbe: boolean;
  readonly settings?: Partial<GatewaySessionSettings>;
  /** Things a person should know once, such as a tightened file mode. */
  warn?(message: string): void;
  /** Ports; the defaults are the real ones. */
  readonly after?: After;
  readonly clientFactory?: SessionClientFactory;
  readonly credentialReader?: CredentialReader;
  readonly loadIdentity?: () => Promise<LoadedIdentity>;
  /** What is kept of no text of the gateway; of this process unless told otherwise. */
  readonly secrets?: KnownSecrets;
}

type Event = GatewaySessionObservation extends infer T
  ? T extends unknown
    ? Omit<T, 'source' | 'gateway' | 'at'>
    : never
  : never;
type ReportError = NonNullable<SourceReport['error']>;

/** Who ended an open session. Our own orderly stop is nobody's news. */
type SessionEnd = { readonly by: 'gateway' | 'us'; readonly close: SessionClose } | { readonly by: 'stop' };

interface Dialing {
  readonly kind: 'dialing';
  readonly client: SessionClient;
  readonly since: Instant;
}

interface Open {
  readonly kind: 'open';
  readonly client: SessionClient;
  readonly credential: UsableCredential;
  readonly poll: CoalescingPoll;
  end(end: SessionEnd): void;
}

interface Pausing {
  readonly kind: 'pausing';
  readonly endsWhenGatewayAnswers: boolean;
  end(): void;
}

/** What the run loop is doing, for those who call in from outside. */
type Activity = { readonly kind: 'none' } | Dialing | Open | Pausing;

/** Keeps one operator session with the gateway and tells what it hears there. */
export class GatewaySessionSource implements Source {
  readonly name = 'gateway-session';
  readonly #options: GatewaySessionOptions;
  readonly #settings: GatewaySessionSettings;
  readonly #after: After;
  readonly #createClient: SessionClientFactory;
  readonly #credentials: CredentialReader;
  readonly #secrets: KnownSecrets;
  #activity: Activity = { kind: 'none' };
  #gatewayAnswers = 0;
  /** We have no device identity to show. */
  #isNobody = false;
  #run: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: GatewaySessionOptions) {
    this.#options = options;
    this.#settings = { ...GATEWAY_SESSION_DEFAULTS, ...options.settings };
    this.#after = options.after ?? systemAfter;
    this.#createClient = options.clientFactory ?? ((request) => new ReferenceClient(request));
    this.#secrets = options.secrets ?? knownSecrets;
    this.#credentials =
      options.credentialReader ?? createCredentialReader(options.credentials, this.#secrets);
  }

  start(): void {
    if (this.#run !== undefined) return;
    const abort = new AbortController();
    this.#run = { abort, ended: this.#runUntil(abort.signal) };
  }

  async stop(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    run.abort.abort();
    const activity = this.#activity;
    if (activity.kind === 'dialing') void activity.client.close();
    else if (activity.kind === 'open') activity.end({ by: 'stop' });
    else if (activity.kind === 'pausing') activity.end();
    await run.ended;
    if (this.#run === run) this.#run = undefined;
  }

  /** The gateway answers HTTP again: dial now, unless our credential was refused. */
  gatewayAnswers(): void {
    this.#gatewayAnswers += 1;
    const activity = this.#activity;
    if (activity.kind === 'pausing' && activity.endsWhenGatewayAnswers) activity.end();
    if (activity.kind === 'dialing' && elapsedMs(activity.since, this.#now()) >= this.#settings.staleDialMs) {
      void activity.client.close();
    }
  }

  /** Ask for `node.list` now. */
  pollNow(): void {
    if (this.#activity.kind === 'open') this.#activity.poll.poke();
  }

  /** Runs `command` on a node host by way of the gateway. Only while the session is open. Never rejects. */
  async invoke(nodeId: string, command: string, params: unknown, timeoutMs: number): Promise<InvokeOutcome> {
    if (this.#activity.kind !== 'open') return interpretInvoke({ kind: 'closed' }, this.#secrets.scrub);
    const request = { nodeId, command, params, timeoutMs, idempotencyKey: randomUUID() };
    return interpretInvoke(
      await this.#activity.client.request('node.invoke', request, timeoutMs + INVOKE_GRACE_MS),
      this.#secrets.scrub,
    );
  }

  /** The one loop: credential, dial, session, wait. Ends when `stop` is aborted. */
  async #runUntil(stop: AbortSignal): Promise<void> {
    const { identity, warnings } = await (this.#options.loadIdentity?.() ??
      loadDeviceIdentity(this.#options.identityDir));
    for (const warning of warnings) this.#options.warn?.(warning);
    this.#isNobody = identity === undefined;
    let state = FIRST_DIAL;
    while (!stop.aborted) {
      const credential = await this.#usableCredential(stop);
      if (credential === null) return;
      const answersAtDial = this.#gatewayAnswers;
      const { ending, tell } = await this.#trySession(credential, identity, stop);
      if (isStopped(stop)) return;
      // What HTTP said while the session was open is no news about the gateway that comes after it.
      const answersBefore = ending.kind === 'session-ended' ? this.#gatewayAnswers : answersAtDial;
      const redial = planRedial(state, ending);
      state = redial.state;
      tell(redial.wait);
      if (redial.wait.kind === 'auth') await this.#waitForCredential(redial.wait, stop);
      else await this.#pause(redial.wait.ms, { stop, answersBefore });
    }
  }

  /** The credential, once there is one; `null` when stopped before. */
  async #usableCredential(stop: AbortSignal): Promise<UsableCredential | null> {
    let toldAt: Instant | undefined;
    let credential = await this.#credentials.read();
    while (!stop.aborted) {
      if (credential.kind === 'token' || credential.kind === 'password')
        this.#secrets.learn(credential.value);
      if (credential.kind !== 'none') return credential;
      const now = this.#now();
      if (toldAt === undefined || elapsedMs(toldAt, now) >= this.#settings.noCredentialReportMs) {
        toldAt = now;
        this.#tellNoCredential(credential);
      }
      await this.#pause(this.#settings.credentialCheckMs, { stop });
      credential = await this.#credentials.readIfChanged();
    }
    return null;
  }

  #tellNoCredential(credential: Extract<Credential, { kind: 'none' }>): void {
    this.#emit({ kind: 'no-credential' });
    this.#report(this.#now(), {
      kind: 'auth',
      message: `nothing to log in to the gateway with: ${credential.why.join('; ')}. Set gateway.token_file or OPENCLAW_GATEWAY_TOKEN; operator.read is enough`,
    });
  }

  /** One dial and, when it opens, the session until it ends. `tell` says how a dial failed, once the wait is known. */
  async #trySession(
    credential: UsableCredential,
    identity: DeviceIdentity | undefined,
    stop: AbortSignal,
  ): Promise<{ ending: DialEnding; tell: (wait: RedialWait) => void }> {
    const startedAt = this.#now();
    const ended = Promise.withResolvers<SessionEnd>();
    const { tlsFingerprint } = this.#options;
    const client = this.#createClient({
      url: this.#options.url,
      credential,
      identity,
      scopes: this.#options.wantProbe ? ['operator.read', 'operator.write'] : ['operator.read'],
      connectDeadlineMs: this.#settings.connectDeadlineMs,
      ...present({ tlsFingerprint }),
      onEvent: (event) => {
        this.#hear(event);
      },
      onClosed: (close) => {
        ended.resolve({ by: 'gateway', close });
      },
    });
    this.#activity = { kind: 'dialing', client, since: startedAt };
    try {
      const outcome = await client.connect();
      if (stop.aborted) return { ending: { kind: 'failed' }, tell: () => undefined };
      const hello = outcome.kind === 'opened' ? interpretHello(outcome.hello, this.#secrets.scrubName) : null;
      if (hello !== null) {
        const ending = await this.#holdSession({ client, credential, hello, startedAt, ended });
        return { ending, tell: () => undefined };
      }
      const failure: DialFailure =
        outcome.kind === 'opened'
          ? { kind: 'failed', reason: 'protocol', message: 'the hello of the gateway was not understood' }
          : interpretConnectFailure(outcome);
      return {
        ending: endingOf(failure, credential),
        tell: (wait) => {
          this.#tellFailure({ failure, wait, credential, startedAt });
        },
      };
    } finally {
      this.#activity = { kind: 'none' };
      await client.close();
    }
  }

  async #holdSession(session: {
    readonly client: SessionClient;
    readonly credential: UsableCredential;
    readonly hello: Hello;
    readonly startedAt: Instant;
    readonly ended: PromiseWithResolvers<SessionEnd>;
  }): Promise<DialEnding> {
    const { client, credential, hello, startedAt, ended } = session;
    const openedAt = this.#now();
    this.#emit({ kind: 'opened', ...hello, connectMs: elapsedMs(startedAt, openedAt) });
    this.#report(startedAt);
    const look = this.#rosterLook(client, credential, ended.resolve);
    const poll = new CoalescingPoll({
      after: this.#after,
      intervalMs: this.#settings.rosterIntervalMs,
      minGapMs: this.#settings.rosterMinGapMs,
      look,
    });
    this.#activity = { kind: 'open', client, credential, poll, end: ended.resolve };
    poll.start();
    const end = await ended.promise;
    const lastedMs = elapsedMs(openedAt, this.#now());
    this.#activity = { kind: 'none' };
    if (end.by !== 'stop') {
      this.#emit({ kind: 'closed', code: end.close.code, reason: this.#clean(end.close.reason) });
    }
    const pollStopped = poll.stop();
    await client.close();
    await pollStopped;
    return { kind: 'session-ended', lastedMs };
  }

  /** A `node.list` that ends the session when it went unanswered too often. */
  #rosterLook(
    client: SessionClient,
    credential: UsableCredential,
    end: (end: SessionEnd) => void,
  ): () => Promise<void> {
    let timeouts = 0;
    let forbiddenAt: Instant | undefined;
    return async () => {
      const startedAt = this.#now();
      if (forbiddenAt !== undefined && elapsedMs(forbiddenAt, startedAt) < this.#settings.forbiddenRosterMs)
        return;
      const outcome = await client.request('node.list', {}, this.#settings.requestDeadlineMs);
      if (this.#activity.kind !== 'open' || this.#activity.client !== client) return;
      switch (outcome.kind) {
        case 'ok':
          timeouts = 0;
          forbiddenAt = undefined;
          this.#tellRoster(outcome.payload, startedAt);
          return;
        case 'timeout': {
          timeouts += 1;
          const message = `node.list was not answered within ${this.#settings.requestDeadlineMs} ms`;
          this.#tellRosterFailure({ startedAt, reason: 'timeout', kind: 'timeout', message });
          if (timeouts < MAX_ROSTER_TIMEOUTS) return;
          end({
            by: 'us',
            close: { code: WENT_SILENT, reason: `node.list went unanswered ${timeouts} times in a row` },
          });
          return;
        }
        case 'rejected': {
          timeouts = 0;
          const forbidden = isMissingScope(outcome.error);
          if (forbidden) forbiddenAt = startedAt;
          const message = this.#clean(outcome.error.message);
          this.#tellRosterFailure({
            startedAt,
            reason: forbidden ? 'auth' : 'other',
            kind: forbidden ? 'auth' : 'protocol',
            message: forbidden
              ? `${message}. ${this.#isNobody ? ADVICE_FOR_NOBODY : missingScopeAdvice(credential)}`
              : message,
          });
          return;
        }
        case 'closed':
          // How it ended has been said by now; this is for a client that has lost its session without a word.
          end({ by: 'us', close: { code: CLOSED_WITHOUT_A_WORD, reason: 'the session is gone' } });
          return;
        default:
          outcome satisfies never;
      }
    };
  }

  #tellRoster(payload: unknown, startedAt: Instant): void {
    const roster = interpretRoster(payload, this.#secrets.scrubName);
    if (roster.kind === 'not-understood') {
      this.#tellRosterFailure({ startedAt, reason: 'protocol', kind: 'parse', message: roster.message });
      return;
    }
    const { gatewayTsMs, rows, dropped } = roster;
    this.#emit({ kind: 'roster', gatewayTsMs, rows, rttMs: elapsedMs(startedAt, this.#now()) });
    const message = `${dropped.count} of the rows of node.list were left out: ${dropped.complaints.join(', ')}`;
    this.#report(startedAt, dropped.count === 0 ? undefined : { kind: 'parse', message });
  }

  #tellRosterFailure(failure: {
    readonly startedAt: Instant;
    readonly reason: FailureReason;
    readonly kind: SourceErrorKind;
    readonly message: string;
  }): void {
    const { startedAt, reason, kind, message } = failure;
    this.#emit({ kind: 'roster-failed', reason, message });
    this.#report(startedAt, { kind, message });
  }

  #tellFailure(failed: {
    readonly failure: DialFailure;
    readonly wait: RedialWait;
    readonly credential: UsableCredential;
    readonly startedAt: Instant;
  }): void {
    const { failure, wait, credential, startedAt } = failed;
    const message = this.#clean(failure.message);
    switch (failure.kind) {
      case 'refused': {
        this.#emit({
          kind: 'refused',
          auth: failure.auth,
          detailCode: this.#clean(failure.detailCode, MAX_DETAIL_CODE_CHARS),
          retryInMs: wait.ms,
        });
        const advice =
          this.#isNobody && ASKS_FOR_DEVICE.has(failure.auth)
            ? ADVICE_FOR_NOBODY
            : refusalAdvice(failure, credential);
        this.#report(startedAt, { kind: 'auth', message: advice === '' ? message : `${message}. ${advice}` });
        return;
      }
      case 'starting':
        this.#emit({ kind: 'failed', reason: 'closed', message });
        this.#report(startedAt, { kind: 'refused', message });
        return;
      case 'failed':
        this.#emit({ kind: 'failed', reason: failure.reason, message });
        this.#report(startedAt, { kind: errorKindOf(failure.reason), message });
        return;
      case 'unusable':
        // The gateway was not even asked: that is no word on it.
        this.#emit({ kind: 'no-credential' });
        this.#report(startedAt, { kind: 'unsupported', message });
        return;
      default:
        failure satisfies never;
    }
  }

  #hear(event: GatewayEvent): void {
    if (this.#activity.kind !== 'open') return;
    if (event.name === 'node.hostStats') {
      const nodeId = hostStatsNodeId(event.payload);
      if (nodeId !== null) this.#emit({ kind: 'host-stats', nodeId });
    } else if (changesRoster(event.name)) {
      this.#activity.poll.poke();
    }
  }

  /** Until the time has come, or the credential is another. */
  async #waitForCredential(wait: Extract<RedialWait, { kind: 'auth' }>, stop: AbortSignal): Promise<void> {
    const startedAt = this.#now();
    while (!stop.aborted) {
      const waitedMs = elapsedMs(startedAt, this.#now());
      if (waitedMs >= wait.ms) return;
      await this.#pause(Math.min(this.#settings.credentialCheckMs, wait.ms - waitedMs), { stop });
      if (elapsedMs(startedAt, this.#now()) < wait.atLeastMs) continue;
      const credential = await this.#credentials.readIfChanged();
      if (credential.kind === 'none' || credential.fingerprint !== wait.refused) return;
    }
  }

  /** Ends after `ms`, at the stop, and, when `answersBefore` is given, once the gateway has answered HTTP since then. */
  #pause(
    ms: number,
    { stop, answersBefore }: { readonly stop: AbortSignal; readonly answersBefore?: number },
  ): Promise<void> {
    const endsWhenGatewayAnswers = answersBefore !== undefined;
    if (stop.aborted || (endsWhenGatewayAnswers && this.#gatewayAnswers !== answersBefore))
      return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#activity = { kind: 'none' };
        resolve();
      };
      const cancel = this.#after(ms, end);
      this.#activity = { kind: 'pausing', endsWhenGatewayAnswers, end };
    });
  }

  /** One line of bounded length without credentials. */
  #clean(message: string, maxChars = MAX_MESSAGE_CHARS): string {
    return boundedLine(message, maxChars, this.#secrets.scrub);
  }

  #now(): Instant {
    return this.#options.clock.now();
  }

  #emit(event: Event): void {
    const { sink, gateway } = this.#options;
    sink.observe({ source: this.name, gateway, at: this.#now(), ...event });
  }

  #report(startedAt: Instant, error?: ReportError): void {
    const at = this.#now();
    this.#options.sink.report({
      source: this.name,
      gateway: this.#options.gateway,
      at,
      durationMs: elapsedMs(startedAt, at),
      ...(error === undefined
        ? {}
        : { error: { ...error, message: error.message.slice(0, MAX_MESSAGE_CHARS * 2) } }),
    });
  }
}

/** A function, because the compiler takes a property for unchanged across an `await`. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}

function endingOf(failure: DialFailure, credential: UsableCredential): DialEnding {
  switch (failure.kind) {
    case 'refused': {
      const { auth, retryAfterMs } = failure;
      const { fingerprint } = credential;
      return {
        kind: 'refused',
        fingerprint,
        rateLimited: auth === 'rate_limited',
        ...present({ retryAfterMs }),
      };
    }
    case 'starting':
      return { kind: 'starting', ...present({ retryAfterMs: failure.retryAfterMs }) };
    case 'failed':
    case 'unusable':
      return { kind: 'failed' };
    default:
      return failure satisfies never;
  }
}

function errorKindOf(reason: FailureReason): SourceErrorKind {
  switch (reason) {
    case 'refused':
    case 'timeout':
    case 'protocol':
    case 'auth':
      return reason;
    case 'pairing':
      return 'auth';
    case 'dns':
      return 'not_found';
    case 'tls':
    case 'http_4xx':
    case 'http_5xx':
    case 'closed':
    case 'other':
      return 'other';
    default:
      return reason satisfies never;
  }
}

/** 2026.9 has a code for it, 2026.4 only the words. */
function isMissingScope(error: GatewayError): boolean {
  return error.message.startsWith('missing scope') || error.code === 'FORBIDDEN';
}

const ADVICE_FOR_NOBODY =
  'A gateway on another machine shows node hosts only to a device that it knows, and this look has none: start the exporter here once, approve its device on the gateway with "openclaw devices approve", and look again';
/** What a gateway says to a client without a device identity, or with one that it does not know. */
const ASKS_FOR_DEVICE: ReadonlySet<AuthReason> = new Set(['pairing_required', 'device_identity_required']);

function missingScopeAdvice(credential: UsableCredential): string {
  return `The gateway let us in (${credential.origin}) but grants no operator.read: on another machine than the gateway approve this device there with "openclaw devices approve"`;
}

function refusalAdvice(
  failure: Extract<DialFailure, { kind: 'refused' }>,
  credential: UsableCredential,
): string {
  switch (failure.auth) {
    case 'pairing_required':
      return 'Approve this device on the gateway with "openclaw devices approve"';
    case 'rate_limited':
      return 'The gateway has locked this address out for a while; we wait';
    case 'protocol_mismatch':
      return '';
    default:
      return credential.kind === 'not-needed'
        ? `${credential.origin} says that it asks for no credential, but it does`
        : `The ${credential.kind} came from ${credential.origin}`;
  }
}
