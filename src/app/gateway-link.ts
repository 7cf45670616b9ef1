import type { Config } from '../config/config.ts';
import { secretVariable } from '../config/load.ts';
import type { Endpoint, TargetId } from '../core/index.ts';
import {
  createGatewayHttpSource,
  type GatewayHttpSource,
} from '../sources/gateway-http/gateway-http-source.ts';
import {
  createGatewaySessionSource,
  type GatewaySessionSource,
} from '../sources/gateway-session/gateway-session-source.ts';
import type { CredentialSources } from '../sources/gateway-session/credential.ts';
import { borrowDeviceIdentity } from '../sources/gateway-session/device-identity.ts';
import { createProbeSource, type ProbeSettings } from '../sources/probe/probe-source.ts';
import type { Clock, Source, SourceSink, Ticker } from '../sources/source.ts';

export interface GatewayLinkOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly sink: SourceSink;
  readonly ticker: Ticker;
  /** Node hosts that a probe can reach now. */
  readonly connectedNodeIds: () => readonly string[];
  readonly warn: (message: string) => void;
  /** Nothing may be written, neither here nor at the gateway. */
  readonly leavesNothing: boolean;
}

/** The sources that look at one gateway, wired to each other: HTTP answers make the session dial at once. */
export class GatewayLink {
  readonly url: string;
  readonly #http: GatewayHttpSource;
  readonly #session: GatewaySessionSource;
  readonly #options: GatewayLinkOptions;
  #probe: Source | undefined;
  #isStarted = false;

  constructor(url: string, options: GatewayLinkOptions) {
    const { config, clock, sink, ticker } = options;
    const { tlsFingerprint } = config.gateway;
    this.url = url;
    this.#options = options;

    const session = createGatewaySessionSource({
      url,
      credentials: credentialSources(config),
      identityDir: config.state.dir,
      wantProbe: config.probe.enabled,
      clock,
      sink,
      warn: options.warn,
      ...(options.leavesNothing && {
        loadIdentity: () => borrowDeviceIdentity(config.state.dir, { throwAway: isOnThisMachine(url) }),
      }),
      ...(tlsFingerprint !== undefined && { tlsFingerprint }),
    });
    this.#session = session;
    this.#http = createGatewayHttpSource({
      url,
      clock,
      sink,
      ticker,
      ...(tlsFingerprint !== undefined && { tlsFingerprint }),
      onTransition: (isUp) => {
        if (isUp) session.gatewayAnswers();
        // Is it only the HTTP side? The session's answer, or its absence, tells.
        else session.pollNow();
      },
    });
    this.#probe = config.probe.enabled ? this.#newProbe(config.probe) : undefined;
  }

  start(): void {
    this.#isStarted = true;
    this.#http.start();
    this.#session.start();
    this.#probe?.start();
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await Promise.all([this.#http.stop(), this.#session.stop(), this.#probe?.stop()]);
  }

  /** Probes in another rhythm; whether at all is for the session to know when it opens, see {@link linkSettings}. */
  setProbe(settings: ProbeSettings): void {
    if (this.#probe === undefined) return;
    // What it has under way ends by itself, and nothing is said of it any more.
    void this.#probe.stop();
    this.#probe = this.#newProbe(settings);
    if (this.#isStarted) this.#probe.start();
  }

  #newProbe({ intervalMs, timeoutMs }: ProbeSettings): Source {
    const { clock, sink, ticker } = this.#options;
    return createProbeSource({
      targets: this.#options.connectedNodeIds,
      invoke: (nodeId, command, params, ms) => this.#session.invoke(nodeId, command, params, ms),
      clock,
      sink,
      ticker,
      settings: { intervalMs, timeoutMs },
    });
  }

  /** Also watch the path that a node host dials, where that is not the gateway's own address. */
  watchPath(target: TargetId, endpoint: Endpoint | undefined): void {
    const isOwn = endpoint === undefined || isSameAddress(endpoint, this.url);
    this.#http.setEndpoint(target, isOwn ? null : endpoint);
  }
}

/**
 * What a link rests on for as long as it lasts, beside the environment of the process, which does not change. What is in
 * the token file is read again before every try.
 */
export function linkSettings({ gateway, probe, openclaw }: Config): unknown {
  const { tokenFile, tlsFingerprint } = gateway;
  return { tokenFile, tlsFingerprint, wantsProbe: probe.enabled, openclawConfig: openclaw.config.path };
}

/** Whether dialling `endpoint` is dialling `url`; `localhost` and the loopback addresses are one. */
export function isSameAddress(endpoint: Endpoint, url: string): boolean {
  const { hostname, port, protocol } = new URL(url);
  const urlPort = port === '' ? (protocol === 'wss:' ? 443 : 80) : Number(port);
  return endpoint.port === urlPort && plainHost(endpoint.host) === plainHost(hostname);
}

/** Whether `url` is a loopback address; a tunnel that begins there is one to us and to the gateway at its end. */
export function isOnThisMachine(url: string): boolean {
  return plainHost(new URL(url).hostname) === '127.0.0.1';
}

function plainHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' ? '127.0.0.1' : bare;
}

function credentialSources(config: Config): CredentialSources {
  const { environment, config: openclawConfig } = config.openclaw;
  return {
    ...(config.gateway.tokenFile !== undefined && { tokenFile: config.gateway.tokenFile }),
    env: {
      ...(environment.gatewayToken !== undefined && { token: environment.gatewayToken }),
      ...(environment.gatewayTokenFile !== undefined && { tokenFile: environment.gatewayTokenFile }),
      ...(environment.gatewayPassword !== undefined && { password: environment.gatewayPassword }),
    },
    openclawConfigPath: openclawConfig.path,
    variable: (name) => secretVariable(name),
  };
}
