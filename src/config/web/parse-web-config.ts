import { dirname, isAbsolute, join } from 'node:path';
import type { z } from 'zod';
import { parseConfigFile, type ConfigFile, type KeyPath } from '../file.ts';
import { formatKey } from '../layer.ts';
import { mistakesIn, type Mistake } from '../describe-issue.ts';
import { formatFound, formatShortKey, type ConfigProblem } from '../problem.ts';
import { suggest } from '../suggest.ts';
import { MAX_TOLD, tellFirst } from '../tell-first.ts';
import { bcryptCost, SLOW_BCRYPT_COST } from './bcrypt-hash.ts';
import { opensslCiphers } from './tls-vocabulary.ts';
import { HEADERS, KNOWN_KEYS, webSchema, type WebFile } from './web-schema.ts';
import type { PemPlace, PemPlaces, TlsSettings, WebSettings } from './web-settings.ts';

/** Also of a mistaken file: what it names can be looked at all the same, and a mistake in that be told with its line. */
interface Named {
  readonly places: PemPlaces;
  readonly at: (key: KeyPath, message: string) => ConfigProblem;
}

export type WebSettingsResult =
  | (Named & {
      readonly ok: true;
      readonly settings: WebSettings;
      readonly warnings: readonly ConfigProblem[];
    })
  | (Named & { readonly ok: false; readonly problems: readonly ConfigProblem[] });

/**
 * Reads a web config file. Gives every mistake in it at once, each with its line; reads none of the files it names.
 *
 * @param path absolute: what the file names is relative to where it lies
 */
export function parseWebConfig(path: string, text: string): WebSettingsResult {
  const parsed = parseConfigFile(path, text);
  if (!parsed.ok) {
    return { ...parsed, places: {}, at: (key, message) => ({ where: path, key: formatKey(key), message }) };
  }
  const { file } = parsed;
  const at = (key: KeyPath, message: string): ConfigProblem => ({
    where: `${path}:${file.lineOf(key)}`,
    ...(key.length > 0 && { key: formatShortKey(formatKey(key)) }),
    message,
  });
  const located = ({ key, message }: TlsProblem): ConfigProblem => at(['tls_server_config', key], message);
  const validated = webSchema.safeParse(file.content);
  if (!validated.success) {
    const mistakes = mistakesIn(validated.error.issues);
    const problems = mistakes
      .slice(0, MAX_TOLD)
      .map((mistake) => at(mistake.path, describeMistake(mistake, file)));
    const sound = soundTls(file.content, validated.error.issues);
    const tls = readTls(sound.section, dirname(path));
    // What belongs together cannot be judged where a part of it was not understood.
    const others = sound.isWhole ? tls.problems : [];
    return {
      ok: false,
      problems: tellFirst([...problems, ...others.map(located)], Math.max(0, mistakes.length - MAX_TOLD)),
      places: tls.places,
      at,
    };
  }
  const { data } = validated;
  const tls = readTls(data.tls_server_config, dirname(path));
  const { places } = tls;
  if (tls.problems.length > 0) return { ok: false, problems: tls.problems.map(located), places, at };
  const users = new Map(Object.entries(data.basic_auth_users as Readonly<Record<string, string>>));
  const { interval = 0, burst = 0 } = data.rate_limit;
  const settings: WebSettings = {
    ...(tls.settings !== undefined && { tls: tls.settings }),
    users,
    // The toolkit's documentation: unset if blank.
    headers: Object.fromEntries(
      Object.entries(data.http_server_config.headers).filter(([, value]) => value !== ''),
    ),
    ...(interval > 0 && { rateLimit: { intervalMs: interval, burst } }),
  };
  return {
    ok: true,
    places,
    at,
    settings,
    warnings: warnAbout(settings).map(({ path: key, message }) => at(key, message)),
  };
}

interface TlsProblem {
  readonly key: string;
  readonly message: string;
}

/** `tls_server_config` without its mistaken keys, and whether there were none. */
function soundTls(
  content: unknown,
  issues: readonly z.core.$ZodIssue[],
): { readonly section: WebFile['tls_server_config']; readonly isWhole: boolean } {
  const mistaken = new Set<unknown>();
  for (const { path, ...issue } of issues.filter((it) => it.path[0] === 'tls_server_config')) {
    for (const key of issue.code === 'unrecognized_keys' ? issue.keys : [path[1]]) mistaken.add(key);
  }
  const written = valueAt(content, ['tls_server_config']);
  const entries = typeof written === 'object' && written !== null ? Object.entries(written) : [];
  const rest = Object.fromEntries(entries.filter(([key]) => !mistaken.has(key)));
  const { data } = webSchema.safeParse({ tls_server_config: mistaken.has(undefined) ? {} : rest });
  return { section: data?.tls_server_config ?? {}, isWhole: mistaken.size === 0 };
}

/** What no schema says: which keys belong together. */
function readTls(
  written: WebFile['tls_server_config'],
  directory: string,
): {
  readonly settings?: TlsSettings;
  readonly places: PemPlaces;
  readonly problems: readonly TlsProblem[];
} {
  const given = Object.keys(written).filter((key) => written[key as keyof typeof written] !== undefined);
  if (given.length === 0) return { places: {}, problems: [] };
  const problems: TlsProblem[] = [];
  const place = (name: 'cert' | 'key' | 'client_ca'): PemPlace | undefined => {
    const pem = written[name] ?? '';
    const path = written[`${name}_file`] ?? '';
    if (pem !== '' && path !== '') {
      problems.push({ key: name, message: `both ${name} and ${name}_file are given; remove one of them.` });
    }
    if (path !== '') return { kind: 'file', path: isAbsolute(path) ? path : join(directory, path) };
    return pem === '' ? undefined : { kind: 'inline', pem };
  };
  const cert = place('cert');
  const key = place('key');
  const clientCa = place('client_ca');
  const places: PemPlaces = {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(clientCa !== undefined && { clientCa }),
  };
  const { client_auth_type: clientAuth = 'NoClientCert' } = written;
  const { min_version: minVersion = 'TLSv1.2', max_version: maxVersion = 'TLSv1.3' } = written;
  if (cert === undefined)
    problems.push({ key: 'cert_file', message: 'missing: TLS needs a certificate; name its PEM file.' });
  if (key === undefined)
    problems.push({
      key: 'key_file',
      message: 'missing: TLS needs the key of the certificate; name its PEM file.',
    });
  if (minVersion > maxVersion) {
    problems.push({
      key: 'min_version',
      message: 'min_version is above max_version; lower the one or raise the other.',
    });
  }
  if (clientCa !== undefined && clientAuth === 'NoClientCert') {
    problems.push({
      key: 'client_ca_file',
      message:
        'a CA for clients, and no client is asked for a certificate; add client_auth_type: RequireAndVerifyClientCert.',
    });
  }
  const isVerified = clientAuth === 'RequireAndVerifyClientCert' || clientAuth === 'VerifyClientCertIfGiven';
  if (clientCa === undefined && isVerified) {
    problems.push({
      key: 'client_auth_type',
      message: `${clientAuth} without client_ca_file would trust whoever has a certificate of any public CA; name the CA of your clients.`,
    });
  }
  const sans = written.client_allowed_sans ?? undefined;
  if (
    sans !== undefined &&
    clientAuth !== 'RequireAndVerifyClientCert' &&
    clientAuth !== 'RequireAnyClientCert'
  ) {
    problems.push({
      key: 'client_allowed_sans',
      message: `${clientAuth} lets a client in without a certificate, and so without a name; use client_auth_type: RequireAndVerifyClientCert.`,
    });
  }
  if (cert === undefined || key === undefined || problems.length > 0) return { places, problems };
  const { cipher_suites: suites, curve_preferences: curves } = written;
  return {
    places,
    problems,
    settings: {
      cert,
      key,
      clientAuth,
      ...(clientCa !== undefined && { clientCa }),
      ...(sans !== undefined && { clientAllowedSans: sans }),
      minVersion,
      maxVersion,
      ciphers: opensslCiphers(suites ?? []),
      ...(curves != null && curves.length > 0 && { curves: curves.join(':') }),
      prefersServerCiphers: written.prefer_server_cipher_suites ?? true,
    },
  };
}

interface Described {
  readonly path: KeyPath;
  readonly message: string;
}

function describeMistake({ issue, path }: Mistake, file: ConfigFile): string {
  if (issue.code === 'unrecognized_keys') return describeUnknown(path.slice(0, -1), String(path.at(-1)));
  if (issue.code === 'custom' && issue.params?.advice === true) {
    const header = path[1] === 'headers' ? suggest(String(path[2]), [...HEADERS.keys()]) : undefined;
    const isUnknown = header !== undefined && header !== path[2];
    return isUnknown ? `unknown header. Did you mean "${header}"?` : issue.message;
  }
  const found = valueAt(file.content, path);
  if (issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record')) {
    const known = KNOWN_KEYS[formatKey(path)];
    const allowed =
      known === undefined ? 'a section (key: value)' : `a section with any of ${known.join(', ')}`;
    return `found ${kindOf(found)}; allowed: ${allowed}.`;
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array') {
    return `found ${kindOf(found)}; allowed: a list (lines that start with "- ").`;
  }
  const isSecret = path[0] === 'tls_server_config' && /^(key|cert|client_ca)$/.test(String(path[1]));
  return `found ${isSecret ? kindOf(found) : formatFound(found)}; allowed: ${issue.message}.`;
}

/** Where a section belongs the value itself may be a secret. */
function kindOf(found: unknown): string {
  return typeof found === 'string' ? 'text' : formatFound(found);
}

function describeUnknown(section: KeyPath, key: string): string {
  const here = KNOWN_KEYS[formatKey(section)] ?? [];
  const meant = suggest(key, here);
  if (meant !== undefined) return `unknown key. Did you mean "${meant}"?`;
  for (const [home, keys] of Object.entries(KNOWN_KEYS)) {
    const elsewhere = suggest(key, keys);
    if (elsewhere !== undefined)
      return `unknown key. Did you mean ${home === '' ? elsewhere : `${home}.${elsewhere}`}?`;
  }
  return `unknown key; remove it. Known here: ${here.join(', ')}.`;
}

function valueAt(tree: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    tree,
  );
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
