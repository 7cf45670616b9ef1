import { basename, dirname, join } from 'node:path';
import { holdsPosition } from './content-windows.ts';
import type { FileStatus, FileSystem, OpenFile } from './file-system.ts';
import { FollowedFile, type Boundary } from './followed-file.ts';
import type { LogPosition } from './position.ts';
import { rotatedAs } from './rotated-names.ts';
import { isFileOf, Rotations, type Sibling } from './rotations.ts';
import { valueOrGone, valueOrRefused } from './unreadable.ts';

/** More rotations than this between two looks are not followed. */
export const MAX_ROTATIONS = 16;

/** Where files are opened, and what of them is known already. */
export interface Opening {
  readonly fileSystem: FileSystem;
  /** The log's own. */
  readonly path: string;
  /** Where the last files that were finished ended. */
  readonly finished: readonly LogPosition[];
  /** Of what is in the files now; `undefined`: live. */
  readonly recency: 'catch-up' | undefined;
}

interface From {
  readonly offset: number;
  /** Only a file that contains what this position says will do. */
  readonly holding?: LogPosition;
  readonly lastLineCounts?: boolean;
  /** Where it is another than that of all that is opened. */
  readonly recency?: Boundary['recency'] | undefined;
}

/** Files opened for one purpose, oldest first: all of them or none, so that whatever fails on the way leaves no handle open. */
export class OpenedFiles {
  readonly files: FollowedFile[] = [];
  readonly #opening: Opening;

  constructor(opening: Opening) {
    this.#opening = opening;
  }

  /** Opens the log itself. `false` when its path leads elsewhere by now, or the file does not contain what it should. */
  openLog(expected: FileStatus, from: From): Promise<boolean> {
    return this.#open(this.#opening.path, expected, from);
  }

  /** One that may not be read is no reason to miss the log itself. */
  async openSibling({ name, status }: Sibling, from: From): Promise<boolean> {
    const path = join(dirname(this.#opening.path), name);
    return (await valueOrRefused(this.#open(path, status, from))) ?? false;
  }

  /** Opens files in which nothing was read but, of some, what came before they were finished. */
  async openRotated(siblings: readonly Sibling[]): Promise<void> {
    for (const sibling of siblings.slice(-MAX_ROTATIONS)) {
      const { status } = sibling;
      if (status.size === 0) continue;
      const finished = this.#opening.finished.find((position) => isFileOf(position, status));
      // One that was written anew is as long as before only by chance.
      if (finished?.modifiedNs === String(status.modifiedNs)) continue;
      if (finished !== undefined && status.size > finished.offset) {
        if (await this.openSibling(sibling, { offset: finished.offset, holding: finished })) continue;
      }
      await this.openSibling(sibling, { offset: 0 });
    }
  }

  async #open(path: string, expected: FileStatus, from: From): Promise<boolean> {
    const file = await valueOrGone(this.#opening.fileSystem.open(path));
    if (file === undefined) return false;
    let followed: FollowedFile | undefined;
    try {
      followed = await this.#follow(file, expected, from);
    } finally {
      if (followed === undefined) await file.close();
    }
    if (followed !== undefined) this.files.push(followed);
    return followed !== undefined;
  }

  async #follow(file: OpenFile, expected: FileStatus, from: From): Promise<FollowedFile | undefined> {
    const status = await file.status();
    const { offset, holding, lastLineCounts = true, recency = this.#opening.recency } = from;
    if (!status.isRegular || status.device !== expected.device || status.inode !== expected.inode)
      return undefined;
    if (holding !== undefined && !(await holdsPosition(file, status.size, holding))) return undefined;
    const boundary = recency && { size: status.size, recency };
    return FollowedFile.at(file, status, { offset, boundary, lastLineCounts });
  }
}

/** Opens files in one go; `undefined` where `open` says that they will not do. */
export async function openAll<T>(
  opening: Opening,
  open: (opened: OpenedFiles) => Promise<T | undefined>,
): Promise<{ readonly files: readonly FollowedFile[]; readonly result: T } | undefined> {
  const opened = new OpenedFiles(opening);
  let result: T | undefined;
  try {
    result = await open(opened);
  } finally {
    if (result === undefined) await closeAll(opened.files);
  }
  return result && { files: opened.files, result };
}

/** Also of handles that are stale already: they cannot be closed any better. */
export async function closeAll(files: readonly FollowedFile[]): Promise<void> {
  for (const file of files) await file.close().catch(() => undefined);
}

/** The rotated files that we may look at. */
export async function rotationsOf({ fileSystem, path }: Opening): Promise<Rotations> {
  const [directory, base] = [dirname(path), basename(path)];
  const found: Record<'plain' | 'compressed', Sibling[]> = { plain: [], compressed: [] };
  for (const name of (await valueOrRefused(fileSystem.names(directory))) ?? []) {
    const kind = rotatedAs(base, name);
    const status = kind && (await valueOrRefused(fileSystem.status(join(directory, name))));
    if (kind !== undefined && status?.isRegular === true) found[kind].push({ name, status });
  }
  return new Rotations(base, found);
}
