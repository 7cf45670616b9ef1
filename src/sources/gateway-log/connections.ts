import type { Caller } from '../../core/index.ts';

/** More connections than this are not kept in mind; the oldest goes first. */
const KEPT = 2_000;

/** Somebody whom the gateway had something against, until it says that it closed. */
export interface Suspect {
  readonly caller: Caller;
  readonly authReason: string;
}

/** What several lines say of one connection, joined by what the log calls it. */
export class Connections {
  readonly #suspects = new Map<string, Suspect>();
  /** Of a verbose log: both ends of a connection by its short name, and who is behind it. */
  readonly #nameByEnds = new Map<string, string>();
  readonly #nodes = new Map<string, Caller>();
  /** A verbose log leaves the name out as long as it speaks of the same connection. */
  #last: string | undefined;

  suspect(connection: string, suspect: Suspect): void {
    keep(this.#suspects, connection, suspect);
  }

  /** It has closed: whom the gateway refused there, if that was said. */
  take(connection: string): Suspect | undefined {
    const suspect = this.#suspects.get(connection);
    this.#suspects.delete(connection);
    return suspect;
  }

  /** @param name where the line tells it */
  about(name: string | undefined): string | undefined {
    this.#last = name ?? this.#last;
    return this.#last;
  }

  opened(name: string, ends: string): void {
    keep(this.#nameByEnds, ends, name);
  }

  attached(name: string, caller: Caller): void {
    keep(this.#nodes, name, caller);
  }

  /** Who was behind it, if it was a node that we saw attach. */
  closed(ends: string): Caller | undefined {
    const name = this.#nameByEnds.get(ends);
    this.#nameByEnds.delete(ends);
    if (name === undefined) return undefined;
    const caller = this.#nodes.get(name);
    this.#nodes.delete(name);
    return caller;
  }
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > KEPT && oldest !== undefined) map.delete(oldest);
}
