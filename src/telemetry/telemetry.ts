import { pino, type Logger } from 'pino';
import type { SourceErrorKind, SourceName, SourceReport } from '../core/index.ts';
import { EVENTS, type Level, type Line } from './events.ts';
import { redactFields } from './redact.ts';
import { formatTextLine, type LogRecord } from './text-line.ts';

/** Where and how our own lines are written. */
export interface TelemetryOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  /** Takes one line with its newline; stderr unless told otherwise, since stdout is for what a command answers. */
  readonly write?: (line: string) => void;
  /** Wall clock of the lines, for tests. */
  readonly nowWallMs?: () => number;
}

type EventTable = typeof EVENTS;

/**
 * Everything the exporter says about itself, one method for each event. A line is written when something changes, not
 * each time somebody looks. Credentials do not get through: neither under a telling name nor inside a URL.
 */
export type Telemetry = {
  readonly [Event in keyof EventTable]: (...facts: Parameters<EventTable[Event]>) => void;
} & {
  /** From the next line on. */
  configure(options: Pick<TelemetryOptions, 'level' | 'format'>): void;
  /** To be told of every look of every source; writes a line when a source goes blind, or for another reason, or sees. */
  sourceReported(report: SourceReport): void;
};

export function createTelemetry(options: TelemetryOptions): Telemetry {
  let logger = createLogger(options);
  const methods = Object.fromEntries(
    Object.entries(EVENTS).map(([name, describe]) => {
      const event = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const emit = (...facts: unknown[]): void => {
        const { level, sentence, fields } = (describe as (...facts: unknown[]) => Line)(...facts);
        logger[level]({ event, ...redactFields(fields) }, sentence.text);
      };
      return [name, emit];
    }),
  ) as Omit<Telemetry, 'configure' | 'sourceReported'>;
  return {
    ...methods,
    configure({ level, format }) {
      logger = createLogger({ ...options, level, format });
    },
    sourceReported: changesOf(methods),
  };
}

/** Turns looks into events: most of them say what the one before said. */
function changesOf(
  telemetry: Pick<Telemetry, 'sourceBlind' | 'sourceRecovered' | 'sourceNote' | 'logGap'>,
): Telemetry['sourceReported'] {
  /** By source, and by gateway where a source looks at several. */
  const blind = new Map<string, SourceErrorKind>();
  /** What was told last that a person should know. */
  const notes = new Map<SourceName, string | undefined>();
  return ({ source, gateway, error, note, gaps = [] }) => {
    for (const message of gaps) telemetry.logGap({ source, message });
    if (note !== undefined && note !== notes.get(source)) telemetry.sourceNote({ source, note });
    notes.set(source, note);
    const key = `${source} ${gateway ?? ''}`;
    const before = blind.get(key);
    if (error === undefined) {
      if (blind.delete(key)) telemetry.sourceRecovered({ source, gateway });
    } else if (error.kind !== before) {
      blind.set(key, error.kind);
      telemetry.sourceBlind({ source, gateway, ...error });
    }
  };
}

function createLogger({
  level,
  format,
  write = writeToStderr,
  nowWallMs = Date.now,
}: TelemetryOptions): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(nowWallMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line) => write(format === 'json' ? line : formatTextLine(JSON.parse(line) as LogRecord)),
    },
  );
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
