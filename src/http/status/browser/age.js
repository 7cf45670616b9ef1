/**
 * How long something has been, or how long ago it was, in one or two units.
 *
 * @param {number} seconds negative where the clocks of two machines differ; counts as none
 * @param {string} form `ago`, or anything else for a duration
 * @returns {string}
 */
export function ageInWords(seconds, form) {
  const whole = Math.max(0, Math.floor(seconds));
  const words = inUnits(whole);
  return form === 'ago' ? `${words} ago` : words;
}

/**
 * @param {number} seconds
 * @returns {string}
 */
function inUnits(seconds) {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
