import type { HrTime } from '@opentelemetry/api';

/** Unix milliseconds as OpenTelemetry wants them: seconds and nanoseconds. */
export function hrTimeOf(wallMs: number): HrTime {
  const seconds = Math.floor(wallMs / 1_000);
  // Doubles hold a Unix time to about 0.2 µs; rounding to µs hides the noise below that.
  return [seconds, Math.round((wallMs - seconds * 1_000) * 1_000) * 1_000];
}
