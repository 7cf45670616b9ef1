import type { z } from 'zod';
import { describeIssue } from './describe-issue.ts';
import type { KeyPath } from './file.ts';
import { configSchema, type Settings } from './schema.ts';

/** Taking a fault out may show another one that it hid. */
const MAX_ROUNDS = 5;

/** What is left of a configuration once everything that its schema refuses was taken out. */
export interface Remainder {
  readonly settings: Settings;
  /** Keys that were taken out. */
  readonly faults: readonly KeyPath[];
}

/** The sound part of `tree`, so that the rest of it can be checked too; `undefined` when none can be told. */
export function soundPartOf(tree: unknown, issues: readonly z.core.$ZodIssue[]): Remainder | undefined {
  const faults: KeyPath[] = [];
  let rest = tree;
  let found = issues;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const paths = found.flatMap((issue) => describeIssue(issue, rest).map(({ path }) => path));
    faults.push(...paths);
    for (const path of paths) rest = without(rest, path);
    const validated = configSchema.safeParse(rest);
    if (validated.success) return { settings: validated.data, faults };
    found = validated.error.issues;
  }
  return undefined;
}

/** Members of a list keep their places: an entry that goes leaves an empty one behind. */
function without(tree: unknown, path: KeyPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return {};
  if (Array.isArray(tree)) {
    return tree.map((entry: unknown, index) => (index === step ? without(entry, rest) : entry));
  }
  if (tree === null || typeof tree !== 'object') return tree;
  const kept = { ...(tree as Record<string, unknown>) };
  if (rest.length === 0) Reflect.deleteProperty(kept, step);
  else kept[step] = without(kept[step], rest);
  return kept;
}
