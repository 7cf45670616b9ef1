import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { disabledIn, interpretJob } from '../../../src/sources/darwin/interpret-job.ts';
import { logPathsOf } from '../../../src/sources/darwin/installed-job.ts';
import { parseLsof } from '../../../src/sources/darwin/parse-lsof.ts';
import { parseNetstat } from '../../../src/sources/darwin/parse-netstat.ts';
import { parsePs } from '../../../src/sources/darwin/parse-ps.ts';
import { capture } from './fixtures.ts';

/** What each parser makes of a text; 0: nothing. */
const PARSERS: Readonly<Record<string, (text: string) => number>> = {
  job: (text) => (interpretJob(text) === undefined ? 0 : 1),
  disabled: (text) => disabledIn(text).size,
  sockets: (text) => parseLsof(text).filter(({ tcpState }) => tcpState !== undefined).length,
  rows: (text) => parseNetstat(text)?.length ?? 0,
  processes: (text) => parsePs(text)?.length ?? 0,
  log: (text) => logPathsOf(text).length,
};

/** Whose output a capture is, by its name; `nobody`: no parser is to make anything of it. */
function readerOf(name: string): string {
  if (name.startsWith('launchctl-print-disabled')) return 'disabled';
  if (name.startsWith('launchctl-print-notfound')) return 'nobody';
  if (name.startsWith('launchctl-print-')) return 'job';
  // Of what is asked for, the other one lacks the type of a file.
  if (name === 'lsof-F-listen-26.txt') return 'sockets';
  if (name.startsWith('netstat-')) return 'rows';
  return 'nobody';
}

const CAPTURES = readdirSync(new URL('../../fixtures/macos/', import.meta.url)).filter((name) =>
  name.endsWith('.txt'),
);

describe('a captured output', () => {
  it.each(CAPTURES)('%s is read by its own parser, and nobody else makes facts of it', (name) => {
    const text = capture(name);
    const readers = Object.entries(PARSERS).flatMap(([reader, read]) => (read(text) > 0 ? [reader] : []));
    expect(readers).toEqual(readerOf(name) === 'nobody' ? [] : [readerOf(name)]);
  });

  it.each(CAPTURES)('%s, with lines lost, doubled or out of order, throws nobody off', (name) => {
    const lines = capture(name).split('\n');
    const broken = [
      lines.filter((_, at) => at % 2 === 0),
      lines.filter((_, at) => at % 3 !== 0),
      lines.toReversed(),
      lines.flatMap((line) => [line, line]),
      lines.map((line) => line.slice(0, line.length / 2)),
      lines.map((line) => line.replaceAll('\t', ' ')),
    ];
    for (const parse of Object.values(PARSERS)) {
      for (const some of broken) expect(() => parse(some.join('\n'))).not.toThrow();
    }
  });
});
