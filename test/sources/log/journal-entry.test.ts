import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { readJournalEntry } from '../../../src/sources/tail/journal-entry.ts';
import { parseLine } from '../../../src/sources/log/parse-line.ts';

/** Written by `journalctl -o json` of systemd 252 for what a unit wrote to its stderr. */
const REAL = readFileSync(new URL('../../fixtures/journal/openclaw-node.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');

describe('an entry of a real journal', () => {
  it('is read with its cursor, its time and its text', () => {
    expect(REAL.map((line) => readJournalEntry(line)?.text)).toEqual([
      'node host gateway connected: ws://127.0.0.1:18789',
      // journald trims the space at the end.
      'node host gateway closed (1006):',
      // Colour makes journalctl write bytes.
      '\u001b[31mcolour\u001b[0m line',
      'bad \uFFFD utf8',
      // 6,000 characters: journalctl writes null.
      '(too long)',
    ]);
    expect(readJournalEntry(REAL[0]!)).toMatchObject({
      cursor:
        's=e03cc8147be34be4b6ec413f17067b24;i=15c;b=a75f5c24d3ce4405bba1afd8eb74a1a1;m=8934f0d7;t=660d651e31558;x=7e8b91cdc3d2893a',
      writtenWallMs: 1795323473368.408,
    });
  });

  it('means what the same line means in a file', () => {
    expect(REAL.map((line) => parseLine(readJournalEntry(line)?.text ?? ''))).toEqual([
      { kind: 'connected', url: 'ws://127.0.0.1:18789' },
      { kind: 'closed', code: 1006, reason: '' },
      { kind: 'other' },
      { kind: 'other' },
      { kind: 'other' },
    ]);
  });
});

describe('an entry', () => {
  const entry = (fields: object): string =>
    JSON.stringify({ __CURSOR: 's=1', __REALTIME_TIMESTAMP: '1795323473368408', ...fields });

  it('that systemd wrote about the unit is no word of the unit', () => {
    const text = 'openclaw-node.service: Main process exited, code=exited, status=1/FAILURE';
    expect(readJournalEntry(entry({ MESSAGE: text, USER_UNIT: 'openclaw-node.service' }))?.text).toBeNull();
    expect(readJournalEntry(entry({ MESSAGE: text, UNIT: 'openclaw-node.service' }))?.text).toBeNull();
  });

  it('with a field that occurs twice gives its first value', () => {
    expect(readJournalEntry(entry({ MESSAGE: ['first', 'second'] }))?.text).toBe('first');
    expect(readJournalEntry(entry({ MESSAGE: [[0x61], 'second'] }))?.text).toBe('a');
  });

  it('without text shows only that something was written', () => {
    expect(readJournalEntry(entry({}))?.text).toBe('(too long)');
    expect(readJournalEntry(entry({ MESSAGE: null }))?.text).toBe('(too long)');
    expect(readJournalEntry(entry({ MESSAGE: [] }))?.text).toBe('');
  });

  it.each([
    '',
    '-- No entries --',
    '{"__CURSOR":"s=1"',
    '{}',
    '[]',
    'null',
    '{"__CURSOR":1,"__REALTIME_TIMESTAMP":"2"}',
  ])('%j is none', (line) => {
    expect(readJournalEntry(line)).toBeUndefined();
  });
});
