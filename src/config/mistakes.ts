import type { z } from 'zod';
import { formatFound } from './problem.ts';
import { isAdvice } from './schema-parts.ts';
import { suggest } from './suggest.ts';
import { MAX_TOLD } from './tell-first.ts';
import { formatKey, type KeyPath } from './key-path.ts';

/** What may stand in a file, and what of it may be shown. */
export interface Vocabulary {
  /** Every key: `web.listen_address`, `nodes[].log`. */
  readonly keys: readonly string[];
  /** A value of the wrong form. */
  readonly show: (found: unknown, path: KeyPath) => string;
  /** What to do with an unknown key that looks like a credential's; where absent, it is a key like others. */
  readonly onCredential?: (section: KeyPath) => string;
}

export interface Mistakes {
  readonly told: readonly { readonly path: KeyPath; readonly message: string }[];
  /** So many more there are. */
  readonly untold: number;
}

/** What validation found in `tree`, in sentences. */
export function describeMistakes({ issues }: z.ZodError, tree: unknown, vocabulary: Vocabulary): Mistakes {
  // One for each key at fault: zod tells all unknown keys of a section at once.
  const mistakes = issues.flatMap((issue): readonly { issue: z.core.$ZodIssue; path: KeyPath }[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ issue, path: [...path, key] }))
      : [{ issue, path }];
  });
  return {
    told: mistakes
      .slice(0, MAX_TOLD)
      .map(({ issue, path }) => ({ path, message: describe(issue, path, { tree, vocabulary }) })),
    untold: Math.max(0, mistakes.length - MAX_TOLD),
  };
}

function describe(
  issue: z.core.$ZodIssue,
  path: KeyPath,
  { tree, vocabulary }: { readonly tree: unknown; readonly vocabulary: Vocabulary },
): string {
  if (issue.code === 'unrecognized_keys') return describeUnknownKey(path, vocabulary);
  if (isAdvice(issue)) return issue.message;
  const found = valueAt(tree, path);
  const wanted = issue.code === 'invalid_type' ? issue.expected : '';
  switch (wanted) {
    case 'object':
    case 'record':
      return `found ${kindOf(found)}; allowed: ${describeSection(path, vocabulary)}.`;
    case 'array':
      return `found ${kindOf(found)}; allowed: a list (lines that start with "- ").`;
    default:
      return `found ${vocabulary.show(found, path)}; allowed: ${issue.message}.`;
  }
}

/** Where a section belongs the value itself may be a credential, so only its kind is said. */
export function kindOf(found: unknown): string {
  return typeof found === 'string' ? 'text' : formatFound(found);
}

function describeSection(path: KeyPath, vocabulary: Vocabulary): string {
  const keys = knownKeys(path, vocabulary).join(', ');
  if (keys === '') return 'a section (key: value)';
  return path.length === 0 ? `sections (${keys})` : `a section with any of ${keys}`;
}

function describeUnknownKey(path: KeyPath, vocabulary: Vocabulary): string {
  const section = path.slice(0, -1);
  const key = String(path.at(-1));
  if (vocabulary.onCredential !== undefined && /token$|password|secret/i.test(key)) {
    return `unknown key (its value is not shown): ${vocabulary.onCredential(section)}`;
  }
  const here = knownKeys(section, vocabulary);
  const meant = suggest(key, here);
  if (meant !== undefined) return `unknown key. Did you mean "${meant}"?`;
  const elsewhere = suggest(key, [...new Set(vocabulary.keys.map(leafOf))]);
  if (elsewhere === undefined) return `unknown key; remove it. Known here: ${here.join(', ')}.`;
  const homes = vocabulary.keys.filter((known) => leafOf(known) === elsewhere);
  return `unknown key. Did you mean ${homes.join(' or ')}?`;
}

/** The keys that the section at `path` may have. */
function knownKeys(path: KeyPath, { keys }: Vocabulary): readonly string[] {
  const prefix = path.length === 0 ? '' : `${formatKey(path).replace(/\[\d+\]/g, '[]')}.`;
  const inside = keys.flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  return [...new Set(inside.map((key) => key.split(/[.[]/)[0] ?? key))];
}

function leafOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function valueAt(tree: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    tree,
  );
}
