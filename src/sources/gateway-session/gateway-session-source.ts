import { elapsedMs, type Instant, present } from '../../core/index.ts';
import { systemAfter, type After } from '../../runtime/after.ts';
import { knownSecrets, type KnownSecrets } from '../known-secrets.ts';
import type { GatewaySourceOptions, Source } from '../source.ts';
import {
  createCredentialReader,
  type CredentialReader,
  type CredentialSources,
  type UsableCredential,
} from './credential.ts';
import { loadDeviceIdentity, type DeviceIdentity, type LoadedIdentity } from './device-identity.ts';
import { interpretInvoke, type InvokeOutcome } from './interpret-invoke.ts';
import { FIRST_DIAL, planRedial, type DialEnding, type RedialWait } from './redial-policy.ts';
import { ReferenceClient } from './reference-client.ts';
import type { SessionClientFactory } from './session-client.ts';
import { SessionNews } from './session-news.ts';
import { Session } from './session.ts';

/** While there is nothing to log in with, or what there is was refused: how often to see whether that changed. */
const CREDENTIAL_CHECK_MS = 5_000;
/** How often to say again that there is no credential. */
const NO_CREDENTIAL_REPORT_MS = 30_000;

export interface GatewaySessionOptions extends Omit<GatewaySourceOptions, 'ticker'> {
  readonly credentials: CredentialSources;
  /** Where our device identity is kept. */
  readonly identityDir: string;
  /** Ask for `operator.write`, which `invoke` needs. Without it the session can only read. */
  readonly wantProbe: boolean;
  readonly allowsPlainNames?: true;
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

/** Keeps one operator session with the gateway and tells what it hears there. */
export class GatewaySessionSource implements Source {
  readonly name = 'gateway-session';
  readonly #options: GatewaySessionOptions;
  readonly #after: After;
  readonly #secrets: KnownSecrets;
  readonly #readCredential: CredentialReader;
  #session: Session | undefined;
  #endPause: () => void = () => undefined;
  /** The gateway has answered HTTP since the dial began that failed. */
  #hasAnswered = false;
  #isWaitingForAnswer = false;
  #run: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: GatewaySessionOptions) {
    const { after = systemAfter, secrets = knownSecrets } = options;
    this.#options = options;
    this.#after = after;
    this.#secrets = secrets;
    this.#readCredential = options.credentialReader ?? createCredentialReader(options.credentials, secrets);
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
    this.#session?.stop();
    this.#endPause();
    await run.ended;
    if (this.#run === run) this.#run = undefined;
  }

  /** The gateway answers HTTP again: dial now, unless our credential was refused. */
  gatewayAnswers(): void {
    this.#hasAnswered = true;
    if (this.#isWaitingForAnswer) this.#endPause();
    this.#session?.gatewayAnswers();
  }

  /** Ask for `node.list` now. */
  pollNow(): void {
    this.#session?.pollNow();
  }

  /** Runs `command` on a node host by way of the gateway. Only while the session is open. Never rejects. */
  async invoke(nodeId: string, command: string, params: unknown, timeoutMs: number): Promise<InvokeOutcome> {
    return (
      this.#session?.invoke(nodeId, command, params, timeoutMs) ??
      interpretInvoke({ kind: 'closed' }, this.#secrets.scrub)
    );
  }

  /** The one loop: credential, dial, session, wait. Ends when `stop` is aborted. */
  async #runUntil(stop: AbortSignal): Promise<void> {
    const { clock, sink, gateway, identityDir } = this.#options;
    const { identity, warnings } = await (this.#options.loadIdentity?.() ?? loadDeviceIdentity(identityDir));
    for (const warning of warnings) this.#options.warn?.(warning);
    const isNobody = identity === undefined;
    const news = new SessionNews({ clock, sink, gateway, secrets: this.#secrets, isNobody });
    let state = FIRST_DIAL;
    while (!stop.aborted) {
      const credential = await this.#usableCredential(news, stop);
      if (credential === null) return;
      const startedAt = clock.now();
      this.#hasAnswered = false;
      const ending = await this.#dial(credential, identity, news);
      // What came of it once we were stopped is nobody's news.
      if (isStopped(stop)) return;
      const redial = planRedial(state, ending, credential.fingerprint);
      state = redial.state;
      // What HTTP said while the session was open is no news about the gateway that comes after it.
      if (ending.kind === 'session-ended') this.#hasAnswered = false;
      else news.dialFailed(ending, { credential, startedAt, retryInMs: redial.wait.ms });
      await this.#waitBefore(redial.wait, stop);
    }
  }

  /** The credential, once there is one; `null` when stopped before. */
  async #usableCredential(news: SessionNews, stop: AbortSignal): Promise<UsableCredential | null> {
    let toldAt: Instant | undefined;
    while (!stop.aborted) {
      const credential = await this.#readCredential();
      if (isStopped(stop)) break;
      if (credential.kind !== 'none') return credential;
      const now = this.#options.clock.now();
      if (toldAt === undefined || elapsedMs(toldAt, now) >= NO_CREDENTIAL_REPORT_MS) {
        toldAt = now;
        news.noCredential(credential);
      }
      await this.#pause(CREDENTIAL_CHECK_MS);
    }
    return null;
  }

  async #dial(
    credential: UsableCredential,
    identity: DeviceIdentity | undefined,
    news: SessionNews,
  ): Promise<DialEnding> {
    const { url, tlsFingerprint, allowsPlainNames, wantProbe, clock, clientFactory } = this.#options;
    const scopes = wantProbe ? ['operator.read', 'operator.write'] : ['operator.read'];
    this.#session = new Session({
      request: { url, credential, identity, scopes, ...present({ tlsFingerprint, allowsPlainNames }) },
      createClient: clientFactory ?? ((request) => new ReferenceClient(request)),
      news,
      secrets: this.#secrets,
      clock,
      after: this.#after,
    });
    try {
      return await this.#session.run();
    } finally {
      this.#session = undefined;
    }
  }

  /** Until the time has come, the gateway answers HTTP, or, after a refusal, the credential is another. */
  async #waitBefore(wait: RedialWait, stop: AbortSignal): Promise<void> {
    if (wait.kind !== 'auth') {
      this.#isWaitingForAnswer = true;
      if (!this.#hasAnswered) await this.#pause(wait.ms);
      this.#isWaitingForAnswer = false;
      return;
    }
    const { clock } = this.#options;
    const startedAt = clock.now();
    while (!stop.aborted) {
      const waitedMs = elapsedMs(startedAt, clock.now());
      if (waitedMs >= wait.ms) return;
      await this.#pause(Math.min(CREDENTIAL_CHECK_MS, wait.ms - waitedMs));
      if (elapsedMs(startedAt, clock.now()) < wait.atLeastMs) continue;
      const credential = await this.#readCredential();
      if (credential.kind === 'none' || credential.fingerprint !== wait.refused) return;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** A function, because the compiler takes a property for unchanged across an `await`. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
