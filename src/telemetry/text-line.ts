import { oneLine } from '../runtime/one-line.ts';

/** One line of our own log before it is written for people. */
export interface LogRecord {
  readonly level: string;
  readonly time: string;
  readonly event: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** `2026-11-22T04:41:12.123Z INFO  message key=value …`, one line however many the message has. */
export function formatTextLine(record: LogRecord): string {
  const { level, time, event, message, ...fields } = record;
  const pairs = Object.entries({ event, ...fields }).map(([key, value]) => `${key}=${formatValue(value)}`);
  return `${time} ${level.toUpperCase().padEnd(5)} ${oneLine(message)} ${pairs.join(' ')}\n`;
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=\p{C}]+$/u.test(text) ? text : oneLine(JSON.stringify(text));
}
