/** ISO 8601 in UTC; `null` for what is no time, so that one bad clock does not break the whole answer. */
export function isoTime(wallMs: number): string | null {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
