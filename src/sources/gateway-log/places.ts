import { join } from 'node:path';
import type { TailPosition } from '../tail/position.ts';
import type { LogLocation } from '../tail/watched-log.ts';

/** Where a gateway may log. */
export type GatewayLogPlace =
  | { readonly kind: 'file'; readonly path: string }
  /** `<family>-<date>.log`, a new file each day; all OpenClaw processes of a host share it. */
  | { readonly kind: 'daily'; readonly directory: string; readonly family: string }
  | { readonly kind: 'journal'; readonly unit: string; readonly user: boolean };

const DAY_MS = 86_400_000;
/** OpenClaw removes what is older than a day; one more for the date line and a clock that was set. */
const DAYS_BACK = 2;

/**
 * What is to be read now. Of daily logs that is today's, and those since the day up to which an earlier look had come.
 *
 * @param known how far was read; a log of an earlier day that is not in it is nobody's any more
 */
export function locationOf(
  places: readonly GatewayLogPlace[],
  wallMs: number,
  known: TailPosition,
): LogLocation {
  const [journal] = places.filter((place) => place.kind === 'journal');
  if (journal !== undefined) return journal;
  return { kind: 'file', paths: places.flatMap((place) => pathsOf(place, wallMs, known)) };
}

function pathsOf(place: GatewayLogPlace, wallMs: number, known: TailPosition): readonly string[] {
  switch (place.kind) {
    case 'file':
      return [place.path];
    case 'daily': {
      const days = Array.from({ length: DAYS_BACK + 1 }, (_, back) => wallMs - (DAYS_BACK - back) * DAY_MS);
      const paths = days.map((day) => join(place.directory, `${place.family}-${localDate(day)}.log`));
      const first = paths.findIndex((path) => known.files.some((position) => position.path === path));
      return first === -1 ? paths.slice(-1) : paths.slice(first);
    }
    case 'journal':
      return [];
    default:
      return place satisfies never;
  }
}

/** As OpenClaw names its files: by the day of the machine's own time zone. */
function localDate(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
