import { formatListenAddress, type TcpAddress } from '../config/listen-address.ts';

const EVERY_ADDRESS: ReadonlySet<string | undefined> = new Set([undefined, '', '0.0.0.0', '::']);

/** The URL at which somebody on this machine reaches what listens there. */
export function listenUrl(
  { host, port }: Omit<TcpAddress, 'kind'>,
  scheme: 'http' | 'https' = 'http',
): string {
  const reachable = EVERY_ADDRESS.has(host) ? '127.0.0.1' : host;
  return `${scheme}://${formatListenAddress({ kind: 'tcp', host: reachable ?? '127.0.0.1', port })}`;
}
