import type { ConfigFile } from './file.ts';
import { isNodeEntry, type Layer } from './layer.ts';
import { DEFAULT_ORIGIN, type Origin } from './origin.ts';
import { ALL_SETTINGS } from './settings.ts';
import { formatKey, type KeyPath } from './key-path.ts';

type ListName = 'gateways' | 'nodes';

/** Knows who said what, after file, environment and flags were joined. */
export class OriginIndex {
  readonly #file: ConfigFile | undefined;
  readonly #byKey = new Map<string, Origin>();
  /** A layer that names node hosts replaces those of the file. */
  readonly #nodesAreFromFile: boolean;

  /** @param layers lowest first, as they were merged */
  constructor(file: ConfigFile | undefined, layers: readonly Layer[]) {
    this.#file = file;
    const top = layers.findLastIndex(({ entries }) => entries.some(isNodeEntry));
    this.#nodesAreFromFile = top === -1;
    for (const [index, { entries }] of layers.entries()) {
      for (const entry of entries) {
        if (isNodeEntry(entry) && index < top) continue;
        this.#byKey.set(formatKey(entry.path), entry.origin);
      }
    }
  }

  /** Who said the value at `path`; where nobody did, whoever said the nearest thing around it. */
  of(path: KeyPath): Origin {
    const exact = this.exactly(path);
    if (exact !== undefined) return exact;
    if (path[0] === 'nodes' && !this.#nodesAreFromFile) {
      const key = formatKey(path);
      for (const [known, origin] of this.#byKey) if (known.startsWith(`${key}.`)) return origin;
      return path.length > 1 ? this.of(path.slice(0, -1)) : DEFAULT_ORIGIN;
    }
    return this.#file === undefined ? DEFAULT_ORIGIN : this.#inFile(this.#file, path);
  }

  /** Who said exactly this; `undefined` when it is a default. */
  exactly(path: KeyPath): Origin | undefined {
    const fromLayer = this.#byKey.get(formatKey(path));
    if (fromLayer !== undefined) return fromLayer;
    if (this.#file === undefined || !this.#file.has(path)) return undefined;
    return path[0] === 'nodes' && !this.#nodesAreFromFile ? undefined : this.#inFile(this.#file, path);
  }

  /**
   * By key, for each value that somebody said.
   *
   * @param lengths how many entries each list has
   */
  all(lengths: Readonly<Record<ListName, number>>): Readonly<Record<string, Origin>> {
    const paths = ALL_SETTINGS.flatMap(({ key }): KeyPath[] => {
      const [section = '', ...rest] = key.split('.');
      if (!section.endsWith('[]')) return [[section, ...rest]];
      const list = section.slice(0, -2) as ListName;
      return Array.from({ length: lengths[list] }, (_, index) => [list, index, ...rest]);
    });
    return Object.fromEntries(
      paths.flatMap((path) => {
        const origin = this.exactly(path);
        return origin === undefined ? [] : [[formatKey(path), origin] as const];
      }),
    );
  }

  #inFile(file: ConfigFile, path: KeyPath): Origin {
    return { kind: 'file', file: file.path, line: file.lineOf(path) };
  }
}
