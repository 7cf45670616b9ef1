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
