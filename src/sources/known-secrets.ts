import type { Secret } from '../core/index.ts';
import { within } from '../runtime/within.ts';

/** Takes credentials out of a text that others wrote. */
export type Scrub = (text: string) => string;

const REDACTED = '[redacted]';

const LIMITS = {
  /** A credential of three letters stands in every text, and what is left would be no text to read. */
  shortest: 4,
  /** Node hosts are named with short words, and one that is also somebody's password must not rename them. */
  shortestInName: 8,
  /** A rotated credential may still stand in what is read now; a daily rotation is remembered for weeks. */
  remembered: 32,
  /** A token file on a mount that hangs must not keep a log from being read. */
  waitMs: 1_000,
} as const;

/**
 * The credentials that this process uses now, and used lately. Whatever others wrote (close reasons, names, refusals) goes
 * through it where it comes in, so that nothing behind a source can show, save or log a credential of ours. It knows how a
 * credential looks in the clear, within JSON or a URL, and as base64, also within something larger that was encoded.
 */
export class KnownSecrets {
  /** The latest last. */
  #values: readonly string[] = [];
  /** Longest first: what is left of one after a part of it was replaced would no longer be recognised. */
  #spellings: readonly string[] = [];
  #spellingsInName: readonly string[] = [];
  #pending: Promise<unknown> = Promise.resolve();

  learn(secret: Secret): void {
    const value = secret.reveal().trim();
    if (value.length < LIMITS.shortest || this.#values.at(-1) === value) return;
    this.#values = [...this.#values.filter((known) => known !== value), value].slice(-LIMITS.remembered);
    this.#spellings = spellingsOf(this.#values);
    this.#spellingsInName = spellingsOf(
      this.#values.filter((known) => known.length >= LIMITS.shortestInName),
    );
  }

  /** A credential is being read; see {@link known}. */
  expect(read: Promise<unknown>): void {
    this.#pending = Promise.all([
      this.#pending,
      within(
        LIMITS.waitMs,
        read.catch(() => undefined),
      ),
    ]);
  }

  /** Resolves once the credentials that were being read are learnt, at most a second after that began. */
  async known(): Promise<void> {
    await this.#pending;
  }

  /** `text` without credentials. For what people read. */
  readonly scrub: Scrub = (text) => scrubbed(text, this.#spellings);

  /** The same for what something is called by. */
  readonly scrubName: Scrub = (name) => scrubbed(name, this.#spellingsInName);
}

/** Of this process. */
export const knownSecrets = new KnownSecrets();

function scrubbed(text: string, spellings: readonly string[]): string {
  let clean = text;
  for (const spelling of spellings) {
    // Nearly every text has none; most names are shorter than any.
    if (spelling.length <= clean.length && clean.includes(spelling))
      clean = clean.replaceAll(spelling, REDACTED);
  }
  return clean;
}

function spellingsOf(values: readonly string[]): readonly string[] {
  const all = values.flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    ...inUrl(value),
    ...inBase64(value),
  ]);
  return [...new Set(all)].toSorted((a, b) => b.length - a.length);
}

function inUrl(value: string): string[] {
  const encoded = [encodeURIComponent(value.toWellFormed()), encodeURI(value.toWellFormed())];
  return encoded.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())]);
}

/** By itself; and within more, as far as the bytes around it do not change how it is written, at each of three alignments. */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  const core = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor((all.length * 8) / 6);
    return all.toString('base64').slice(first, end);
  });
  const forms = [bytes.toString('base64'), ...core].filter((form) => form.length >= LIMITS.shortest);
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')]);
}
