import { parseObject } from '../../runtime/json-object.ts';
import { plainText } from '../tail/plain-text.ts';

/** One line of a gateway's log, whatever it was written for: a file of JSON records, a console, a journal. */
export interface LoggedLine {
  /** Without what the console leaves out: `ws`, `gateway`. */
  readonly subsystem: string;
  readonly message: string;
  /** What was logged beside the message; console lines have it as `key=value` at their end. */
  readonly fields: Readonly<Record<string, string>>;
  readonly writtenWallMs?: number;
}

/** No line that means something comes near this. */
const MAX_EXAMINED_CHARS = 16_384;

/** Reads one line; `null` for what no gateway wrote, or one that is of no interest here (other subsystems). */
export function readLine(line: string): LoggedLine | null {
  if (line.length > MAX_EXAMINED_CHARS) return null;
  return line.startsWith('{') ? readRecord(line) : readConsoleLine(line);
}

/** The subsystems of a gateway that say something about who comes and goes. */
const SUBSYSTEMS = new Set(['ws', 'gateway', 'logging', 'canvas', 'node-connect']);

/** Most lines of a busy host are of no interest; those are not worth parsing. */
const WORTH_PARSING = /subsystem\\?":\\?"(?:gateway(?:\/ws|\/canvas|\/node-connect)?|logging)\\?"/;

function readRecord(line: string): LoggedLine | null {
  if (!WORTH_PARSING.test(line)) return null;
  const record = parseObject(line);
  if (record === undefined) return null;
  const { time, subsystem, message } = record;
  const parts = Object.entries(record)
    .filter(([key]) => /^\d{1,2}$/.test(key))
    .map(([, value]) => value);
  const name = typeof subsystem === 'string' ? subsystem : subsystemIn(parts[0]);
  if (name === undefined || !SUBSYSTEMS.has(name)) return null;
  const text = parts.slice(1).findLast((part) => typeof part === 'string') ?? message;
  if (typeof text !== 'string') return null;
  return {
    subsystem: name,
    message: plainText(text),
    fields: fieldsOf(parts.slice(1).find((part) => typeof part === 'object')),
    ...written(typeof time === 'string' ? time : ''),
  };
}

function subsystemIn(bindings: unknown): string | undefined {
  const found =
    typeof bindings === 'string' ? /^\{"subsystem":"([\w./-]{1,60})"\}$/.exec(bindings)?.[1] : undefined;
  return found?.replace(/^gateway\//, '');
}

function fieldsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      typeof inner === 'string' || typeof inner === 'number' ? [[key, plainText(String(inner))]] : [],
    ),
  );
}

const CONSOLE = /^(\d{4}-\d\d-\d\dT[\d:.]{8,12}(?:Z|[+-]\d\d:\d\d)) +\[([\w./-]{1,60})\] (.*)$/s;
/** What 2026.9 adds to a warning begins with this. */
const FIELDS_BEGIN = / cause=[a-z-]{1,60} durationMs=\d/;
const FIELD = / ([A-Za-z]{1,40})=("(?:[^"\\]|\\.){0,2000}"|\S{0,2000})/g;

function readConsoleLine(line: string): LoggedLine | null {
  const found = CONSOLE.exec(plainText(line));
  if (found === null) return null;
  const [, time = '', subsystem = '', text = ''] = found;
  if (!SUBSYSTEMS.has(subsystem)) return null;
  const at = FIELDS_BEGIN.exec(text)?.index ?? text.length;
  return { subsystem, message: text.slice(0, at), fields: consoleFields(text.slice(at)), ...written(time) };
}

function consoleFields(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(FIELD)].map(([, key = '', value = '']) => [
      key,
      value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value,
    ]),
  );
}

function written(time: string): { readonly writtenWallMs?: number } {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? {} : { writtenWallMs: ms };
}
