import { readFile } from 'node:fs/promises';
import type { OtlpTlsFiles } from './otlp-settings.ts';

/** PEM, as read. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
}

/** @throws with the path in the message when a file cannot be read */
export async function readTlsMaterial({ ca, client }: OtlpTlsFiles): Promise<TlsMaterial> {
  return {
    ...(ca !== undefined && { ca: await readFile(ca) }),
    ...(client !== undefined && {
      client: { certificate: await readFile(client.certificate), key: await readFile(client.key) },
    }),
  };
}
