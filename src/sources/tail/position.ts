import * as z from 'zod';

import type { TargetId } from '../../core/index.ts';

/** A run of a file's bytes, told by its hash. */
export interface Fingerprint {
  readonly length: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * How far one file was read. An inode is reused and a file is truncated in place, so the position also says what the
 * file contained: how it began, and what stood right before the offset.
 */
export interface LogPosition {
  /** Where the log is. The file may have been renamed since; then device and inode still find it. */
  readonly path: string;
  /** Decimal; larger than a `number` can hold on some file systems. */
  readonly device: string;
  readonly inode: string;
  /** Bytes up to the end of the last whole line that was read. */
  readonly offset: number;
  readonly head: Fingerprint;
  readonly beforeOffset: Fingerprint;
  /** Modification time of the file when it was last read, in nanoseconds since the epoch, decimal. */
  readonly modifiedNs: string;
}

/** How far a unit's journal was read. */
export interface JournalPosition {
  readonly unit: string;
  readonly user: boolean;
  readonly cursor: string;
  /** When the entry at the cursor was written. */
  readonly writtenWallMs: number;
}

/** How far the log of one node host was read, wherever it was or is kept. */
export interface TargetPosition {
  readonly files: readonly LogPosition[];
  readonly journals: readonly JournalPosition[];
}

/** JSON, for the state file. */
export type LogPositions = Readonly<Record<TargetId, TargetPosition>>;

const fingerprint = z.object({
  length: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const decimal = z.string().regex(/^\d{1,24}$/);
const logPosition = z.object({
  path: z.string().min(1),
  device: decimal,
  inode: decimal,
  offset: z.number().int().nonnegative(),
  head: fingerprint,
  beforeOffset: fingerprint,
  modifiedNs: decimal,
});
const journalPosition = z.object({
  unit: z.string().min(1),
  user: z.boolean(),
  cursor: z.string().min(1).max(1000),
  writtenWallMs: z.number().nonnegative(),
});
const targetPosition = z.object({ files: z.array(logPosition), journals: z.array(journalPosition) });

/**
 * Takes positions out of a state file, which anybody may have edited or a later version have written. What does not
 * fit is left out: that log is then looked at as if for the first time, and nothing is counted twice.
 */
export function readLogPositions(saved: unknown): LogPositions {
  const record = z.record(z.string(), z.unknown()).safeParse(saved);
  if (!record.success) return {};
  const positions = Object.entries(record.data).flatMap(([target, value]) => {
    const parsed = targetPosition.safeParse(value);
    return parsed.success ? [[target, parsed.data] as const] : [];
  });
  return Object.fromEntries(positions);
}
