import * as z from 'zod';
import { parseJson } from '../../runtime/json-object.ts';

/** One entry of a journal, as far as it concerns us. */
export interface JournalEntry {
  readonly cursor: string;
  readonly writtenWallMs: number;
  /** `null`: an entry that the unit did not write itself, such as systemd's words on starting it. */
  readonly text: string | null;
}

/** The fields that an entry is read from. All others would only cost. */
export const JOURNAL_FIELDS = [
  'MESSAGE',
  'UNIT',
  'USER_UNIT',
  'OBJECT_SYSTEMD_UNIT',
  'OBJECT_SYSTEMD_USER_UNIT',
  'COREDUMP_UNIT',
  'COREDUMP_USER_UNIT',
] as const;

const entrySchema = z.looseObject({
  __CURSOR: z.string().min(1),
  // Microseconds since the epoch, decimal.
  __REALTIME_TIMESTAMP: z.string().regex(/^\d{1,20}$/),
  MESSAGE: z.unknown().optional(),
});

/** An entry that others wrote about a unit names it in one of these; the unit's own entries have none of them. */
const ABOUT_A_UNIT = JOURNAL_FIELDS.filter((field) => field !== 'MESSAGE');

/**
 * Reads one line of `journalctl -o json`; `undefined` when it is none. A text that is not plain UTF-8, and that includes
 * colours, comes as an array of bytes; a field that occurs twice as an array of its values; one over 4 KiB as `null`.
 */
export function readJournalEntry(line: string): JournalEntry | undefined {
  const parsed = entrySchema.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  const { __CURSOR: cursor, __REALTIME_TIMESTAMP: microseconds, MESSAGE: message, ...rest } = parsed.data;
  const isAboutUnit = ABOUT_A_UNIT.some((field) => rest[field] !== undefined);
  return { cursor, writtenWallMs: Number(microseconds) / 1000, text: isAboutUnit ? null : textOf(message) };
}

const decoder = new TextDecoder('utf-8');

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  // Too long for journalctl: all that is known is that something was written.
  if (!Array.isArray(message)) return '(too long)';
  if (message.every((byte): byte is number => typeof byte === 'number')) {
    return decoder.decode(Uint8Array.from(message));
  }
  return textOf(message[0]);
}
