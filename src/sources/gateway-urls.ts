import { endpointText, type Endpoint } from '../core/index.ts';

const HTTP_SCHEME: Readonly<Record<string, string>> = {
  'ws:': 'http:',
  'http:': 'http:',
  'wss:': 'https:',
  'https:': 'https:',
};

/** Where the gateway at `gatewayUrl` (ws, wss, http or https) tells of its health. A path prefix is kept. */
export function healthUrl(gatewayUrl: string): URL {
  const url = new URL(gatewayUrl);
  const scheme = HTTP_SCHEME[url.protocol];
  if (scheme === undefined) {
    throw new RangeError(
      `gateway URL must start with ws://, wss://, http:// or https://, got ${url.protocol}//`,
    );
  }
  const prefix = url.pathname.replace(/\/+$/, '');
  return new URL(`${scheme}//${url.host}${prefix}/health`);
}

/**
 * The same place behind another address: a tunnel or proxy that leads to the same gateway. `undefined` where no URL can
 * be made of it: `gw.lan:18789` and `fe80::1%eth0` are hosts in somebody's configuration.
 *
 * @param tls where nobody knows, as the gateway itself is reached
 */
export function healthUrlThrough(gatewayHealth: URL, endpoint: Endpoint, tls?: boolean): URL | undefined {
  const protocol = tls === undefined ? gatewayHealth.protocol : tls ? 'https:' : 'http:';
  const url = `${protocol}//${endpointText(endpoint)}${gatewayHealth.pathname}`;
  return URL.parse(url) ?? undefined;
}

/** Where a WebSocket client of the gateway whose health is told there dials. */
export function socketUrl(gatewayHealth: URL): URL {
  const scheme = gatewayHealth.protocol === 'https:' ? 'wss:' : 'ws:';
  return new URL(`${scheme}//${gatewayHealth.host}${gatewayHealth.pathname.replace(/health$/, '')}`);
}

/** Where the gateway whose health is told there says how it is itself. */
export function statusUrl(gatewayHealth: URL, page: 'readyz' | 'startupz'): URL {
  return new URL(gatewayHealth.href.replace(/health$/, page));
}
