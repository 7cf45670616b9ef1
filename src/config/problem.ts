/** One mistake in the configuration, or one doubtful thing in it. */
export interface ConfigProblem {
  /** Who said it: `liveness.yml:3`, `flag --log.level`, `environment variable …`. */
  readonly where: string;
  /** The key concerned; absent where a whole file is. */
  readonly key?: string;
  /** What was found, what is allowed and what to do. */
  readonly message: string;
  /** How many mistakes it stands for that are not told one by one; absent where it is one itself. */
  readonly standsFor?: number;
}

/** One line: where, which key, what. */
export function formatProblem({ where, key, message }: ConfigProblem): string {
  return key === undefined ? `${where}: ${message}` : `${where}: ${key}: ${message}`;
}

const SHOWN_CHARACTERS = 60;

/** A key, short enough for one line: what somebody wrote for one may be of any length. */
export function formatShortKey(key: string): string {
  return key.length > 2 * SHOWN_CHARACTERS ? `${key.slice(0, 2 * SHOWN_CHARACTERS)}…` : key;
}

/** A value as it was found, short enough for one line. Never call this with a credential. */
export function formatFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section (key: value)';
  const text = typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value) || typeof value;
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** A long run of letters and digits without a slash where a path belongs is most likely the credential itself. */
export function looksLikeCredential(value: string): boolean {
  return /^[A-Za-z0-9_=+-]{20,}$/.test(value.trim());
}

/** As {@link formatFound}, for keys whose value might be a credential by mistake. */
export function formatFoundPath(value: unknown): string {
  if (typeof value === 'string' && looksLikeCredential(value))
    return 'what looks like the credential itself (not shown)';
  return formatFound(value);
}
