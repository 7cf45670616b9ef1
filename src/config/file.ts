import {
  LineCounter,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';
import { messageOf } from '../runtime/error-parts.ts';
import { formatKey, type KeyPath } from './key-path.ts';
import type { Origin, Said } from './origin.ts';
import { formatShortKey, type ConfigProblem } from './problem.ts';
import { tellFirst } from './tell-first.ts';

const MEBI = 2 ** 20;
/** Some thousand node hosts; parsing takes seconds for each further one. */
const MAX_CHARACTERS = MEBI;

/** What a configuration file says, and at which line it says what. */
export interface ConfigFile {
  readonly content: unknown;
  readonly said: Said;
}

export type ConfigFileResult =
  | { readonly ok: true; readonly file: ConfigFile }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads YAML 1.2 (and so JSON). Gives every syntax error and every key that was written twice. */
export function parseConfigFile(path: string, text: string): ConfigFileResult {
  const lines = new LineCounter();
  if (text.length > MAX_CHARACTERS) {
    const message = `larger than a configuration can be (${MAX_CHARACTERS / MEBI} MiB); is it the right file?`;
    return { ok: false, problems: [{ where: path, message }] };
  }
  // `merge: false` and no custom tags: the file is data, and each value has one line that it comes from. The library's
  // own look for keys that were written twice compares each with each.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const found: Found[] = [
    ...[...document.errors, ...document.warnings].map((error) => ({
      offset: error.pos[0],
      message: describeMistake(error),
    })),
    ...twinsIn(document).map(({ key, offset }) => ({ offset, message: describeTwin(key) })),
  ].sort((a, b) => a.offset - b.offset);
  const told = new Set<number>();
  const problems = found.flatMap(({ offset, message }) => {
    const { line } = lines.linePos(offset);
    // What follows on the same line is an echo of the first.
    if (told.has(line)) return [];
    told.add(line);
    return [{ where: `${path}:${line}`, message: `not valid YAML: ${describeYamlError(message)}` }];
  });
  if (problems.length > 0) return { ok: false, problems: tellFirst(problems) };
  try {
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    return { ok: true, file: { content, said: sayings(path, document, lines) } };
  } catch (error: unknown) {
    // Aliases that expand without end are only found while expanding.
    const reason = messageOf(error);
    return {
      ok: false,
      problems: [{ where: path, message: `not valid YAML: ${describeYamlError(reason)}` }],
    };
  }
}

interface Found {
  /** Where in the text. */
  readonly offset: number;
  readonly message: string;
}

/** The words of the YAML library, but where they speak of its functions. */
function describeMistake({ code, message }: YAMLError): string {
  if (code !== 'MULTIPLE_DOCS') return message;
  return 'a second document begins here (---); remove that line, or put what follows into a file of its own';
}

/** Keys that their section has already. */
function twinsIn(document: Document): readonly { readonly key: string; readonly offset: number }[] {
  const twins: { readonly key: string; readonly offset: number }[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) twins.push({ key: String(key.value), offset: key.range?.[0] ?? 0 });
        seen.add(key.value);
      }
    },
  });
  return twins;
}

function describeTwin(key: string): string {
  return `the key "${formatShortKey(key)}" is written twice; join the two`;
}

function describeYamlError(message: string): string {
  const text = message.trim().replace(/\.$/, '');
  const hint = /tab/i.test(text) ? ' (indent with spaces)' : '';
  return `${text}${hint}.`;
}

/** The line of each key and of each entry of a list. */
function sayings(file: string, { contents }: Document, lines: LineCounter): Said {
  const said = new Map<string, Origin>();
  const note = (node: unknown, path: KeyPath): void => {
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    said.set(formatKey(path), { kind: 'file', file, line: lines.linePos(offset).line });
  };
  const walk = (node: unknown, path: KeyPath): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (!isScalar(key)) continue;
        const here = [...path, String(key.value)];
        note(key, here);
        walk(value, here);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        note(item, [...path, index]);
        walk(item, [...path, index]);
      }
    }
  };
  note(contents, []);
  walk(contents, []);
  return said;
}
