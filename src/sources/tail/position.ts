import * as z from 'zod';

import type { TargetId } from '../../core/index.ts';

/** A run of a file's bytes, told by its hash in hexadecimal. */
const fingerprint = z.object({
  length: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Fingerprint = Readonly<z.output<typeof fingerprint>>;

/** Larger than a `number` can hold on some file systems. */
const decimal = z.string().regex(/^\d{1,24}$/);

/**
 * How far one file was read. An inode is reused and a file is truncated in place, so the position also says what the
 * file contained: how it began, and what stood right before the offset.
 */
const logPosition = z.object({
  /** Where the log is. The file may have been renamed since; then device and inode still find it. */
  path: z.string().min(1),
  device: decimal,
  inode: decimal,
  /** Bytes up to the end of the last whole line that was read. */
  offset: z.number().int().nonnegative(),
  head: fingerprint,
  beforeOffset: fingerprint,
  /** Modification time of the file when it was last read, in nanoseconds since the epoch. */
  modifiedNs: decimal,
});
export type LogPosition = Readonly<z.output<typeof logPosition>>;

/** How far a unit's journal was read. */
const journalPosition = z.object({
  unit: z.string().min(1),
  user: z.boolean(),
  cursor: z.string().min(1).max(1000),
  /** When the entry at the cursor was written. */
  writtenWallMs: z.number().nonnegative(),
});
export type JournalPosition = Readonly<z.output<typeof journalPosition>>;

/** How far the log of one node host was read, wherever it was or is kept. */
const tailPosition = z.object({
  files: z.array(logPosition).readonly(),
  journals: z.array(journalPosition).readonly(),
});
export type TailPosition = Readonly<z.output<typeof tailPosition>>;

/** JSON, for the state file. */
export type LogPositions = Readonly<Record<TargetId, TailPosition>>;

/**
 * Takes positions out of a state file, which anybody may have edited or a later version have written. What does not
 * fit is left out: that log is then looked at as if for the first time, and nothing is counted twice.
 */
export function readLogPositions(saved: unknown): LogPositions {
  const record = z.record(z.string(), z.unknown()).safeParse(saved);
  if (!record.success) return {};
  const positions = Object.entries(record.data).flatMap(([target, value]) => {
    const parsed = tailPosition.safeParse(value);
    return parsed.success ? [[target, parsed.data] as const] : [];
  });
  return Object.fromEntries(positions);
}
