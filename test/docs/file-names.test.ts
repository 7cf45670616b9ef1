import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const list = (pattern: string): string[] => globSync(pattern, { cwd: root });
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

/** Files of ours as they are written in sentences, in backticks: `core/rules/overdue.ts`. */
const NAMED = /`(?!\.)([\w./-]+\.ts)`/g;

describe('a file that a document or a comment names', () => {
  const files = list('{src,scripts,dashboards,test,alerts}/**/*.ts').map((path) => `/${path}`);

  it('is one that there is', () => {
    const texts = [...list('docs/**/*.md'), ...list('*.md'), ...list('src/**/*.ts')].filter(
      (path) => path !== 'CHANGELOG.md',
    );
    const lost = texts.flatMap((path) =>
      [...read(path).matchAll(NAMED)].flatMap(([, name = '']) =>
        files.some((file) => file.endsWith(`/${name}`)) ? [] : [`${path}: ${name}`],
      ),
    );
    expect(lost).toEqual([]);
  });
});

describe('the architecture page', () => {
  it('says what the deadline of the pulse is', () => {
    const { pulseMinMs, pulseMaxMs } = DEFAULT_THRESHOLDS;
    expect(read('docs/architecture.md').replaceAll(/\s+/g, ' ')).toContain(
      `at least ${pulseMinMs / 1_000} s and at most ${pulseMaxMs / 1_000} s`,
    );
  });
});
