import { HEAD_BYTES } from './content-windows.ts';
import type { FileStatus } from './file-system.ts';
import type { LogPosition } from './position.ts';
import { byRotation } from './rotated-names.ts';

export interface Sibling {
  readonly name: string;
  readonly status: FileStatus;
}

/** File systems tell time in ticks. */
export const TICK_MS = 10;

/**
 * The files that rotations left beside a log, as one look at the directory found them, and which of them came after what.
 * Names alone prove nothing, since anybody may give a file any number: what was last written to before our position was
 * read holds nothing new.
 */
export class Rotations {
  readonly #base: string;
  /** Those that can be read on from an offset. */
  readonly plain: readonly Sibling[];
  readonly compressed: readonly Sibling[];

  constructor(
    base: string,
    { plain, compressed }: { readonly plain: readonly Sibling[]; readonly compressed: readonly Sibling[] },
  ) {
    this.#base = base;
    this.plain = plain;
    this.compressed = compressed;
  }

  /** Files that may hold what was read up to `position`, the likeliest first: the very file, or copies of it. */
  holdersOf(position: LogPosition): readonly Sibling[] {
    const copies = this.plain.filter(({ status }) => canBeCopy(position, status));
    return [...this.plain.filter(({ status }) => isFileOf(position, status)), ...copies];
  }

  /** What was rotated after `ours`, in which `position` is, oldest first; by age where that is not there any more. */
  after(ours: Sibling | undefined, position: LogPosition): readonly Sibling[] {
    const readNs = BigInt(position.modifiedNs);
    if (ours === undefined) {
      const newer = this.plain.filter(({ status }) => status.modifiedNs > readNs);
      return this.#byAge(newer.filter(({ status }) => !isFileOf(position, status)));
    }
    return this.plain
      .filter((file) => this.#isNewer(file, ours) && file.status.modifiedNs >= readNs)
      .toSorted((a, b) => byRotation(this.#base, a.name, b.name));
  }

  /** Those that were created at that time or later, oldest first. */
  createdSince(wallMs: number): readonly Sibling[] {
    return this.#byAge(this.plain.filter(({ status }) => status.createdMs >= wallMs));
  }

  /** The one that was last written to, if possible one that has something in it. */
  get newest(): Sibling | undefined {
    const written = this.plain.filter(({ status }) => status.size > 0);
    return (written.length > 0 ? written : this.plain).toSorted(byModification).at(-1);
  }

  /** Without those that were rotated after `file`. */
  upTo(file: Sibling | undefined): Rotations {
    return file === undefined ? this : this.#where((other) => !this.#isNewer(other, file));
  }

  without(isKnown: (status: FileStatus) => boolean): Rotations {
    return this.#where(({ status }) => !isKnown(status));
  }

  #where(keep: (file: Sibling) => boolean): Rotations {
    return new Rotations(this.#base, { plain: this.plain.filter(keep), compressed: this.compressed });
  }

  #isNewer(one: Sibling, other: Sibling): boolean {
    return byRotation(this.#base, one.name, other.name) > 0;
  }

  #byAge(files: readonly Sibling[]): readonly Sibling[] {
    return files.toSorted((a, b) => byModification(a, b) || byRotation(this.#base, a.name, b.name));
  }
}

/** The one that was last written to stands last. */
function byModification(a: Sibling, b: Sibling): number {
  return Number(a.status.modifiedNs - b.status.modifiedNs);
}

export function isFileOf(position: LogPosition, status: FileStatus): boolean {
  if (status.device !== position.device || status.inode !== position.inode) return false;
  // Of one in which nothing was read only its age tells whether it is another that got the same inode.
  const readMs = Number(BigInt(position.modifiedNs) / 1_000_000n);
  return position.offset > 0 || status.createdMs <= readMs + TICK_MS;
}

/** A file under another inode can be a copy only if we had read something, and it is no shorter and no older than that. */
function canBeCopy(position: LogPosition, status: FileStatus): boolean {
  const isEnough = position.offset > 0 && status.size >= position.offset;
  return isEnough && status.modifiedNs >= BigInt(position.modifiedNs) && !isFileOf(position, status);
}

/** At the log's own path a new log is likelier than a copy, and new logs begin alike: a full head must agree. */
export function canReplace(position: LogPosition, status: FileStatus): boolean {
  return position.offset >= HEAD_BYTES && canBeCopy(position, status);
}
