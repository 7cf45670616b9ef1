import { z } from 'zod';
import { isBlank } from '../core/index.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { parseGatewayUrl } from './gateway-url.ts';
import {
  formatListenAddress,
  MAX_SOCKET_PATH_BYTES,
  overlongSocketPath,
  parseListenAddress,
  type ListenAddress,
} from './listen-address.ts';
import { formatFound } from './problem.ts';
import { parsed, parsedQuantity, refuse } from './schema-parts.ts';

/** How the value of a setting is written, read, and written back. */
export interface Form<T = unknown> {
  /** How the text of a flag or a variable stands for it. */
  readonly kind: 'text' | 'number' | 'switch' | 'list';
  /** What may be written, for error messages: `allowed: …`. */
  readonly allowed: string;
  /** The flag's argument in `--help`. */
  readonly argument?: string;
  readonly schema: z.ZodType<T>;
  /** What the names of its fields end in. */
  readonly suffix?: 'Ms';
  /** With paths made absolute; absent where there is none in it. */
  place?(value: T, absolute: (path: string) => string): T;
  /** As it would be written in the file; absent where that is the value itself. */
  write?(value: T): Written;
}

export type Written = string | number | boolean | readonly string[];

/** Allowed is said once: a message cannot promise what the schema refuses. */
function form<T>(
  allowed: string,
  schema: (allowed: string) => z.ZodType<T>,
  rest: Omit<Form<T>, 'allowed' | 'schema' | 'kind'> & { readonly kind?: Form['kind'] } = {},
): Form<T> {
  return { kind: 'text', ...rest, allowed, schema: schema(allowed) };
}

export const SWITCH = form('true or false', z.boolean, { kind: 'switch' });

/** In milliseconds. */
export function duration(min: number, max: number): Form<number> & { readonly suffix: 'Ms' } {
  const allowed = `a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds, from ${formatDuration(min)} to ${formatDuration(max)}`;
  const read = (written: string | number): number | undefined => {
    const ms = parseDuration(written);
    return ms !== undefined && ms >= min && ms <= max ? ms : undefined;
  };
  return { ...form(allowed, (told) => parsedQuantity(read, told), { write: formatDuration }), suffix: 'Ms' };
}

export function wholeNumber(min: number, max: number): Form<number> {
  const schema = (allowed: string): z.ZodType<number> => z.int(allowed).min(min, allowed).max(max, allowed);
  return form(`a whole number from ${min} to ${max}`, schema, { kind: 'number', argument: '<count>' });
}

export function anyNumber(min: number, max: number): Form<number> {
  const schema = (allowed: string): z.ZodType<number> =>
    z.number(allowed).min(min, allowed).max(max, allowed);
  return form(`a number from ${min} to ${max}`, schema, { kind: 'number' });
}

export function oneOf<T extends string>(words: readonly T[], argument: string): Form<T> {
  const allowed = `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
  return form(allowed, (told) => z.enum(words, told), { argument });
}

export function path(allowed: string): Form<string> {
  return form(allowed, pathText, { argument: '<path>', place: (value, absolute) => absolute(value) });
}

function pathText(allowed: string): z.ZodType<string> {
  return parsed((text) => (text.trim() === '' || text.includes('\0') ? undefined : text.trim()), allowed);
}

/** Where the log of one node host is. `auto`: wherever its process writes to. */
export type NodeLog =
  | { readonly kind: 'auto' }
  | { readonly kind: 'journal' }
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string };

export const A_LOG: Form<NodeLog> = form(
  'the path of a file, journal, auto or none',
  (allowed) => pathText(allowed).transform(logOf),
  {
    argument: '<where>',
    place: (log, absolute) => (log.kind === 'file' ? { ...log, path: absolute(log.path) } : log),
    write: (log) => (log.kind === 'file' ? log.path : log.kind),
  },
);

function logOf(where: string): NodeLog {
  switch (where) {
    case 'auto':
    case 'journal':
    case 'none':
      return { kind: where };
    default:
      return { kind: 'file', path: where };
  }
}

export const MAX_NAME_LENGTH = 128;

export const NAME = form(
  `a name of 1 to ${MAX_NAME_LENGTH} characters on one line`,
  (allowed) =>
    parsed((text) => {
      const name = text.trim();
      // Each of these would break a log line or a table in two, or turn a terminal upside down.
      const isOnOneLine = !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
      return !isBlank(name) && name.length <= MAX_NAME_LENGTH && isOnOneLine ? name : undefined;
    }, allowed),
  { argument: '<name>' },
);

export const SYSTEMD_UNIT = form(
  'the name of a systemd service',
  (allowed) =>
    parsed((text) => {
      const unit = text.trim();
      if (!/^[A-Za-z0-9:_.\\@-]+$/.test(unit)) return undefined;
      return unit.includes('.') ? unit : `${unit}.service`;
    }, allowed),
  { argument: '<unit>' },
);

export const LAUNCHD_LABEL = form(
  'the label of a launchd job',
  (allowed) => parsed((text) => /^[\w.@:-]+$/.exec(text.trim())?.[0], allowed),
  { argument: '<label>' },
);

/** As Node's `fingerprint256`. */
export const FINGERPRINT = form(
  '64 hexadecimal digits, with or without colons',
  (allowed) =>
    parsed((text) => {
      const digits = text
        .trim()
        .replace(/^sha-?256:/i, '')
        .replaceAll(':', '');
      return /^[0-9a-f]{64}$/i.test(digits) ? digits.toUpperCase().match(/../g)?.join(':') : undefined;
    }, allowed),
  { argument: '<sha256>' },
);

/** Numbers are refused: YAML reads 0660 as six hundred and sixty, and 0o660 as 432. */
export const SOCKET_MODE = form(
  'three octal digits in quotes, such as "660"',
  (allowed) => parsed((text) => (/^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined), allowed),
  { write: (mode) => mode.toString(8).padStart(3, '0') },
);

/** One program with its arguments; a variable gives one text. */
export const COMMAND: Form<readonly string[]> = form(
  'a list: the path of a program, then its arguments',
  (allowed) => z.array(z.string(allowed).min(1, allowed), allowed).min(1, allowed),
  { kind: 'list' },
);

/** Where a browser finds the exporter; links are made by adding a path. */
export const EXTERNAL_URL: Form<string> = form(
  'http:// or https:// followed by host[:port][/path], without a user, a query or a fragment',
  (allowed) => parsed(externalUrl, allowed),
  { argument: '<url>' },
);

function externalUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isBare ? url.href.replace(/\/+$/, '') : undefined;
}

/** @param tokenFileKey where the token of a gateway belongs that somebody wrote into its URL */
export function gatewayUrl(tokenFileKey: string): Form<string> {
  const schema = (allowed: string): z.ZodType<string> =>
    z.string(allowed).transform((text, context) => {
      const result = parseGatewayUrl(text);
      if (result.ok) return result.url;
      switch (result.problem) {
        case 'credentials':
          return refuse(
            context,
            `found a URL with credentials in it (not shown); remove them: a URL ends up in logs and labels. Put the token in a file and name it in ${tokenFileKey}.`,
          );
        case 'query':
          return refuse(
            context,
            'found a URL with a query or a fragment (not shown); write it without: the gateway needs neither.',
          );
        case 'form':
          context.issues.push({ code: 'custom', message: allowed, input: text });
          return z.NEVER;
      }
    });
  return form('ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port', schema, {
    argument: '<url>',
  });
}

/** One, or a list; of the same twice the second could not be had. */
export const LISTEN_ADDRESSES: Form<readonly ListenAddress[]> = form(
  'host:port, :port for every address of the machine, [IPv6]:port, or unix:path',
  (allowed) =>
    z.unknown().transform((written, context) => {
      const found: readonly unknown[] = Array.isArray(written) ? written : [written];
      const seen = new Set<string>();
      const mistake =
        found.length === 0
          ? `found an empty list; allowed: ${allowed}.`
          : found.map((text) => mistakenAddress(text, seen, allowed)).find((told) => told !== undefined);
      if (mistake !== undefined) return refuse(context, mistake);
      return found.flatMap((text) => parseListenAddress(text as string) ?? []);
    }),
  {
    kind: 'list',
    argument: '<address>',
    place: (addresses, absolute) =>
      addresses.map((each) => (each.kind === 'unix' ? { ...each, path: absolute(each.path) } : each)),
    write: (addresses) => {
      const [only = '', ...others] = addresses.map(formatListenAddress);
      return others.length === 0 ? only : [only, ...others];
    },
  },
);

/** @param seen those before it in the list */
function mistakenAddress(text: unknown, seen: Set<string>, allowed: string): string | undefined {
  const address = typeof text === 'string' ? parseListenAddress(text) : undefined;
  if (address === undefined) {
    const tooLong = typeof text === 'string' ? overlongSocketPath(text) : undefined;
    if (tooLong === undefined) return `found ${formatFound(text)}; allowed: ${allowed}.`;
    return `the path of the socket has ${Buffer.byteLength(tooLong)} bytes, and the system takes up to ${MAX_SOCKET_PATH_BYTES}; use a shorter one: ${tooLong}`;
  }
  const written = formatListenAddress(address);
  const isAnyPort = address.kind === 'tcp' && address.port === 0;
  if (seen.has(written) && !isAnyPort)
    return `${JSON.stringify(written)} is given twice; remove one of them.`;
  seen.add(written);
  return undefined;
}
