import type { Instant, Recency } from '../../core/index.ts';
import type { LookError } from '../look-failure.ts';
import type { JournalPosition, LogPosition } from './position.ts';

/** What one look at a log came to. */
export type LogLook = {
  /** That lines may be lost, and why: a sentence each. */
  readonly gaps?: readonly string[];
} & (
  | {
      readonly readable: true;
      /** The bound of a look was reached before the log's end: look again soon. */
      readonly more: boolean;
    }
  | { readonly readable: false; readonly error: LookError }
);

/** Lines of one recency, in order. */
export interface LineBatch {
  readonly lines: readonly string[];
  readonly recency: Recency;
  /** When they were written, where the log tells. */
  readonly writtenWallMs?: number;
}

/**
 * Takes lines as they are read. Called in the same turn in which the reader's position moves past them, so that a
 * position taken at any time tells neither of lines that were not given nor of fewer than were.
 */
export type OnLines = (batch: LineBatch) => void;

/** One place where a node host's log is kept, read on from where it was left. */
export interface LogReader {
  /** One look. Two never overlap. Whatever a file system or a program can refuse is a value. */
  look(at: Instant): Promise<LogLook>;
  /** Where a later run has to go on; `undefined` while there is nothing to go on from. */
  position(): LogPosition | JournalPosition | undefined;
  /** When the log was last written to, as far as was seen. */
  readonly lastWriteWallMs: number | undefined;
  /** Ends what is open. The position stays. */
  close(): Promise<void>;
}
