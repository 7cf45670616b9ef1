/**
 * Whether an OpenClaw version (`2026.9.6`) is of that month or a later one; `undefined` when it is unknown or reads
 * otherwise.
 */
export function isSince(version: string | undefined, year: number, month: number): boolean | undefined {
  const match = /^(\d{4})\.(\d{1,2})\b/.exec(version ?? '');
  if (match === null) return undefined;
  const [itsYear, itsMonth] = [Number(match[1]), Number(match[2])];
  return itsYear > year || (itsYear === year && itsMonth >= month);
}

/** `node host gateway connected: …` is written since 2026.7; before that the log says only what went wrong. */
export function writesConnectedLines(version: string | undefined): boolean {
  return isSince(version, 2026, 7) === true;
}

/** 2026.4.x and older give a connect 10 s, later versions 15 s. */
export function isLegacy(version: string | undefined): boolean {
  return isSince(version, 2026, 5) === false;
}
