import type { FileStatus } from './file-system.ts';
import type { Rotations, Sibling } from './rotations.ts';

/** A log was rotated, replaced or truncated: what is known of it. */
export interface Change {
  readonly rotations: Rotations;
  /** When what was read had last been written to, in nanoseconds since the epoch. */
  readonly sinceNs: bigint;
  /**
   * What became of the place where we stopped. `continued`: a file that holds it was read on; `empty`: there was nothing
   * yet that could be known again; `gone`: no file holds it.
   */
  readonly place: 'continued' | 'empty' | 'gone';
  /** When the file that we held was last written to: one that was compressed since still says so. */
  readonly heldNs?: bigint | undefined;
}

/**
 * Why lines may be lost with a change, in words; `undefined` where all are accounted for. It errs towards saying so: a
 * log that was deleted once, every line of it read, looks like one that was deleted twice.
 *
 * Rotations take away the oldest first. So as long as there is one from before, none that came after it is missing.
 */
export function gapIn(
  { rotations: { plain, compressed }, sinceNs, place, heldNs }: Change,
  /** Whether a file was, or will be, read. */
  isRead: (status: FileStatus) => boolean,
): string | undefined {
  const isNews = ({ status }: Sibling): boolean => status.modifiedNs > sinceNs;
  const unread = plain.find((file) => isNews(file) && file.status.size > 0 && !isRead(file.status));
  if (unread !== undefined) return `${unread.name} was not read`;
  const lost = compressed.find((file) => isNews(file) && file.status.modifiedNs !== heldNs);
  if (lost !== undefined) return `${lost.name} was compressed before it was read to its end`;
  if (place === 'continued') return undefined;
  if (place === 'gone') return 'what came after the last line that was read is nowhere to be found';
  const all = [...plain, ...compressed];
  if (!all.some(isNews) || !all.every(isNews)) return undefined;
  return 'it was rotated, and what was rotated before that is not there any more';
}
