import type { GatewayTarget } from '../config/config.ts';
import type { GatewayRef, NodeHostHints } from '../core/index.ts';

/** Which gateway to watch, and who said so. */
export interface GatewayChoice {
  readonly url: string;
  readonly from: string;
  /** Where a node host was seen to dial: better known than any setting, and worth remembering. */
  readonly isDialled: boolean;
  /** Nothing points at it: it is only where a gateway listens by default. */
  readonly isGuess: boolean;
}

/**
 * A URL that was given is used as it is. Otherwise the address that the watched node host itself dials is better known
 * than anything its settings say, also when it dialled there in an earlier run and is away now; with several node
 * hosts the first that is known counts.
 */
export function chooseGateway(
  target: GatewayTarget,
  hints: readonly NodeHostHints[],
  rememberedUrl: string | undefined,
): GatewayChoice {
  if (target.kind === 'given')
    return { url: target.url, from: 'gateway.url', isDialled: false, isGuess: false };
  const dialled = hints.find((hint) => hint.endpoint !== undefined);
  if (dialled?.endpoint === undefined) {
    return rememberedUrl === undefined
      ? { url: target.fallback, from: target.from, isDialled: false, isGuess: target.isGuess }
      : { url: rememberedUrl, from: 'where the node host dialled last', isDialled: true, isGuess: false };
  }
  const { host, port } = dialled.endpoint;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${dialled.tls === true ? 'wss' : 'ws'}://${bracketed}:${port}`,
    from: 'where the node host dials',
    isDialled: true,
    isGuess: false,
  };
}

/** What the core is to know of the choice. */
export function gatewayRef({ url, from, isGuess }: GatewayChoice): GatewayRef {
  return { name: gatewayLabel(url), url, ...(isGuess && { guessedFrom: from }) };
}

/** The `gateway` label: host and port, never a path or a credential. */
export function gatewayLabel(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'wss:' ? '443' : '80') : port}`;
}
