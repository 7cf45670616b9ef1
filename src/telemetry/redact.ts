const REDACTED = '[redacted]';

/** Names whose value is a credential. `token_file` and `token_mismatch` are not. */
const SECRET_NAME = /(?:token|password|passwd|secret|authorization|cookie|private_?key|signature)$/i;

/** Fields of a log line without credentials, to any depth. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) ? REDACTED : redactValue(value),
    ]),
  );
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return redactFields(value as Record<string, unknown>);
  }
  return value;
}

/** Text of another program without the credentials that such text is known to carry. */
export function redactText(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${REDACTED}@`)
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`)
    .replace(
      /((?:token|password|passwd|secret|signature)["']?\s*[=:]\s*["']?)[^\s"'&,;)}]+/gi,
      `$1${REDACTED}`,
    );
}
