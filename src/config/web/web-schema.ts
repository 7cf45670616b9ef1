import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { CLIENT_AUTH_TYPES, type ClientAuthType } from '../../http/security/web-policy.ts';
import { parseGoDuration } from '../duration.ts';
import { parsed, parsedQuantity, refuse, section } from '../schema-parts.ts';
import { suggest } from '../suggest.ts';
import { bcryptCost, MAX_BCRYPT_COST } from './bcrypt-hash.ts';
import { CURVES, OLD_CLIENT_AUTH_TYPES, TLS12_SUITES, TLS13_SUITES, TLS_VERSIONS } from './tls-vocabulary.ts';

/*
 * The format of Prometheus's exporter-toolkit
 * (https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md): a file that is accepted here
 * is accepted there.
 */

/** Longer is a mistake: nobody would be served. */
const MAX_RATE_INTERVAL_MS = 60_000;
const MAX_BURST = 100_000;

/** The five headers that the toolkit lets be set, and their values where they are listed. */
export const HEADERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Content-Security-Policy', []],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-XSS-Protection', []],
  ['Strict-Transport-Security', []],
]);

function word<T>(known: ReadonlyMap<string, T>) {
  const allowed = [...known.keys()].filter((name) => name !== '').join(', ');
  return parsed((name) => known.get(name), allowed);
}

const PATH = 'the path of a file';
const path = z
  .string(PATH)
  .refine((text) => !text.includes('\0'), PATH)
  .optional();
const PEM = 'PEM, with its BEGIN and END lines';
const pem = z.string(PEM).optional();

const CLIENT_AUTH: ReadonlyMap<string, ClientAuthType> = new Map([
  ...CLIENT_AUTH_TYPES.map((name) => [name, name] as const),
  ...OLD_CLIENT_AUTH_TYPES,
]);

const OLD_VERSION =
  'TLS 1.0 and 1.1 can be broken, and are not offered; write TLS12, or leave it out (Prometheus speaks TLS 1.2 and 1.3).';

const version = z.string('TLS12 or TLS13').transform((name, context) => {
  const meaning = TLS_VERSIONS.get(name);
  if (meaning !== undefined) return meaning;
  if (name === 'TLS10' || name === 'TLS11') return refuse(context, OLD_VERSION);
  context.issues.push({ code: 'custom', message: 'TLS12 or TLS13', input: name });
  return z.NEVER;
});

const TLS_SERVER_CONFIG = {
  cert_file: path,
  key_file: path,
  client_auth_type: word(CLIENT_AUTH).optional(),
  client_ca_file: path,
  client_allowed_sans: z.array(z.string('a list of names'), 'a list of names').nullish(),
  min_version: version.optional(),
  max_version: version.optional(),
  cipher_suites: z
    .array(word(new Map([...TLS13_SUITES, ...TLS12_SUITES.keys()].map((name) => [name, name]))))
    .nullish(),
  prefer_server_cipher_suites: z.boolean('true or false').optional(),
  curve_preferences: z.array(word(CURVES)).nullish(),
  cert: pem,
  key: pem,
  client_ca: pem,
};

const tlsServerConfig = section(TLS_SERVER_CONFIG).check((context) => {
  for (const [key, message] of misfitsIn(context.value)) refuse(context, message, [key]);
});

type TlsServerConfig = z.output<z.ZodObject<typeof TLS_SERVER_CONFIG>>;

/** Keys that do not go with others, and why. */
function misfitsIn(tls: TlsServerConfig): readonly (readonly [key: string, message: string])[] {
  if (Object.values(tls).every((value) => value === undefined)) return [];
  const has = (name: 'cert' | 'key' | 'client_ca'): boolean =>
    Boolean(tls[name]) || Boolean(tls[`${name}_file`]);
  const found: (readonly [string, string])[] = [];
  for (const name of ['cert', 'key', 'client_ca'] as const) {
    if (Boolean(tls[name]) && Boolean(tls[`${name}_file`]))
      found.push([name, `both ${name} and ${name}_file are given; remove one of them.`]);
  }
  if (!has('cert')) found.push(['cert_file', 'missing: TLS needs a certificate; name its PEM file.']);
  if (!has('key'))
    found.push(['key_file', 'missing: TLS needs the key of the certificate; name its PEM file.']);
  const { min_version: min = 'TLSv1.2', max_version: max = 'TLSv1.3' } = tls;
  if (min > max) {
    found.push(['min_version', 'min_version is above max_version; lower the one or raise the other.']);
  }
  const { client_auth_type: type = 'NoClientCert', client_allowed_sans: sans } = tls;
  if (has('client_ca') && type === 'NoClientCert') {
    found.push([
      'client_ca_file',
      'a CA for clients, and no client is asked for a certificate; add client_auth_type: RequireAndVerifyClientCert.',
    ]);
  }
  if (!has('client_ca') && (type === 'RequireAndVerifyClientCert' || type === 'VerifyClientCertIfGiven')) {
    found.push([
      'client_auth_type',
      `${type} without client_ca_file would trust whoever has a certificate of any public CA; name the CA of your clients.`,
    ]);
  }
  if (sans != null && type !== 'RequireAndVerifyClientCert' && type !== 'RequireAnyClientCert') {
    found.push([
      'client_allowed_sans',
      `${type} lets a client in without a certificate, and so without a name; use client_auth_type: RequireAndVerifyClientCert.`,
    ]);
  }
  return found;
}

/** As Go's YAML has it: a number (`X-XSS-Protection: 1`) is its digits, and nothing is blank. */
const headerValue = z
  .union([z.string(), z.number(), z.boolean(), z.null()], 'text')
  .transform((found) => String(found ?? ''));

const headers = z.preprocess(
  (found) => found ?? {},
  z.record(z.string(), headerValue).check((context) => {
    for (const [name, value] of Object.entries(context.value)) {
      const problem = headerProblem(name, value);
      if (problem !== undefined) refuse(context, problem, [name]);
    }
  }),
);

function headerProblem(name: string, value: string): string | undefined {
  const values = HEADERS.get(name);
  if (values === undefined) {
    const meant = suggest(name, [...HEADERS.keys()]);
    return meant === undefined
      ? `this header cannot be set. Allowed: ${[...HEADERS.keys()].join(', ')}.`
      : `unknown header. Did you mean "${meant}"?`;
  }
  if (values.length > 0 && !values.includes(value)) {
    return `found ${JSON.stringify(value)}; allowed: ${values.join(' or ')}.`;
  }
  try {
    validateHeaderValue(name, value);
    return undefined;
  } catch {
    return 'found characters that a header cannot have (a line feed, say); remove them.';
  }
}

const HOW_TO_HASH = "make one with: htpasswd -nBC 10 '' | tr -d ':\\n'";

const users = z.preprocess(
  (found) => found ?? {},
  z.record(z.string(), z.unknown()).check((context) => {
    for (const [user, hash] of Object.entries(context.value)) {
      const problem = userProblem(user, hash);
      if (problem !== undefined) refuse(context, problem, [user]);
    }
  }),
);

/** Never shows what was found: whoever writes the password itself there must not find it in a log. */
function userProblem(user: string, hash: unknown): string | undefined {
  if (user.includes(':'))
    return 'a user name cannot have a colon: in basic authentication the password begins there.';
  const cost = typeof hash === 'string' ? bcryptCost(hash) : undefined;
  if (cost === undefined) return `this is no bcrypt hash (what was found is not shown); ${HOW_TO_HASH}`;
  if (cost <= MAX_BCRYPT_COST) return undefined;
  return `the bcrypt hash has cost ${cost}: to check it would take minutes. Allowed: up to ${MAX_BCRYPT_COST}; ${HOW_TO_HASH}`;
}

const INTERVAL = 'a duration such as 1s or 100ms, up to 1m, or 0 for no limit';
const BURST = `a whole number from 1 to ${MAX_BURST}`;

const RATE_LIMIT = {
  interval: parsedQuantity((written) => {
    const ms = parseGoDuration(String(written));
    return ms !== undefined && ms <= MAX_RATE_INTERVAL_MS ? ms : undefined;
  }, INTERVAL).optional(),
  burst: z.int(BURST).min(0, BURST).max(MAX_BURST, BURST).optional(),
};

const rateLimit = section(RATE_LIMIT).check((context) => {
  const { interval = 0, burst = 0 } = context.value;
  if (interval === 0 || burst > 0) return;
  refuse(context, `an interval without a burst lets nobody in; allowed: ${BURST}.`, ['burst']);
});

/** The shape of the file. Unknown keys are refused everywhere: a typo must not leave a door open. */
export const webSchema = section({
  tls_server_config: tlsServerConfig.prefault({}),
  http_server_config: section({
    http2: z.boolean('true or false').optional(),
    headers: headers.prefault({}),
  }).prefault({}),
  basic_auth_users: users.prefault({}),
  rate_limit: rateLimit.prefault({}),
});

export type WebFile = z.output<typeof webSchema>;

/** Every key of the file; headers and users have names of their own. */
export const WEB_KEYS: readonly string[] = [
  ...Object.keys(TLS_SERVER_CONFIG).map((key) => `tls_server_config.${key}`),
  'http_server_config.http2',
  'http_server_config.headers',
  'basic_auth_users',
  ...Object.keys(RATE_LIMIT).map((key) => `rate_limit.${key}`),
];
