import { Secret } from '../../core/index.ts';
import type { OtlpTarget } from './otlp-settings.ts';

/** A tenant's number is no credential, and to replace each `1` would leave no message to read. */
const SHORTEST_CREDENTIAL = 4;

/** For text of a collector or a library: the same without what only the collector may be told. */
export type Scrub = (text: string) => string;

/**
 * Takes the values of a target's headers, and the credentials in its URL, out of a text: whole, without a scheme as in
 * `Bearer …`, and as they are written within quotation marks or in a URL.
 */
export function scrubberFor({ headers, endpoint }: OtlpTarget): Scrub {
  const url = URL.parse(endpoint);
  const values = [
    ...Object.values(headers).map((value) => value.reveal()),
    ...(url === null ? [] : [decoded(url.username), decoded(url.password), ...url.searchParams.values()]),
  ];
  const spellings = values
    .flatMap((value) => [value, value.trim(), withoutScheme(value)])
    .filter((value) => value.length >= SHORTEST_CREDENTIAL)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  // The longest first: what is left of a value after a part of it was replaced would no longer be recognised.
  const secrets = [...new Set(spellings)]
    .toSorted((one, other) => other.length - one.length)
    .map((spelling) => new Secret(spelling));
  return (text) => secrets.reduce((scrubbed, secret) => secret.scrub(scrubbed), text);
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
