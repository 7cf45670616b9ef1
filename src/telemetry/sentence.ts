import { redactText } from './redact.ts';

/** What a log line says, without credentials. Made by {@link say} only. */
export interface Sentence {
  readonly text: string;
}

/**
 * Puts a sentence together from our own words and from values of elsewhere, each redacted by itself. Redacted as a whole
 * a node host whose name ends in "token" would look like the name of a credential, and its verdict like the credential.
 */
export function say(words: TemplateStringsArray, ...values: readonly (string | number)[]): Sentence {
  return { text: String.raw({ raw: words }, ...values.map((value) => redactText(String(value)))) };
}
