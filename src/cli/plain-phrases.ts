import type { Phrase } from '../document/viewpoints.ts';
import { ageInWords } from '../document/age.ts';

/** What is said, for a terminal. */
export function plainPhrases(phrases: readonly Phrase[]): string {
  return phrases
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      if ('strong' in phrase) return phrase.strong;
      return ageInWords(phrase.time.agoSeconds, phrase.form);
    })
    .join('');
}
