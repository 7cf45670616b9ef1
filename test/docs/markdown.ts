/** A heading's line, or the address in `[…](address)`, as a page has it outside of its code blocks. */
interface MarkdownParts {
  readonly headings: readonly string[];
  readonly targets: readonly string[];
}

/** A fence may be indented, as part of a list. */
const FENCE = /^( *)(`{3,})[\s\S]*?^\1\2$/gm;

export function partsOf(text: string): MarkdownParts {
  const prose = text.replace(FENCE, '');
  return {
    headings: [...prose.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading]) => heading ?? ''),
    // What is in backticks is no link, however it looks.
    targets: [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(
      ([, target]) => target ?? '',
    ),
  };
}

/**
 * What GitHub calls the headings of a page, in order: lower case, without punctuation other than `-` and `_`, a dash for
 * each space, and a number behind what was there before.
 */
export function anchorsOf(text: string): readonly string[] {
  const seen = new Map<string, number>();
  return partsOf(text).headings.map((heading) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = words
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}
