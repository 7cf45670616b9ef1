import type { ConfigFile } from './file.ts';
import type { Form } from './forms.ts';
import { formatKey, type KeyPath } from './key-path.ts';
import type { Origin, Said } from './origin.ts';
import type { ConfigProblem } from './problem.ts';

/** One value that a flag or a variable sets. */
export interface LayerEntry {
  readonly path: KeyPath;
  readonly value: unknown;
  readonly origin: Origin;
}

/** What the flags, or the environment, say. A layer that names node hosts replaces the list below it as a whole. */
export interface Layer {
  readonly entries: readonly LayerEntry[];
  readonly problems: readonly ConfigProblem[];
  readonly configFile?: { readonly path: string; readonly origin: Origin };
}

/** The text of a flag or a variable as the value it stands for; text that is none stays text, and is refused later. */
export function readText(text: string, kind: Form['kind']): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case 'list':
      return text.split(',').map((part) => part.trim());
    case 'switch':
      return SWITCH_WORDS.get(text.trim().toLowerCase()) ?? text;
  }
}

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/**
 * File, environment and flags as one tree, with who said what in it; the later one wins. A layer that names node hosts
 * replaces the list below it.
 *
 * @param layers lowest first
 */
export function mergeLayers(
  file: ConfigFile | undefined,
  layers: readonly Layer[],
): { readonly tree: unknown; readonly said: Said } {
  let tree: unknown = file?.content ?? {};
  const said = new Map(file?.said);
  for (const { entries } of layers) {
    if (entries.some(isNodeEntry)) {
      tree = withValue(tree, ['nodes'], []);
      for (const key of said.keys()) if (/^nodes(\[|$)/.test(key)) said.delete(key);
    }
    for (const entry of entries) {
      const { path, value, origin } = entry;
      tree = withValue(tree, path, value);
      said.set(formatKey(path), origin);
      const whole = formatKey(path.slice(0, -1));
      if (isNodeEntry(entry) && !said.has(whole)) said.set(whole, origin);
    }
  }
  return { tree, said };
}

function isNodeEntry({ path }: LayerEntry): boolean {
  return path[0] === 'nodes';
}

/** `tree` with `value` at `path`. Where the file has something else than a section it stays, and is refused later. */
function withValue(tree: unknown, path: KeyPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    if (!Array.isArray(tree)) return tree;
    const list = [...(tree as unknown[])];
    list[step] = withValue(list[step] ?? {}, rest, value);
    return list;
  }
  const section = tree ?? {};
  if (typeof section !== 'object' || Array.isArray(section)) return tree;
  const inner = (section as Record<string, unknown>)[step];
  return { ...section, [step]: withValue(inner, rest, value) };
}
