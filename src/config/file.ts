import {
  LineCounter,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type YAMLError,
} from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** A step into the tree: a key of a section or an index of a list. */
export type KeyPath = readonly (string | number)[];

/** What a configuration file says, and at which line. */
export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
  /** The line of the key at `path`, or of the nearest section around it that the file has. */
  lineOf(path: KeyPath): number;
  /** Whether the file itself says something at `path`. */
  has(path: KeyPath): boolean;
}

export type ConfigFileResult =
  | { readonly ok: true; readonly file: ConfigFile }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads YAML 1.2 (and so JSON). Gives every syntax error and every key that was written twice. */
export function parseConfigFile(path: string, text: string): ConfigFileResult {
  const lines = new LineCounter();
  // `merge: false` and no custom tags: the file is data, and each value has one line that it comes from.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const told = new Set<number>();
  const problems = [...document.errors, ...document.warnings].flatMap((error) => {
    const { line } = lines.linePos(error.pos[0]);
    // What follows on the same line is an echo of the first.
    if (told.has(line)) return [];
    told.add(line);
    const found = describeMistake(error, text);
    return [{ where: `${path}:${line}`, message: `not valid YAML: ${describeYamlError(found)}` }];
  });
  if (problems.length > 0) return { ok: false, problems };
  try {
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    return { ok: true, file: { path, content, ...locate(document, lines) } };
  } catch (error: unknown) {
    // Aliases that expand without end are only found while expanding.
    const reason = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      problems: [{ where: path, message: `not valid YAML: ${describeYamlError(reason)}` }],
    };
  }
}

/** The words of the YAML library, but where they speak of its functions or not of the key. */
function describeMistake({ code, pos, message }: YAMLError, text: string): string {
  if (code === 'DUPLICATE_KEY') return describeTwin(text, pos[0]);
  if (code !== 'MULTIPLE_DOCS') return message;
  return 'a second document begins here (---); remove that line, or put what follows into a file of its own';
}

function describeTwin(text: string, offset: number): string {
  const key = /^["']?([\w.-]+)/.exec(text.slice(offset))?.[1] ?? '';
  return `the key "${key}" is written twice; join the two`;
}

function describeYamlError(message: string): string {
  const text = message.trim().replace(/\.$/, '');
  const hint = /tab/i.test(text) ? ' (indent with spaces)' : '';
  return `${text}${hint}.`;
}

function locate(document: Document, lines: LineCounter): Pick<ConfigFile, 'lineOf' | 'has'> {
  const walk = (path: KeyPath): { readonly offset: number; readonly complete: boolean } => {
    let current: unknown = document.contents;
    let offset = isNode(current) ? (current.range?.[0] ?? 0) : 0;
    for (const step of path) {
      if (isMap(current)) {
        const pair = current.items.find(
          (item) => isPair(item) && isScalar(item.key) && item.key.value === step,
        );
        if (pair === undefined) return { offset, complete: false };
        if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
        current = pair.value;
      } else if (isSeq(current) && typeof step === 'number') {
        const item: unknown = current.items[step];
        if (item === undefined) return { offset, complete: false };
        if (isNode(item)) offset = item.range?.[0] ?? offset;
        current = item;
      } else {
        return { offset, complete: false };
      }
    }
    return { offset, complete: true };
  };
  return {
    lineOf: (path) => lines.linePos(walk(path).offset).line,
    has: (path) => walk(path).complete,
  };
}
