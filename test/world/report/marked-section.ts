/** Replaces what stands between the marks of a section; a text without them gets the section at its end. */
export function withSection(text: string, name: string, lines: readonly string[]): string {
  const [begin, end] = marks(name);
  const section = [begin, ...lines, end].join('\n');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${section}\n`;
  return `${text.slice(0, from)}${section}${text.slice(to + end.length)}`;
}

/** What stands between the marks, with them; empty where there is none. */
export function sectionOf(text: string, name: string): string {
  const [begin, end] = marks(name);
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  return from < 0 || to < from ? '' : text.slice(from, to + end.length);
}

function marks(name: string): readonly [begin: string, end: string] {
  return [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
}
