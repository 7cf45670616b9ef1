import type { Secret } from '../core/index.ts';

/** What OpenClaw's own environment variables say; the exporter obeys them as OpenClaw does. Blank ones are absent. */
export interface OpenclawEnvironment {
  /** `OPENCLAW_HOME`, else `HOME`, else the account's home directory. */
  readonly home: string;
  readonly stateDir?: string;
  readonly configPath?: string;
  readonly profile?: string;
  readonly gatewayPort?: string;
  readonly gatewayTokenFile?: string;
  readonly gatewayToken?: Secret;
  readonly gatewayPassword?: Secret;
  /** `OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1`: names are dialled without TLS as well, for a network of one's own. */
  readonly allowsPlainNames?: true;
}

/** What OpenClaw's own `openclaw.json` tells us, without any credential in it. */
export interface OpenclawConfigView {
  readonly path: string;
  /** This machine's OpenClaw uses a gateway elsewhere; absent where the file was not read. */
  readonly isRemote?: boolean;
  /** The file sets up a gateway on this machine, whatever it says about where that listens. */
  readonly setsUpGateway: boolean;
  /** `from`: by which key, in words. */
  readonly gateway?: { readonly url: string; readonly from: string };
  readonly tlsFingerprint?: string;
  /** Absolute: where its processes are told to log. */
  readonly logFile?: string;
  /** Whether it has a token or a password for us. `reference`: it only says where OpenClaw finds one. */
  readonly credential: 'present' | 'reference' | 'not-needed' | 'absent';
  /** Sentences for a person; never a reason not to start. */
  readonly problems: readonly string[];
}
