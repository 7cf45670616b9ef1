import { createHash } from 'node:crypto';
import { ageInWords } from '../../document/age.ts';
import { isoTime } from '../../document/time.ts';
import type { Tone } from '../../document/tone.ts';
import type { Phrase } from '../../document/viewpoints.ts';
import { escapeHtml } from '../routes/safe-text.ts';
import { oneLine } from '../../runtime/one-line.ts';

/** Foreign text, fit to be put into the page: in an element as well as in a quoted attribute. */
export function text(foreign: string): string {
  return escapeHtml(oneLine(foreign.toWellFormed()));
}

/** Text in which commands stand between backticks; each can be copied, where there is a script to do it. */
export function withCommands(foreign: string): string {
  return text(foreign).replace(
    /`([^`]*)`/g,
    '<code>$1</code><button type="button" class="copy" aria-label="Copy $1">copy</button>',
  );
}

/** How the ages on a page are told: as of when, in Unix milliseconds. */
export type Ages = (wallMs: number, form: 'ago' | 'for') => string;

/** Ages at `nowMs`. */
export function agesAt(nowMs: number): Ages {
  return (wallMs, form) => moment(wallMs, ageInWords((nowMs - wallMs) / 1000, form));
}

/** How long ago, and by the clock: a phone shows no title, and a log has no ages. */
export function when(wallMs: number, ages: Ages): string {
  return `${ages(wallMs, 'ago')} <span class="clock">${moment(wallMs)}</span>`;
}

/** A moment: by the clock, or in other words, which have the clock as their title. */
export function moment(wallMs: number, words?: string): string {
  const iso = isoTime(Math.floor(wallMs / 1000) * 1000);
  if (iso === null) return 'at an invalid time';
  const byClock = `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
  return `<time datetime="${iso}" title="${byClock}">${words ?? byClock}</time>`;
}

/** What is said, with what matters most marked. */
export function phrasesHtml(phrases: readonly Phrase[], ages: Ages): string {
  return phrases
    .map((phrase) => {
      if (typeof phrase === 'string') return text(phrase);
      if ('strong' in phrase) return `<b>${text(phrase.strong)}</b>`;
      return ages(Date.parse(phrase.time.at ?? ''), phrase.form);
    })
    .join('');
}

/** A paragraph for each that there is to say. */
export function paragraphs(kind: string, ...said: readonly (string | false)[]): string {
  return said.map((html) => (html === false || html === '' ? '' : `<p class="${kind}">${html}</p>`)).join('');
}

/** Lines below each other; nothing where there are none. */
export function list(kind: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<ul class="${kind}"><li>${lines.join('</li><li>')}</li></ul>`;
}

/** The id of an element about something that may be called anything: short, and of harmless characters. */
export function elementId(prefix: string, key: string): string {
  return `${prefix}-${createHash('sha256').update(key.toWellFormed()).digest('hex').slice(0, 12)}`;
}

/** The picture of the tab: each tone has its own shape, too. */
const SIGNS: Readonly<Record<Tone, readonly [sign: string, colour: string]>> = {
  bad: ['✖', 'c62828'],
  warn: ['▲', 'b26a00'],
  good: ['●', '2e7d32'],
  none: ['○', '777'],
};

/** The address of the tab's picture. */
export function icon(tone: Tone): string {
  const [sign, colour] = SIGNS[tone];
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ctext x='4' y='7' font-size='9' text-anchor='middle' fill='%23${colour}'%3E${encodeURIComponent(sign)}%3C/text%3E%3C/svg%3E`;
}
