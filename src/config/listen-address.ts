import { isIP, isIPv6 } from 'node:net';

/** Where the exporter serves. Without `host` it listens on every address of the machine. */
export interface ListenAddress {
  readonly host?: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

/** Reads `127.0.0.1:9789`, `:9789`, `localhost:9789` or `[::1]:9789`; `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:[\]\s/@]*)):(?<port>\d{1,5})$/.exec(text.trim());
  if (match?.groups === undefined) return undefined;
  const { ipv6, host, port: digits } = match.groups;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { host: ipv6, port } : undefined;
  if (host === undefined || host === '') return { port };
  return isHostName(host) ? { host, port } : undefined;
}

/** Writes an address so that {@link parseListenAddress} reads it back. */
export function formatListenAddress({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isHostName(host: string): boolean {
  // Four numbers are meant as an address: `300.1.1.1` must not be looked up as a name.
  if (/^[\d.]+$/.test(host)) return isIP(host) === 4;
  return /^(?!-)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?$/.test(host);
}
