import { formatShortKey, type ConfigProblem } from './problem.ts';
import { formatKey, type KeyPath } from './key-path.ts';

/** Who said a value. */
export type Origin =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'default' };

export const DEFAULT_ORIGIN: Origin = { kind: 'default' };

/** For the start of an error message and for `config check`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'flag':
      return `flag ${origin.flag}`;
    case 'environment':
      return `environment variable ${origin.variable}`;
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'default':
      return 'default';
  }
}

/** Who said what, by key (`nodes[0].log`), sections and entries of lists included. */
export type Said = ReadonlyMap<string, Origin>;

/** Who said the value at `path`; where nobody did, whoever said the nearest thing around it. */
export function whoSaid(said: Said, path: KeyPath): Origin {
  for (let length = path.length; length >= 0; length -= 1) {
    const origin = said.get(formatKey(path.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return DEFAULT_ORIGIN;
}

/** What is wrong at a key, with who said it. */
export function problemAt(said: Said, path: KeyPath, message: string): ConfigProblem {
  const where = formatOrigin(whoSaid(said, path));
  // The root itself has no key.
  return path.length === 0 ? { where, message } : { where, key: formatShortKey(formatKey(path)), message };
}

/** The same of a configuration that was put together. */
export function problemIn(
  { origins }: { readonly origins: Readonly<Record<string, Origin>> },
  key: string,
  message: string,
): ConfigProblem {
  return { where: formatOrigin(origins[key] ?? DEFAULT_ORIGIN), key, message };
}
