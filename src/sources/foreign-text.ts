import type { Scrub } from './known-secrets.ts';

/** No text that means something comes near this; what is longer is somebody's page or dump, and costs no more than this. */
const MAX_EXAMINED_CHARS = 16 * 1024;

/** A message of another program is cut to what a person reads. */
export const MAX_MESSAGE_CHARS = 300;

/** What others wrote, fit to be kept and shown: without credentials and of bounded length. */
export function boundedText(text: string, maxChars: number, scrub: Scrub): string {
  // Scrubbed before it is cut: half of a credential would no longer be known for one.
  return cut(scrub(text.slice(0, MAX_EXAMINED_CHARS)), maxChars);
}

/** The same on one line, for a sentence. */
export function boundedLine(text: string, maxChars: number, scrub: Scrub): string {
  return cut(scrub(text.slice(0, MAX_EXAMINED_CHARS)).replace(/\s+/g, ' ').trim(), maxChars);
}

/** Never between the two halves of a character. */
function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const endsInHalf = /[\ud800-\udbff]/.test(text.charAt(maxChars - 1));
  return text.slice(0, endsInHalf ? maxChars - 1 : maxChars);
}
