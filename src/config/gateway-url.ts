import { endpointText, type Endpoint } from '../core/index.ts';

const SCHEMES: Readonly<Record<string, 'ws' | 'wss'>> = {
  'ws:': 'ws',
  'wss:': 'wss',
  'http:': 'ws',
  'https:': 'wss',
};

export type GatewayUrlResult =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly problem: 'form' | 'credentials' | 'query' };

/**
 * Reads `ws://`, `wss://`, `http://`, `https://` or `host:port` and gives the WebSocket form, without a slash at its
 * end. A URL with credentials in it is refused: it would end up in logs, pages and labels.
 */
export function parseGatewayUrl(text: string): GatewayUrlResult {
  const trimmed = text.trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `ws://${trimmed}`;
  const schemeWasGiven = full === trimmed;
  if (/\s/.test(trimmed) || !URL.canParse(full)) return { ok: false, problem: 'form' };
  const url = new URL(full);
  const scheme = SCHEMES[url.protocol];
  if (url.username !== '' || url.password !== '') return { ok: false, problem: 'credentials' };
  if (scheme === undefined || url.hostname === '') return { ok: false, problem: 'form' };
  if (!schemeWasGiven && !/:\d+$/.test(trimmed)) return { ok: false, problem: 'form' };
  if (url.search !== '' || url.hash !== '') return { ok: false, problem: 'query' };
  const path = url.pathname.replace(/\/+$/, '');
  // `host:80` written without a scheme loses its port in `url.host`, which is what ws:// means by default.
  return { ok: true, url: `${scheme}://${url.host}${path}` };
}

/** Host and port that `url`, as {@link parseGatewayUrl} gives it, is dialled at. */
export function addressOf(url: string): Endpoint {
  const { hostname: host, port, protocol } = new URL(url);
  return { host, port: port === '' ? (protocol === 'wss:' ? 443 : 80) : Number(port) };
}

/** `host:port`: what a gateway is called when nobody named it. Never a path or a credential. */
export function gatewayLabel(url: string): string {
  return endpointText(addressOf(url));
}
