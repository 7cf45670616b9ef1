import { increment } from './counters.ts';
import type { SourceReport } from './observation.ts';
import type { SourceSnapshot } from './snapshot.ts';
import { SOURCE_ERROR_KINDS, type SourceErrorKind, type SourceName } from './vocabulary.ts';

const NO_ERRORS = Object.fromEntries(SOURCE_ERROR_KINDS.map((kind) => [kind, 0])) as Record<
  SourceErrorKind,
  number
>;

/** A source that has not looked yet. */
export function unreportedSource(source: SourceName, enabled: boolean): SourceSnapshot {
  return { source, enabled, up: false, errors: NO_ERRORS };
}

/** What one more look says of the source itself. */
export function recordReport(health: SourceSnapshot, report: SourceReport): SourceSnapshot {
  if (report.error === undefined) {
    return { ...health, enabled: true, up: true, lastSuccess: report.at, lastDurationMs: report.durationMs };
  }
  return {
    ...health,
    enabled: true,
    up: false,
    lastDurationMs: report.durationMs,
    lastError: { ...report.error, at: report.at },
    errors: increment(health.errors, report.error.kind),
  };
}
