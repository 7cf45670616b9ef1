import type { z } from 'zod';
import { mistakesIn } from './describe-issue.ts';
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
    const paths = mistakesIn(found).map(({ path }) => path);
    faults.push(...paths);
    rest = prune(rest, branchOf(paths));
    const validated = configSchema.safeParse(rest);
    if (validated.success) return { settings: validated.data, faults };
    found = validated.error.issues;
  }
  return undefined;
}

/** Faults by their place: what is below each step, or `all` of it. */
type Branch = 'all' | Map<string | number, Branch>;

function branchOf(paths: readonly KeyPath[]): Branch {
  const root: Branch = new Map();
  for (const path of paths) {
    if (path.length === 0) return 'all';
    let branch: Map<string | number, Branch> = root;
    for (const [index, step] of path.entries()) {
      const known = branch.get(step);
      if (known === 'all') break;
      if (index === path.length - 1) branch.set(step, 'all');
      else {
        const next: Branch = known ?? new Map<string | number, Branch>();
        branch.set(step, next);
        branch = next;
      }
    }
  }
  return root;
}

/** Members of a list keep their places: an entry that goes leaves an empty one behind. */
function prune(tree: unknown, faults: Branch): unknown {
  if (faults === 'all') return {};
  if (Array.isArray(tree)) {
    return tree.map((entry: unknown, index) => {
      const below = faults.get(index);
      return below === undefined ? entry : prune(entry, below);
    });
  }
  if (tree === null || typeof tree !== 'object') return tree;
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => {
      const below = faults.get(key);
      if (below === 'all') return [];
      return [[key, below === undefined ? value : prune(value, below)]];
    }),
  );
}
