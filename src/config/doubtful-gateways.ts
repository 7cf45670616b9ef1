import { isLoopback } from '../core/index.ts';
import type { Config } from './config.ts';
import { addressOf } from './gateway-url.ts';
import { givenCredential } from './given-credential.ts';
import { problemIn } from './origin.ts';
import type { ConfigProblem } from './problem.ts';

/** A gateway whose address somebody wrote, in the list or alone. */
interface WrittenGateway {
  /** `gateway`, or `gateways[0]`. */
  readonly section: string;
  readonly url: string;
  readonly hasCredential: boolean;
  readonly isPinned: boolean;
}

/** Gateways that no session will be opened with, or not in private. */
export function findDoubtfulGateways(config: Config): readonly ConfigProblem[] {
  return writtenGateways(config).flatMap(({ section, url, hasCredential, isPinned }) => {
    if (url.startsWith('wss:')) return [];
    const isOpen = hasCredential && !isLoopback(addressOf(url));
    return [
      ...(isPinned ? [problemIn(config, `${section}.tls_fingerprint`, NO_CERTIFICATE)] : []),
      ...(isOpen ? [problemIn(config, `${section}.url`, UNENCRYPTED)] : []),
    ];
  });
}

const NO_CERTIFICATE =
  'ws:// has no certificate, so no session is opened; write the url with wss://, or remove the fingerprint.';
const UNENCRYPTED =
  'ws:// to another machine is not encrypted: the token can be read on the way, and is only sent to private addresses, .local and .ts.net names. Use wss://, or the local end of an SSH tunnel.';

function writtenGateways(config: Config): readonly WrittenGateway[] {
  const { gateway, gateways, openclaw } = config;
  if (gateways.length > 0) {
    return gateways.map(({ url, tokenFile, tlsFingerprint }, index) => ({
      section: `gateways[${index}]`,
      url,
      hasCredential: tokenFile !== undefined,
      isPinned: tlsFingerprint !== undefined,
    }));
  }
  if (gateway.target.kind !== 'given') return [];
  return [
    {
      section: 'gateway',
      url: gateway.target.url,
      hasCredential:
        givenCredential(config) !== undefined ||
        ['present', 'reference'].includes(openclaw.config.credential),
      isPinned: gateway.tlsFingerprint !== undefined,
    },
  ];
}
