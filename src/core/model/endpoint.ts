import type { Endpoint } from './observation.ts';

const WS_URL =
  /^(?<scheme>wss?):\/\/(?:[^/?#@\s]*@)?(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^/:?#@\s]+))(?::(?<port>\d{1,5}))?(?:[/?#]|$)/i;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };

/** Host and port of a WebSocket URL as a node host's log writes it; `undefined` where it is none. */
export function endpointOf(url: string): Endpoint | undefined {
  const groups = WS_URL.exec(url)?.groups;
  const host = groups?.ipv6 ?? groups?.host;
  const port =
    groups?.port === undefined ? DEFAULT_PORTS[groups?.scheme?.toLowerCase() ?? ''] : Number(groups.port);
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** Whether dialling one is dialling the other; `localhost` and the loopback addresses are one. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && plainHost(a.host) === plainHost(b.host);
}

/** Whether an address is this machine's own; a tunnel that begins there is one to us and to the gateway at its end. */
export function isLoopback({ host }: Endpoint): boolean {
  const plain = plainHost(host);
  return plain === LOOPBACK || plain.startsWith('127.');
}

/** `host:port`, brackets around an IPv6 address. */
export function endpointText({ host, port }: Endpoint): string {
  const bare = bareHost(host);
  return bare.includes(':') ? `[${bare}]:${port}` : `${bare}:${port}`;
}

const LOOPBACK = '127.0.0.1';

function plainHost(host: string): string {
  const bare = bareHost(host).toLowerCase();
  return bare === 'localhost' || bare === '::1' ? LOOPBACK : bare;
}

function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
