import { parseDuration } from '../../config/duration.ts';

/** Nobody is restarted until then. */
export interface Pause {
  readonly reason: string;
  /** Unix time in milliseconds. */
  readonly untilWallMs: number;
}

const MINUTE_MS = 60_000;
/** A pause that somebody forgot must end. */
const LONGEST_PAUSE_MS = 7 * 24 * 60 * MINUTE_MS;
/** Of one whose end cannot be read: somebody meant to pause, and a night is time enough to say until when. */
const UNSAID_MS = 24 * 60 * MINUTE_MS;
const REASON_LENGTH = 200;

/** `90m`, `8h`, `2d`: milliseconds, at most a week; `undefined` for anything else, a number without a unit too. */
export function parsePauseLength(text: string): number | undefined {
  const ms = /[mhd]$/.test(text) ? (parseDuration(text) ?? 0) : 0;
  return ms > 0 && ms <= LONGEST_PAUSE_MS ? ms : undefined;
}

/** A reason that fits in a line; `undefined` where there is none. */
export function pauseReason(text: string): string | undefined {
  const reason = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return reason === '' ? undefined : reason.slice(0, REASON_LENGTH);
}

/**
 * What a pause file says: `<end> <reason>`, the end as a time (`2026-11-28T06:00:00Z`) or as a length from when the file
 * was written (`8h`). One that cannot be read pauses all the same, for a day: nobody writes it for nothing.
 */
export function readPause(text: string, writtenWallMs: number): Pause {
  const [end = '', ...words] = text.trim().split(/\s+/);
  const length = parsePauseLength(end);
  const time = /^\d{4}-\d\d-\d\dT/.test(end) ? Date.parse(end) : Number.NaN;
  const latest = writtenWallMs + LONGEST_PAUSE_MS;
  if (length !== undefined || !Number.isNaN(time)) {
    const until = length === undefined ? time : writtenWallMs + length;
    return {
      reason: pauseReason(words.join(' ')) ?? 'no reason given',
      untilWallMs: Math.min(until, latest),
    };
  }
  return {
    reason: `${pauseReason(text) ?? 'no reason given'} (its end cannot be read: a day)`,
    untilWallMs: writtenWallMs + UNSAID_MS,
  };
}

/** The file's text. */
export function writePause({ reason, untilWallMs }: Pause): string {
  return `${new Date(untilWallMs).toISOString()} ${reason}\n`;
}
