import { createHash } from 'node:crypto';
import type { Instant } from '../../core/index.ts';
import { isoTime } from '../../document/time.ts';
import type { Phrase } from '../../document/viewpoints.ts';
import { escapeHtml, oneLine } from '../routes/safe-text.ts';
import { ageInWords } from './browser/age.js';

/** Foreign text, fit to be put into the page: in an element as well as in a quoted attribute. */
export function text(foreign: string): string {
  return escapeHtml(oneLine(foreign.toWellFormed()));
}

/** Text in which commands stand between backticks. */
export function textWithCommands(foreign: string): string {
  return text(foreign).replace(/`([^`]*)`/g, '<code>$1</code>');
}

/**
 * A moment, whose age is filled in later, by `withAges` or by the page's script: what is sent only changes when facts
 * do.
 *
 * @param form `ago` for when it happened, `for` for how long it has been so
 */
export function age(wallMs: number, form: 'ago' | 'for'): string {
  const iso = isoTime(Math.floor(wallMs / 1000) * 1000);
  if (iso === null) return 'at a time that is none';
  return `<time data-age="${form}" datetime="${iso}">${clockTime(iso)}</time>`;
}

/** A moment by the clock. */
export function moment(wallMs: number): string {
  const iso = isoTime(Math.floor(wallMs / 1000) * 1000);
  return iso === null ? 'at a time that is none' : `<time datetime="${iso}">${clockTime(iso)}</time>`;
}

function clockTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

const AGE = /<time data-age="(ago|for)" datetime="([^"]*)">[^<]*/g;

/** Fills in the ages that are right at `at`. It only finds what `age` wrote: foreign text has no angle brackets any more. */
export function withAges(html: string, at: Instant): string {
  return html.replace(AGE, (_whole, form: 'ago' | 'for', iso: string) => {
    const words = ageInWords((at.wallMs - Date.parse(iso)) / 1000, form);
    return `<time data-age="${form}" datetime="${iso}" title="${clockTime(iso)}">${words}`;
  });
}

/** Ages that were worked out anew with each look are told to this, so that a page does not change with each of them. */
const ROUGH_MS = 10_000;

/** What is said, with what matters most marked, and ages that count on. */
export function phrasesHtml(phrases: readonly Phrase[]): string {
  return phrases
    .map((phrase) => {
      if (typeof phrase === 'string') return text(phrase);
      if ('strong' in phrase) return `<b>${text(phrase.strong)}</b>`;
      const wallMs = Date.parse(phrase.time.at ?? '');
      return age(phrase.isRough === true ? Math.round(wallMs / ROUGH_MS) * ROUGH_MS : wallMs, phrase.form);
    })
    .join('');
}

/** The id of an element about something that may be called anything: short, and of harmless characters. */
export function elementId(prefix: string, key: string): string {
  return `${prefix}-${createHash('sha256').update(key.toWellFormed()).digest('hex').slice(0, 12)}`;
}

/** For screen readers only. */
export function hiddenText(html: string): string {
  return `<span class="vh">${html}</span>`;
}
