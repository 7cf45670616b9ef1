import { dirname, resolve } from 'node:path';
import type { WebPolicy } from '../../http/security/web-policy.ts';
import { present } from '../../core/index.ts';
import { parseConfigFile } from '../file.ts';
import { describeMistakes, kindOf, type Vocabulary } from '../mistakes.ts';
import { problemAt } from '../origin.ts';
import { formatFound, type ConfigProblem } from '../problem.ts';
import { tellFirst } from '../tell-first.ts';
import { bcryptCost, SLOW_BCRYPT_COST } from './bcrypt-hash.ts';
import { opensslCiphers } from './tls-vocabulary.ts';
import { WEB_KEYS, webSchema, type WebFile } from './web-schema.ts';
import type { PemPlace, TlsSettings } from './tls-material.ts';
import type { KeyPath } from '../key-path.ts';

/** A web config file, valid in itself. */
type WebSettings = Omit<WebPolicy, 'tls'> & { readonly tls?: TlsSettings };

export type WebSettingsResult =
  | {
      readonly ok: true;
      readonly settings: WebSettings;
      readonly warnings: readonly ConfigProblem[];
      /** What is wrong with something that a key names, with its line. */
      readonly at: (key: KeyPath, message: string) => ConfigProblem;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const VOCABULARY: Vocabulary = {
  keys: WEB_KEYS,
  show: (found, [section, key]) => {
    const isSecret = section === 'tls_server_config' && /^(key|cert|client_ca)$/.test(String(key));
    return isSecret ? kindOf(found) : formatFound(found);
  },
};

/**
 * Reads a web config file. Gives every mistake in it at once, each with its line; reads none of the files it names.
 *
 * @param path absolute: what the file names is relative to where it lies
 */
export function parseWebConfig(path: string, text: string): WebSettingsResult {
  const parsed = parseConfigFile(path, text);
  if (!parsed.ok) return parsed;
  const { file } = parsed;
  const at = (key: KeyPath, message: string): ConfigProblem => problemAt(file.said, key, message);
  const validated = webSchema.safeParse(file.content);
  if (!validated.success) {
    const { told, untold } = describeMistakes(validated.error, file.content, VOCABULARY);
    const problems = told.map(({ path: key, message }) => at(key, message));
    return { ok: false, problems: tellFirst(problems, untold) };
  }
  const settings = settingsOf(validated.data, dirname(path));
  const warnings = warnAbout(settings).map(({ path: key, message }) => at(key, message));
  return { ok: true, settings, warnings, at };
}

function settingsOf(file: WebFile, directory: string): WebSettings {
  const { interval = 0, burst = 0 } = file.rate_limit;
  const tls = tlsSettingsOf(file.tls_server_config, directory);
  return {
    ...(tls !== undefined && { tls }),
    users: new Map(Object.entries(file.basic_auth_users as Readonly<Record<string, string>>)),
    // The toolkit's documentation: unset if blank.
    headers: Object.fromEntries(
      Object.entries(file.http_server_config.headers).filter(([, value]) => value !== ''),
    ),
    ...(interval > 0 && { rateLimit: { intervalMs: interval, burst } }),
  };
}

function tlsSettingsOf(written: WebFile['tls_server_config'], directory: string): TlsSettings | undefined {
  const place = (name: 'cert' | 'key' | 'client_ca'): PemPlace | undefined => {
    const { [name]: pem = '', [`${name}_file` as const]: path = '' } = written;
    if (path !== '') return { kind: 'file', path: resolve(directory, path) };
    return pem === '' ? undefined : { kind: 'inline', pem };
  };
  const cert = place('cert');
  const key = place('key');
  const clientCa = place('client_ca');
  // Its schema refuses one of the two, and any other key without both.
  if (cert === undefined || key === undefined) return undefined;
  const { client_allowed_sans: sans, cipher_suites: suites, curve_preferences: curves } = written;
  return {
    cert,
    key,
    ...present({ clientCa, clientAllowedSans: sans }),
    clientAuth: written.client_auth_type ?? 'NoClientCert',
    minVersion: written.min_version ?? 'TLSv1.2',
    maxVersion: written.max_version ?? 'TLSv1.3',
    ciphers: opensslCiphers(suites ?? []),
    ...(curves != null && curves.length > 0 && { curves: curves.join(':') }),
    prefersServerCiphers: written.prefer_server_cipher_suites ?? true,
  };
}

interface Described {
  readonly path: KeyPath;
  readonly message: string;
}

function warnAbout({ tls, users }: WebSettings): readonly Described[] {
  const warnings: Described[] = [];
  if (
    tls?.clientAuth === 'RequestClientCert' ||
    (tls?.clientAuth === 'RequireAnyClientCert' && tls.clientAllowedSans === undefined)
  ) {
    warnings.push({
      path: ['tls_server_config', 'client_auth_type'],
      message: `${tls.clientAuth} verifies no certificate: anybody can make one. Use RequireAndVerifyClientCert.`,
    });
  } else if (tls?.clientAuth === 'RequireAnyClientCert') {
    warnings.push({
      path: ['tls_server_config', 'client_allowed_sans'],
      message:
        'RequireAnyClientCert verifies no certificate: anybody can write these names into one. Use RequireAndVerifyClientCert.',
    });
  }
  if (users.size > 0 && tls === undefined) {
    warnings.push({
      path: ['basic_auth_users'],
      message:
        'passwords without TLS can be read on the network; add tls_server_config, unless only this machine can connect.',
    });
  }
  for (const [user, hash] of users) {
    const cost = bcryptCost(hash) ?? 0;
    if (cost < SLOW_BCRYPT_COST) continue;
    warnings.push({
      path: ['basic_auth_users', user],
      message: `a bcrypt hash of cost ${cost} takes seconds to check, longer than some scrapers wait; 10 is usual.`,
    });
  }
  return warnings;
}
