import { describe, expect, it } from 'vitest';
import { listenUrl } from '../../src/config/listen-address.ts';
import { refuseNodeVersion } from '../../src/cli/node-version.ts';
import { wrapText } from '../../src/runtime/wrap-text.ts';

describe('wrapped text', () => {
  it.each([
    ['the quick brown fox', 9, ['the quick', 'brown fox']],
    ['abcdefghij kl', 4, ['abcd', 'efgh', 'ij', 'kl']],
    ['a abcdefgh', 4, ['a', 'abcd', 'efgh']],
    ['  blanks   between ', 20, ['blanks between']],
    ['', 5, ['']],
  ])('%o at %i', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });
});

describe('the URL at which a listener is reached', () => {
  it.each([
    [{ port: 9789 }, 'http://127.0.0.1:9789'],
    [{ host: '0.0.0.0', port: 9789 }, 'http://127.0.0.1:9789'],
    [{ host: '::', port: 9789 }, 'http://127.0.0.1:9789'],
    [{ host: '::1', port: 9789 }, 'http://[::1]:9789'],
    [{ host: 'box.example', port: 80 }, 'http://box.example:80'],
  ])('%o is %s', (listen, url) => {
    expect(listenUrl(listen)).toBe(url);
  });
});

describe('the version of Node', () => {
  it.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0', '100.0.0'])('%s will do', (version) => {
    expect(refuseNodeVersion(version)).toBeUndefined();
  });

  it.each(['20.20.2', '22.18.9', '18.0.0', '0.12.1'])('%s will not', (version) => {
    expect(refuseNodeVersion(version)).toContain(`needs Node 22.19 or newer, and this is Node ${version}`);
  });
});
