/** A story lasts minutes, so no duration in it is longer than this. */
const LONGEST_SECONDS = 7 * 86_400;
const DAY_MS = 86_400_000;

/**
 * Why these values cannot be meant in that unit of Grafana, or `undefined` when they can. A day's seconds shown as
 * milliseconds, a ratio shown as a count or a Unix time shown as a duration are found so; a unit that is not known here
 * is an objection, too.
 */
export function objectionTo(
  unit: string | undefined,
  values: readonly number[],
  nowMs: number,
): string | undefined {
  const outside = (least: number, most: number): string | undefined => {
    const strange = values.find((value) => Number.isFinite(value) && (value < least || value > most));
    return strange === undefined ? undefined : `${strange} is no ${unit ?? 'value'} of this story`;
  };
  switch (unit) {
    case 's':
    case 'dtdurations':
    case 'clocks':
      return outside(-5, LONGEST_SECONDS);
    case 'dateTimeAsIso':
    case 'dateTimeAsSystem':
    case 'dateTimeAsLocal':
    case 'dateTimeFromNow':
      return outside(nowMs - DAY_MS, nowMs + DAY_MS);
    case 'bytes':
    case 'decbytes':
      return outside(0, 2 ** 40);
    case 'percentunit':
      // A busy process uses more than one core.
      return outside(0, 8);
    case 'cpm':
    case 'cps':
    case 'ops':
      return outside(0, 10_000);
    case 'short':
    case 'none':
    case 'bool':
    case 'bool_yes_no':
    case 'bool_on_off':
      return outside(-1e6, 1e6);
    default:
      return `unit ${unit ?? '(none)'} is not known to this test`;
  }
}
