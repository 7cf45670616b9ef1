import { Secret } from '../../core/index.ts';
import type { OtlpCollector } from './otlp-settings.ts';

/** A tenant's number is no credential, and to replace each `1` would leave no message to read. */
const SHORTEST_CREDENTIAL = 4;

/** For text of a collector or a library: the same without what only the collector may be told. */
export type Scrub = (text: string) => string;

/**
 * Takes the values of a collector's headers, and the credentials in its URL, out of a text: whole, without a scheme as in
 * `Bearer …`, and as they are written in a variable, within quotation marks or in a URL.
 */
export function scrubberFor({ secrets: { endpoint, headers } }: Pick<OtlpCollector, 'secrets'>): Scrub {
  const url = URL.parse(endpoint.reveal());
  const values = [
    ...headers.flatMap((list) => list.reveal().split(',').map(valueOf)),
    ...(url === null ? [] : [url.username, url.password, ...url.searchParams.values()]),
  ];
  const spellings = values
    .flatMap((value) => [value, decoded(value)])
    .flatMap((value) => [value, value.trim(), withoutScheme(value)])
    .filter((value) => value.length >= SHORTEST_CREDENTIAL)
    .flatMap((value) => [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value.toWellFormed()),
    ]);
  // The longest first: what is left of a value after a part of it was replaced would no longer be recognised.
  const known = [...new Set(spellings)]
    .toSorted((one, other) => other.length - one.length)
    .map((spelling) => new Secret(spelling));
  return (text) => known.reduce((scrubbed, secret) => secret.scrub(scrubbed), text);
}

/** What is no pair at all is a value, for all we know. */
function valueOf(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1);
}

function withoutScheme(value: string): string {
  return value.trim().replace(/^[A-Za-z][A-Za-z0-9._-]*\s+/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
