import type { z } from 'zod';
import type { KeyPath } from './file.ts';
import { formatKey } from './layer.ts';
import { formatFound, formatFoundPath } from './problem.ts';
import { ALL_SETTINGS } from './settings.ts';
import { suggest } from './suggest.ts';

/** A mistake that validation found, before it was put into words. */
export interface Mistake {
  readonly issue: z.core.$ZodIssue;
  readonly path: KeyPath;
}

/** One for each key at fault: zod tells all unknown keys of a section at once. */
export function mistakesIn(issues: readonly z.core.$ZodIssue[]): readonly Mistake[] {
  return issues.flatMap((issue): readonly Mistake[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code !== 'unrecognized_keys') return [{ issue, path }];
    return issue.keys.map((key) => ({ issue, path: [...path, key] }));
  });
}

/** What zod found, as a sentence. `tree` is what was validated. */
export function describeMistake({ issue, path }: Mistake, tree: unknown): string {
  if (issue.code === 'unrecognized_keys') return describeUnknownKey(path.slice(0, -1), String(path.at(-1)));
  if (issue.code === 'custom' && issue.params?.advice === true) return issue.message;
  const found = valueAt(tree, path);
  if (issue.code === 'invalid_type' && issue.expected === 'object') {
    return `found ${describeInstead(found)}; allowed: ${describeSection(path)}.`;
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array') {
    return `found ${describeInstead(found)}; allowed: a list (lines that start with "- ").`;
  }
  const shown = path.at(-1) === 'token_file' ? formatFoundPath(found) : formatFound(found);
  return `found ${shown}; allowed: ${issue.message}.`;
}

/** Where a section belongs the value itself may be a credential, so only its kind is said. */
function describeInstead(found: unknown): string {
  return typeof found === 'string' ? 'text' : formatFound(found);
}

function describeSection(path: KeyPath): string {
  if (path.length === 0) return `sections (${knownKeys([]).join(', ')})`;
  return `a section with any of ${knownKeys(path).join(', ')}`;
}

function describeUnknownKey(section: KeyPath, key: string): string {
  if (/token$|password|secret/i.test(key)) {
    const home = section[0] === 'gateways' ? 'token_file' : 'gateway.token_file';
    return `unknown key (its value is not shown): a credential does not belong in this file. Put the token in a file of its own (mode 0600) and set ${home}.`;
  }
  const here = knownKeys(section);
  const meant = suggest(key, here);
  if (meant !== undefined) return `unknown key. Did you mean "${meant}"?`;
  const elsewhere = suggest(key, ALL_LEAVES);
  if (elsewhere !== undefined) {
    const homes = ALL_SETTINGS.filter((setting) => leafOf(setting.key) === elsewhere).map(
      (setting) => setting.key,
    );
    return `unknown key. Did you mean ${homes.join(' or ')}?`;
  }
  return `unknown key; remove it. Known here: ${here.join(', ')}.`;
}

/** The keys that the section at `path` may have. */
function knownKeys(path: KeyPath): string[] {
  const prefix = formatKey(path).replace(/\[\d+\]/g, '[]');
  const inside = ALL_SETTINGS.flatMap(({ key }) => {
    if (prefix === '') return [key];
    return key.startsWith(`${prefix}.`) ? [key.slice(prefix.length + 1)] : [];
  });
  return [...new Set(inside.map((key) => key.split(/[.[]/)[0] ?? key))];
}

function leafOf(key: string): string {
  return key.split('.').at(-1) ?? key;
}

const ALL_LEAVES = ALL_SETTINGS.map(({ key }) => leafOf(key));

function valueAt(tree: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    tree,
  );
}
