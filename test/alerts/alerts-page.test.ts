import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alertRules } from '../helpers/alert-rules.ts';

/** What a summary says of one, said of any: "Exporter {{ … }}" is "An exporter". */
function inGeneral(summary: string): string {
  const words = summary.replace(
    /(remote )?(node host|node|app|gateway|exporter) \{\{ \$labels\.\w+ \}\}/i,
    (_, remote: string | undefined, kind: string) =>
      `${/^[ae]/i.test(kind) ? 'an' : 'a'} ${(remote ?? '').toLowerCase()}${kind.toLowerCase()}`,
  );
  const withoutNames = words.replaceAll(/ \{\{ \$labels\.\w+ \}\}/g, '');
  return `${withoutNames.charAt(0).toUpperCase()}${withoutNames.slice(1)}`;
}

describe('docs/alerts.md', () => {
  const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');

  it('lists every alert as its rule has it, in the order of the file', () => {
    const rows = [
      ...page.matchAll(/^\| \[(\w+)\]\(runbooks\/(\w+)\.md\)\s*\| (\w+)\s*\| (\S+)\s*\| (.+?)\s*\|$/gm),
    ];
    expect(rows.map(([, ...cells]) => cells)).toEqual(
      alertRules().map(({ alert, labels, annotations, ...rule }) => [
        alert,
        alert,
        labels.severity,
        rule.for ?? '–',
        inGeneral(annotations.summary ?? ''),
      ]),
    );
  });

  it('names no file that is not there', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => {
      try {
        readFileSync(new URL(link, new URL('../../docs/', import.meta.url)));
        return false;
      } catch {
        return true;
      }
    });
    expect(missing).toEqual([]);
  });
});
