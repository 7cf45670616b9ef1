import {
  elapsedMs,
  type Instant,
  type SourceErrorKind,
  type SourceName,
  type SourceReport,
} from '../core/index.ts';
import { messageOf } from '../runtime/error-parts.ts';
import type { Clock } from './source.ts';

/** Why a look, or a part of it, told nothing. */
export type LookError = NonNullable<SourceReport['error']>;

/** A look that could not be taken, with its kind: what an adapter throws and a source reports. */
export class LookFailure extends Error {
  readonly kind: SourceErrorKind;

  constructor(kind: SourceErrorKind, message: string) {
    super(message);
    this.name = 'LookFailure';
    this.kind = kind;
  }
}

/** Of anything thrown during a look. */
export function lookErrorOf(error: unknown, what: string): LookError {
  return {
    kind: error instanceof LookFailure ? error.kind : 'other',
    message: `${what}: ${messageOf(error)}`,
  };
}

/** The report of a look that began at `at`: all that went wrong in it, each thing once, under the kind of the first. */
export function lookReport(
  source: SourceName,
  look: {
    readonly at: Instant;
    readonly clock: Clock;
    readonly errors: readonly LookError[];
    readonly notes?: readonly string[];
    readonly gaps?: readonly string[];
  },
): SourceReport {
  const { at, clock, errors, notes = [], gaps = [] } = look;
  const [first] = errors;
  return {
    source,
    at,
    durationMs: elapsedMs(at, clock.now()),
    ...(first !== undefined && {
      error: { kind: first.kind, message: sentences(errors.map(({ message }) => message)) },
    }),
    ...(notes.length > 0 && { note: sentences(notes) }),
    ...(gaps.length > 0 && { gaps }),
  };
}

/** Several in one, each once. */
export function sentences(texts: readonly string[]): string {
  return [...new Set(texts)].join('; ');
}
