import type { FileStatus } from './file-system.ts';
import type { FollowedFile } from './followed-file.ts';
import type { Change } from './gaps.ts';
import { openAll, rotationsOf, type OpenedFiles, type Opening } from './opened-files.ts';
import type { LogPosition } from './position.ts';
import { canReplace, isFileOf, TICK_MS, type Sibling } from './rotations.ts';

/** What was last said is all that counts of the past; 256 KiB hold a thousand attempts. */
const HISTORY_BYTES = 256 * 1024;

/** In which files a log goes on, oldest first, and what is known of the change that led there. */
export interface Successors {
  readonly files: readonly FollowedFile[];
  readonly change: Change | undefined;
}

/** The first file ever, or the first after there was none since `absentAtWallMs`. */
export async function firstOf(
  opening: Opening,
  status: FileStatus,
  since: { readonly absentAtWallMs: number | undefined; readonly watchingSinceWallMs: number },
): Promise<Successors> {
  const { absentAtWallMs } = since;
  const isNew =
    absentAtWallMs !== undefined ||
    opening.recency !== undefined ||
    status.createdMs > since.watchingSinceWallMs;
  const stranger = isNew ? ('catch-up' as const) : ('history' as const);
  return open(opening, async (opened) => {
    const rotations = await rotationsOf(opening);
    let change: Change | undefined;
    if (absentAtWallMs !== undefined) {
      const bornMs = absentAtWallMs - TICK_MS;
      await opened.openRotated(rotations.createdSince(bornMs));
      change = { rotations, sinceNs: BigInt(bornMs) * 1_000_000n, place: 'empty' };
    }
    // The writer of an empty file may not have changed over to it. What was rotated before we came is not ours to tell.
    if (status.size === 0) {
      if (opened.files.length > 0) return { change };
      const { newest } = rotations;
      if (newest !== undefined && (await opened.openSibling(newest, { offset: newest.status.size })))
        return { change };
    }
    await opened.openLog(status, {
      offset: isNew ? 0 : Math.max(0, status.size - HISTORY_BYTES),
      ...(absentAtWallMs === undefined && { recency: stranger }),
    });
    return { change };
  });
}

/** Where an earlier run, or a lost handle, stopped; `status` is that of what is at the log's path now. */
export function afterPosition(
  opening: Opening,
  position: LogPosition,
  status: FileStatus | undefined,
): Promise<Successors> {
  const { offset } = position;
  return open(opening, async (opened) => {
    const isHere = status !== undefined && isFileOf(position, status);
    // Of an empty file nothing tells whether it was filled, copied and emptied meanwhile: what came first is read first.
    if (isHere && offset === 0)
      return { change: { ...(await openCopies(opened, opening, position)), place: 'empty' } };
    const isAtPath = isHere || (status !== undefined && (await isReplacement(opening, position, status)));
    if (isAtPath && (await opened.openLog(status, { offset, holding: position })))
      return { change: undefined };
    return { change: await openCopies(opened, opening, position) };
  });
}

/** What a file lost that was truncated, as far as copies hold it (copytruncate). `files` are all that are followed. */
export function copiesOf(
  opening: Opening,
  file: FollowedFile,
  files: readonly FollowedFile[],
): Promise<Successors> {
  const position = file.position(opening.path);
  return open(opening, async (opened) => ({
    change: await openCopies(opened, opening, position, { file, files }),
  }));
}

/** The same content as in `file` under the log's path: an editor that saved, or a restored backup. */
export async function replacementOf(
  opening: Opening,
  file: FollowedFile,
  status: FileStatus,
): Promise<readonly FollowedFile[] | undefined> {
  const position = file.position(opening.path);
  if (!canReplace(position, status) || (await file.status()).isLinked) return undefined;
  const found = await openAll(opening, async (opened) =>
    (await opened.openLog(status, { offset: position.offset, holding: position })) ? opened : undefined,
  );
  return found?.files;
}

/**
 * What came after `file`, which was read to its end and is not at the log's path any more; `undefined`: nothing yet. An
 * empty file at the path does not mean that the writer has changed over to it, unless others between the two have been
 * written to.
 */
export async function afterRotation(
  opening: Opening,
  file: FollowedFile,
  status: FileStatus,
): Promise<Successors | undefined> {
  const position = file.position(opening.path);
  const held = await file.status();
  const rotations = await rotationsOf(opening);
  const ours = rotations.plain.find((sibling) => file.isSameFile(sibling.status));
  const isCompressed = rotations.compressed.some((sibling) => sibling.status.modifiedNs === held.modifiedNs);
  const found = await openAll(opening, async (opened) => {
    await opened.openRotated(rotations.after(ours, position));
    const isChanged =
      status.size === 0 ? opened.files.length > 0 : await opened.openLog(status, { offset: 0 });
    return isChanged ? opened : undefined;
  });
  const place = ours !== undefined || isCompressed ? 'continued' : 'gone';
  const change = { rotations, sinceNs: BigInt(position.modifiedNs), place, heldNs: held.modifiedNs } as const;
  return found && { files: found.files, change };
}

/**
 * Opens the file that contains what was read, from where we stopped, and those rotated after it; of a `truncated` file
 * that itself was rotated since, those before it.
 */
async function openCopies(
  opened: OpenedFiles,
  opening: Opening,
  position: LogPosition,
  truncated?: { readonly file: FollowedFile; readonly files: readonly FollowedFile[] },
): Promise<Change> {
  const rotations = await rotationsOf(opening);
  const itself = rotations.plain.find(({ status }) => truncated?.file.isSameFile(status));
  const others = rotations
    .upTo(itself)
    .without((status) => truncated?.files.some((followed) => followed.isSameFile(status)) === true);
  const own = others.plain.find(({ status }) => isFileOf(position, status));
  const isAtStart = position.offset === 0;
  // Nothing was read that a copy could be known by, but what was written to since then holds nothing old.
  if (isAtStart) await opened.openRotated(others.upTo(own).after(undefined, position));
  let found: Sibling | undefined;
  for (const holder of others.holdersOf(position)) {
    // A copy may end in the middle of a line whose rest went to the truncated file.
    const lastLineCounts = isFileOf(position, holder.status);
    if (await opened.openSibling(holder, { offset: position.offset, holding: position, lastLineCounts })) {
      found = holder;
      break;
    }
  }
  const sinceNs = BigInt(position.modifiedNs);
  if (found === undefined && isAtStart) {
    const wasEmpty = truncated === undefined ? own !== undefined : truncated.file.readOffset === 0;
    return { rotations, sinceNs, place: wasEmpty ? 'empty' : 'gone' };
  }
  const isBegunAnew =
    found === undefined && truncated === undefined && own !== undefined && own.status.modifiedNs > sinceNs;
  const after = others.after(found, position);
  await opened.openRotated(isBegunAnew ? [own, ...after] : after);
  return { rotations, sinceNs, place: found === undefined ? 'gone' : 'continued' };
}

async function isReplacement(opening: Opening, position: LogPosition, status: FileStatus): Promise<boolean> {
  if (!canReplace(position, status)) return false;
  return !(await rotationsOf(opening)).plain.some((sibling) => isFileOf(position, sibling.status));
}

/** An opening that may find nothing. */
async function open(
  opening: Opening,
  find: (opened: OpenedFiles) => Promise<{ readonly change: Change | undefined }>,
): Promise<Successors> {
  const found = await openAll(opening, find);
  return { files: found?.files ?? [], change: found?.result.change };
}
