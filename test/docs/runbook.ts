import { readFileSync, readdirSync } from 'node:fs';

/** A fenced block. */
export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}

/** What stands below one `##`. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
}

export interface Link {
  readonly text: string;
  readonly target: string;
}

/** A page of docs/runbooks, as far as its tests look at it. */
export interface Runbook {
  /** The name of its file, without `.md`. */
  readonly name: string;
  readonly text: string;
  /** What stands below `#`. */
  readonly title: string;
  /** The list below the title, one entry a line. */
  readonly head: readonly string[];
  /** The word in the line below the title. */
  readonly severity: string;
  readonly sections: readonly Section[];
  readonly blocks: readonly CodeBlock[];
  /** What stands in backticks within the prose. */
  readonly inline: readonly string[];
  readonly links: readonly Link[];
}

export const RUNBOOKS = new URL('../../docs/runbooks/', import.meta.url);

/** Every page, the index among them as `README`. */
export function readRunbooks(): readonly Runbook[] {
  return readdirSync(RUNBOOKS)
    .filter((file) => file.endsWith('.md'))
    .map((file) => parseRunbook(file.replace(/\.md$/, ''), readFileSync(new URL(file, RUNBOOKS), 'utf8')));
}

export function parseRunbook(name: string, text: string): Runbook {
  const prose = text.replace(FENCE, '');
  return {
    name,
    text,
    title: /^# (.*)$/m.exec(text)?.[1] ?? '',
    head: headOf(text),
    severity: /^`(\w+)` · /m.exec(text)?.[1] ?? '',
    sections: sectionsOf(text),
    blocks: blocksOf(text),
    inline: [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? ''),
    links: [...prose.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, words, target]) => ({
      text: words ?? '',
      target: target ?? '',
    })),
  };
}

function headOf(text: string): readonly string[] {
  const [, list = ''] = /^# .*\n\n((?:(?:- | {2}).*\n)+)\n/.exec(text) ?? [];
  return list
    .replaceAll(/\n {2}/g, ' ')
    .trimEnd()
    .split('\n');
}

/** A fence may be indented, as part of a list; its lines are then, too. */
const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

function blocksOf(text: string): readonly CodeBlock[] {
  return [...text.matchAll(FENCE)].map(([, indent = '', language = '', body = '']) => ({
    language,
    lines: body
      .split('\n')
      .slice(0, -1)
      .map((line) => line.slice(indent.length)),
  }));
}

function sectionsOf(text: string): readonly Section[] {
  return text
    .split(/^(?=## )/m)
    .slice(1)
    .map((part) => ({
      heading: /^## (.*)$/m.exec(part)?.[1] ?? '',
      text: part.replace(/^## .*\n/, '').trim(),
      blocks: blocksOf(part),
    }));
}
