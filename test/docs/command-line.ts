/** A command as a shell would see it: its words, up to the first pipe or redirection. */
export interface CommandLine {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * The commands in one line of a page. Quotes, `$(…)` and `<…>` that a reader fills in are understood as far as the pages
 * use them; what a command substitutes is not looked into.
 */
export function commandsIn(line: string): readonly CommandLine[] {
  const filled = line.replaceAll(/<[\w-]+>/g, 'filled-in').replaceAll(/\$\([^)]*\)/g, 'substituted');
  const commands: CommandLine[] = [];
  for (const part of splitCommands(filled)) {
    const [program, ...words] = part;
    if (program !== undefined) commands.push({ program, words });
  }
  return commands;
}

const TOKEN = /\s*(?:(?<quoted>(?:'[^']*'|"[^"]*"|[^\s'"|;&>])+)|(?<operator>\|\|?|&&?|;|>))/gy;

/** Words of each command; what follows a `>` is where it writes, and no command. */
function splitCommands(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const { groups } of line.matchAll(TOKEN)) {
    if (groups?.operator !== undefined) commands.push(groups.operator === '>' ? ['>'] : []);
    else commands.at(-1)?.push((groups?.quoted ?? '').replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return commands.filter(([first]) => first !== undefined && first !== '>');
}
