import { isIP, isIPv6 } from 'node:net';

const KINDS: ReadonlySet<string> = new Set(['DNS', 'IP Address', 'email', 'URI']);

/**
 * The names in Node's text of a certificate's Subject Alternative Name (`DNS:a, IP Address:1.2.3.4`). Node writes a name
 * with unusual characters as a JSON string, so that a comma in it does not end it.
 */
export function subjectAltNames(text: string | undefined): readonly string[] {
  const names: string[] = [];
  const entry = /(?<kind>[A-Za-z ]+):(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<plain>[^,"]*))(?:, |$)/gy;
  for (const { groups } of (text ?? '').matchAll(entry)) {
    const { kind = '', quoted, plain = '' } = groups ?? {};
    if (!KINDS.has(kind)) continue;
    names.push(canonicalName(quoted === undefined ? plain : (JSON.parse(quoted) as string)));
  }
  return names;
}

/** IPv6 addresses as Go writes them; anything else as it is. */
export function canonicalName(name: string): string {
  if (isIP(name) === 0 || !isIPv6(name)) return name;
  return new URL(`http://[${name}]`).hostname.slice(1, -1);
}
