import type { Config } from '../config/config.ts';
import { secretVariable } from '../config/load.ts';
import { type DirectiveOf, type Endpoint, isLoopback, present, type TargetId } from '../core/index.ts';
import { GatewayHttpSource } from '../sources/gateway-http/gateway-http-source.ts';
import { GatewaySessionSource } from '../sources/gateway-session/gateway-session-source.ts';
import { GatewayWsSource } from '../sources/gateway-ws/gateway-ws-source.ts';
import type { CredentialSources } from '../sources/gateway-session/credential.ts';
import { borrowDeviceIdentity } from '../sources/gateway-session/device-identity.ts';
import { ProbeSource, type ProbeSettings } from '../sources/probe/probe-source.ts';
import type { Source, SourceTools } from '../sources/source.ts';
import type { GatewayAccess, GatewayChoice } from './gateway-choice.ts';

export interface GatewayLinkOptions extends SourceTools {
  readonly config: Config;
  readonly warn: (message: string) => void;
  /** Nothing may be written, neither here nor at the gateway. */
  readonly leavesNothing: boolean;
}

/** The sources that look at one gateway, wired to each other: HTTP answers make the session dial at once. */
export class GatewayLink {
  readonly choice: GatewayChoice;
  readonly #http: GatewayHttpSource;
  readonly #ws: GatewayWsSource;
  readonly #session: GatewaySessionSource;
  readonly #options: GatewayLinkOptions;
  #probe: Source | undefined;
  #reachable: readonly string[] = [];
  #isStarted = false;

  constructor(choice: GatewayChoice, options: GatewayLinkOptions) {
    const { config, clock, sink, ticker } = options;
    const { access, address, url, name: gateway } = choice;
    const pin = present({ tlsFingerprint: access.tlsFingerprint });
    const { allowsPlainNames } = config.openclaw.environment;
    this.choice = choice;
    this.#options = options;
    const session = new GatewaySessionSource({
      gateway,
      url,
      credentials: credentialSources(access, config),
      identityDir: config.state.dir,
      wantProbe: access.probe,
      clock,
      sink,
      warn: options.warn,
      ...(options.leavesNothing && {
        loadIdentity: () => borrowDeviceIdentity(config.state.dir, { throwAway: isLoopback(address) }),
      }),
      ...pin,
      ...present({ allowsPlainNames }),
    });
    this.#session = session;
    const ws = new GatewayWsSource({ gateway, url, clock, sink, ticker, ...pin });
    this.#ws = ws;
    this.#http = new GatewayHttpSource({
      gateway,
      url,
      clock,
      sink,
      ticker,
      ...pin,
      onTransition: (isUp) => {
        ws.httpChanged();
        if (!hasAccess(access)) return;
        if (isUp) session.gatewayAnswers();
        // Is it only the HTTP side? The session's answer, or its absence, tells.
        else session.pollNow();
      },
    });
    this.#probe = access.probe ? this.#newProbe(config.probe) : undefined;
  }

  start(): void {
    this.#isStarted = true;
    this.#http.start();
    this.#ws.start();
    if (hasAccess(this.choice.access)) this.#session.start();
    else this.#tellNoCredential();
    this.#probe?.start();
  }

  /** Nobody meant us to have a session there: that is no failure of the source. */
  #tellNoCredential(): void {
    const { clock, sink } = this.#options;
    const gateway = this.choice.name;
    sink.observe({ source: 'gateway-session', gateway, kind: 'no-credential', at: clock.now() });
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await Promise.all([this.#http.stop(), this.#ws.stop(), this.#session.stop(), this.#probe?.stop()]);
  }

  /** Node hosts that a probe can reach now. */
  setReachable(nodeIds: readonly string[]): void {
    this.#reachable = nodeIds;
  }

  /** Probes in another rhythm; whether at all is for the session to know when it opens. */
  setProbe(settings: ProbeSettings): void {
    if (this.#probe === undefined) return;
    // What it has under way ends by itself, and nothing is said of it any more.
    void this.#probe.stop();
    this.#probe = this.#newProbe(settings);
    if (this.#isStarted) this.#probe.start();
  }

  /** See whether the gateway's WebSocket side answers anybody, or no more. */
  tryFromOutside(isWanted: boolean): void {
    this.#ws.setWanted(isWanted);
  }

  /** Also watch the path that a node host takes, or no more. */
  watchPath(
    target: TargetId,
    endpoint: Endpoint | null,
    { by, tls }: Pick<DirectiveOf<'try-path'>, 'by' | 'tls'> = { by: 'health' },
  ): void {
    this.#http.setEndpoint(target, by === 'health' ? endpoint : null, tls);
    this.#ws.setWay(target, by === 'websocket' ? endpoint : null, tls);
  }

  #newProbe({ intervalMs, timeoutMs }: ProbeSettings): Source {
    const { clock, sink, ticker } = this.#options;
    return new ProbeSource({
      gateway: this.choice.name,
      targets: () => this.#reachable,
      invoke: (nodeId, command, params, ms) => this.#session.invoke(nodeId, command, params, ms),
      clock,
      sink,
      ticker,
      settings: { intervalMs, timeoutMs },
    });
  }
}

/**
 * What a link rests on for as long as it lasts, beside the environment of the process, which does not change. What is in
 * a token file is read again before every try.
 */
export function linkBasis({ url, access }: GatewayChoice, { openclaw }: Config): unknown {
  return { url, access, openclawConfig: access.kind === 'found' ? openclaw.config.path : undefined };
}

function hasAccess(access: GatewayAccess): boolean {
  return access.kind === 'found' || access.tokenFile !== undefined;
}

function credentialSources(access: GatewayAccess, config: Config): CredentialSources {
  const { tokenFile } = access;
  if (access.kind === 'own') return present({ tokenFile });
  const { environment, config: openclawConfig } = config.openclaw;
  return {
    ...present({ tokenFile }),
    env: present({
      token: environment.gatewayToken,
      tokenFile: environment.gatewayTokenFile,
      password: environment.gatewayPassword,
    }),
    openclawConfigPath: openclawConfig.path,
    variable: (name) => secretVariable(name),
  };
}
