import { realFileSystem } from '../config/file-system.ts';
import type { Config } from '../config/config.ts';
import { listenUrl, type ListenAddress } from '../config/listen-address.ts';
import { loadWebConfig } from '../config/web/load-web-config.ts';
import type { CliDependencies } from './dependencies.ts';

/** It answers from memory; an exporter that needs longer is not one to wait for. */
export const ANSWER_WITHIN_MS = 2_000;

/** How to reach an exporter with the same configuration. */
export interface ExporterWays {
  readonly listen: readonly ListenAddress[];
  /** PEM, where it serves TLS on TCP. */
  readonly certificate?: string;
}

export type AskDependencies = Pick<CliDependencies, 'fetch' | 'localRequest'>;

/** With the certificate that it serves, if any; whether that can be used at all was checked before. */
export async function waysTo({ web: { listen, configFile } }: Config): Promise<ExporterWays> {
  if (configFile === undefined) return { listen };
  const loaded = await loadWebConfig(configFile, realFileSystem, Date.now());
  const certificate = loaded.ok ? loaded.policy.tls?.cert : undefined;
  return { listen, ...(certificate !== undefined && { certificate }) };
}

/** One page of the exporter that listens there. Rejects where it does not answer in time. */
export function requestExporter(
  address: ListenAddress,
  { certificate, path }: { readonly certificate: string | undefined; readonly path: string },
  { fetch, localRequest }: AskDependencies,
): Promise<Response> {
  if (address.kind === 'unix') return localRequest(address, path, ANSWER_WITHIN_MS);
  const url = listenUrl(address);
  if (certificate !== undefined) {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    return localRequest({ kind: 'tls', host, port: Number(port), certificate }, path, ANSWER_WITHIN_MS);
  }
  return fetch(`${url}${path}`, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
}
