import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { anchorsOf, partsOf } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What .gitignore names: others' pages, and what is made. */
const NOT_OURS = ['node_modules', 'dist', 'coverage', '.cache'];

/** Pages that are part of the project or about to be, from its root. */
const PAGES = globSync('**/*.md', { cwd: ROOT, exclude: (path) => NOT_OURS.includes(basename(path)) });

/** What is wrong with a link, or nothing. Addresses of other sites are not asked. */
function problemOf(page: string, target: string): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return undefined;
  const [, path = '', anchor] = /^([^#]*)(?:#(.*))?$/.exec(target) ?? [];
  const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (file.startsWith('../')) return `${target}: outside of the project`;
  if (!existsSync(join(ROOT, file))) return `${target}: there is no ${file}`;
  if (anchor === undefined) return undefined;
  if (!file.endsWith('.md')) return `${target}: only a page has headings`;
  const anchors = anchorsOf(readFileSync(join(ROOT, file), 'utf8'));
  return anchors.includes(anchor) ? undefined : `${target}: ${file} has no such heading`;
}

it('there are pages', () => {
  expect(PAGES).toContain('README.md');
  expect(PAGES.length).toBeGreaterThan(40);
});

describe.each(PAGES)('%s', (page) => {
  it('leads only to files and headings that are there', () => {
    const { targets } = partsOf(readFileSync(join(ROOT, page), 'utf8'));
    expect(targets.flatMap((target) => problemOf(page, target) ?? [])).toEqual([]);
  });
});

describe('a link', () => {
  it.each([
    ['alerts.md', undefined],
    ['alerts.md#install', undefined],
    ['../alerts/', undefined],
    ['https://example.com/nowhere#at-all', undefined],
    ['alert.md', 'alert.md: there is no docs/alert.md'],
    ['alerts.md#instal', 'alerts.md#instal: docs/alerts.md has no such heading'],
    ['../alerts/openclaw-nodehost.rules.yml#zombie', /only a page has headings/],
    ['../../elsewhere.md', /outside of the project/],
  ])('to %s from a page in docs is judged', (target, problem) => {
    const found = problemOf('docs/stack.md', target);
    if (problem instanceof RegExp) expect(found).toMatch(problem);
    else expect(found).toBe(problem);
  });
});

describe('the headings of a page', () => {
  it.each([
    ['## /-/reload', ['-reload']],
    ['## `web.config_file` and TLS', ['webconfig_file-and-tls']],
    ['# Who [silences](x.md) whom?', ['who-silences-whom']],
    ['## A — b', ['a--b']],
    ['## Zürich é', ['zürich-é']],
    ['## Same\n\n## Same', ['same', 'same-1']],
    ['```sh\n# a comment\n```\n\n# Title', ['title']],
  ])('%j are %j', (text, anchors) => {
    expect(anchorsOf(text)).toEqual(anchors);
  });

  it('link nowhere from code', () => {
    expect(partsOf('`[a](b)` [c](d)\n\n```text\n[e](f)\n```\n').targets).toEqual(['d']);
  });
});
