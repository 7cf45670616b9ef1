import { isIP, isIPv6 } from 'node:net';

/** A TCP address. Without `host` it is every address of the machine. */
export interface TcpAddress {
  readonly kind: 'tcp';
  readonly host?: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

/** Where the exporter serves: a TCP address, or a file that other programs of this machine connect to. */
export type ListenAddress = TcpAddress | { readonly kind: 'unix'; readonly path: string };

/** The system has no room for more in the name of a socket (unix(7): 108 bytes with the final one). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Reads `127.0.0.1:9789`, `:9789`, `localhost:9789`, `[::1]:9789` or `unix:/run/liveness.sock`; `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const path = socketPathOf(text);
  if (path !== undefined) return parseSocketPath(path);
  const match = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:[\]\s/@]*)):(?<port>\d{1,5})$/.exec(text.trim());
  if (match?.groups === undefined) return undefined;
  const { ipv6, host, port: digits } = match.groups;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { kind: 'tcp', host: ipv6, port } : undefined;
  if (host === undefined || host === '') return { kind: 'tcp', port };
  return isHostName(host) ? { kind: 'tcp', host, port } : undefined;
}

/** The path of a Unix socket that has no room for it; `undefined` where it has, or `text` names none. */
export function overlongSocketPath(text: string): string | undefined {
  const path = socketPathOf(text);
  return path !== undefined && Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES ? path : undefined;
}

function socketPathOf(text: string): string | undefined {
  return /^unix:(?<path>.+)$/.exec(text.trim())?.groups?.path;
}

function parseSocketPath(path: string): ListenAddress | undefined {
  const isUsable =
    !path.includes('\0') && !path.endsWith('/') && Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES;
  return isUsable ? { kind: 'unix', path } : undefined;
}

/** Writes an address so that {@link parseListenAddress} reads it back. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host = '', port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/** The URL at which somebody on this machine reaches what listens there. */
export function listenUrl(
  { host, port }: Omit<TcpAddress, 'kind'>,
  scheme: 'http' | 'https' = 'http',
): string {
  const reachable = host === undefined || EVERY_ADDRESS.has(host) ? '127.0.0.1' : host;
  return `${scheme}://${formatListenAddress({ kind: 'tcp', host: reachable, port })}`;
}

function isHostName(host: string): boolean {
  // Four numbers are meant as an address: `300.1.1.1` must not be looked up as a name.
  if (/^[\d.]+$/.test(host)) return isIP(host) === 4;
  return /^(?!-)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?$/.test(host);
}
