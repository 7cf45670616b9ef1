/**
 * How long something has been, or how long ago it was, in one or two units.
 *
 * @param seconds negative where the clocks of two machines differ; counts as none
 */
export function ageInWords(seconds: number, form: 'ago' | 'for'): string {
  const words = inUnits(Math.max(0, Math.floor(seconds)));
  return form === 'ago' ? `${words} ago` : words;
}

function inUnits(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
