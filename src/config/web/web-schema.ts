import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { CLIENT_AUTH_TYPES, type ClientAuthType } from '../../http/security/web-policy.ts';
import { bcryptCost, MAX_BCRYPT_COST } from './bcrypt-hash.ts';
import { parseGoDuration } from './go-duration.ts';
import { CURVES, OLD_CLIENT_AUTH_TYPES, TLS12_SUITES, TLS13_SUITES, TLS_VERSIONS } from './tls-vocabulary.ts';

/*
 * The format of Prometheus's exporter-toolkit
 * (https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md): a file that is accepted here
 * is accepted there. As in config/schema.ts a message is what is allowed, or a whole sentence marked as advice.
 */

const ADVICE = { advice: true } as const;

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

function section<S extends z.core.$ZodShape>(shape: S) {
  return z.preprocess((found) => found ?? {}, z.strictObject(shape));
}

function word<T>(known: ReadonlyMap<string, T>) {
  const allowed = [...known.keys()].filter((name) => name !== '').join(', ');
  return z.string(allowed).transform((name, context) => {
    const meaning = known.get(name);
    if (meaning !== undefined) return meaning;
    context.issues.push({ code: 'custom', message: allowed, input: name });
    return z.NEVER;
  });
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
  const isOld = name === 'TLS10' || name === 'TLS11';
  context.issues.push({
    code: 'custom',
    message: isOld ? OLD_VERSION : 'TLS12 or TLS13',
    input: name,
    ...(isOld && { params: ADVICE }),
  });
  return z.NEVER;
});

const tlsServerConfig = section({
  cert: pem,
  key: pem,
  client_ca: pem,
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
  curve_preferences: z.array(word(CURVES)).nullish(),
  prefer_server_cipher_suites: z.boolean('true or false').optional(),
});

/** As Go's YAML has it: a number (`X-XSS-Protection: 1`) is its digits, and nothing is blank. */
const headerValue = z
  .union([z.string(), z.number(), z.boolean(), z.null()], 'text')
  .transform((found) => String(found ?? ''));

const headers = z.preprocess(
  (found) => found ?? {},
  z.record(z.string(), headerValue).check((context) => {
    for (const [name, value] of Object.entries(context.value)) {
      const problem = headerProblem(name, value);
      if (problem === undefined) continue;
      context.issues.push({ code: 'custom', path: [name], message: problem, params: ADVICE, input: value });
    }
  }),
);

function headerProblem(name: string, value: string): string | undefined {
  const values = HEADERS.get(name);
  if (values === undefined) {
    return `this header cannot be set. Allowed: ${[...HEADERS.keys()].join(', ')}.`;
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
      if (problem === undefined) continue;
      context.issues.push({
        code: 'custom',
        path: [user],
        message: problem,
        params: ADVICE,
        input: undefined,
      });
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

const rateLimit = section({
  interval: z
    .union([z.string(), z.number()], INTERVAL)
    .transform((written, context) => {
      const ms = parseGoDuration(String(written));
      if (ms !== undefined && ms <= MAX_RATE_INTERVAL_MS) return ms;
      context.issues.push({ code: 'custom', message: INTERVAL, input: written });
      return z.NEVER;
    })
    .optional(),
  burst: z.int(BURST).min(0, BURST).max(MAX_BURST, BURST).optional(),
}).check((context) => {
  const { interval = 0, burst = 0 } = context.value;
  if (interval === 0 || burst > 0) return;
  context.issues.push({
    code: 'custom',
    path: ['burst'],
    message: `an interval without a burst lets nobody in; allowed: ${BURST}.`,
    params: ADVICE,
    input: burst,
  });
});

/** The shape of the file. Unknown keys are refused everywhere: a typo must not leave a door open. */
export const webSchema = z.preprocess(
  (found) => found ?? {},
  z.strictObject({
    tls_server_config: tlsServerConfig.prefault({}),
    http_server_config: section({
      http2: z.boolean('true or false').optional(),
      headers: headers.prefault({}),
    }).prefault({}),
    basic_auth_users: users.prefault({}),
    rate_limit: rateLimit.prefault({}),
  }),
);

export type WebFile = z.output<typeof webSchema>;

/** The keys that each section knows, for suggestions. */
export const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit'],
  tls_server_config: [
    'cert_file',
    'key_file',
    'client_auth_type',
    'client_ca_file',
    'client_allowed_sans',
    'min_version',
    'max_version',
    'cipher_suites',
    'prefer_server_cipher_suites',
    'curve_preferences',
    'cert',
    'key',
    'client_ca',
  ],
  http_server_config: ['http2', 'headers'],
  rate_limit: ['interval', 'burst'],
};
