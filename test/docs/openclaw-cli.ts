import { readFileSync } from 'node:fs';

interface KnownCommand {
  /** `<required>` and `[optional]`, in order. */
  readonly arguments: readonly string[];
  /** Whether each takes a value. */
  readonly options: Readonly<Record<string, boolean>>;
}

/** The commands of the real `openclaw` that pages name, as its `--help` tells them. */
const { commands: KNOWN } = JSON.parse(
  readFileSync(new URL('../fixtures/openclaw-cli/2026.9.6.json', import.meta.url), 'utf8'),
) as { readonly commands: Readonly<Record<string, KnownCommand>> };

/**
 * What is wrong with a command line of `openclaw`, or `undefined`.
 *
 * @param words without `openclaw`; `…` at their end stands for any command of that group
 */
export function mistakeInOpenclaw(words: readonly string[]): string | undefined {
  if (words.at(-1) === '…') {
    const group = `${words.slice(0, -1).join(' ')} `;
    return Object.keys(KNOWN).some((name) => name.startsWith(group)) ? undefined : `no group ${group}`;
  }
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((candidate) =>
    Object.hasOwn(KNOWN, candidate),
  );
  if (name === undefined) return `no command ${words.join(' ')}`;
  const known = KNOWN[name];
  if (known === undefined) return `no command ${name}`;
  return mistakeInArguments(words.slice(name.split(' ').length), known);
}

function mistakeInArguments(words: readonly string[], known: KnownCommand): string | undefined {
  let positional = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      positional += 1;
      continue;
    }
    const takesValue = known.options[word];
    if (takesValue === undefined) return `no option ${word}`;
    if (takesValue) {
      index += 1;
      if (words[index] === undefined) return `${word} without a value`;
    }
  }
  const required = known.arguments.filter((argument) => argument.startsWith('<')).length;
  if (positional < required) return `${required} arguments wanted, ${positional} given`;
  if (positional > known.arguments.length) return `${known.arguments.length} arguments at most`;
  return undefined;
}
