import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';
import { parseGatewayUrl } from '../../src/config/gateway-url.ts';
import { formatListenAddress, parseListenAddress } from '../../src/config/listen-address.ts';
import { suggest } from '../../src/config/suggest.ts';

describe('a duration', () => {
  it.each<[unknown, number | undefined]>([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2d', 172_800_000],
    [90, 90_000],
    ['90', 90_000],
    [0.25, 250],
    [' 5s ', 5_000],
    ['0', 0],
    ['', undefined],
    ['s', undefined],
    ['5 s', undefined],
    ['5s5', undefined],
    ['x5s', undefined],
    ['-5s', undefined],
    [-5, undefined],
    ['1e3', undefined],
    ['5S', undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NaN, undefined],
    [true, undefined],
    [null, undefined],
  ])('%o is %o ms', (written, ms) => {
    expect(parseDuration(written)).toBe(ms);
  });

  it('is read back as it was written, for every number of milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('a listen address', () => {
  it.each<[string, ReturnType<typeof parseListenAddress>]>([
    ['127.0.0.1:9789', { kind: 'tcp', host: '127.0.0.1', port: 9789 }],
    [':9789', { kind: 'tcp', port: 9789 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['[::1]:9789', { kind: 'tcp', host: '::1', port: 9789 }],
    ['[::]:9789', { kind: 'tcp', host: '::', port: 9789 }],
    ['node-a.example:80', { kind: 'tcp', host: 'node-a.example', port: 80 }],
    ['unix:/run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
    ['unix:sockets/a.sock', { kind: 'unix', path: 'sockets/a.sock' }],
    ['unix:', undefined],
    ['unix:/run/', undefined],
    [`unix:/${'x'.repeat(107)}`, undefined],
    ['9789', undefined],
    ['', undefined],
    ['::1:9789', undefined],
    ['[127.0.0.1]:80', undefined],
    ['300.1.1.1:80', undefined],
    ['1.2.3:80', undefined],
    ['host:65536', undefined],
    ['host:', undefined],
    ['http://host:80', undefined],
    ['host:80/metrics', undefined],
    ['-host:80', undefined],
    ['a b:80', undefined],
  ])('%s is %o', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  it.each(['127.0.0.1:9789', ':9789', '[::1]:9789', 'unix:/run/a.sock'])(
    '%s is written as it was read',
    (text) => {
      expect(formatListenAddress(parseListenAddress(text)!)).toBe(text);
    },
  );
});

describe('a gateway URL', () => {
  it.each([
    ['ws://127.0.0.1:18789', 'ws://127.0.0.1:18789'],
    ['http://127.0.0.1:18789/', 'ws://127.0.0.1:18789'],
    ['https://gateway.example', 'wss://gateway.example'],
    ['WSS://Gateway.Example/claw/', 'wss://gateway.example/claw'],
    ['127.0.0.1:18789', 'ws://127.0.0.1:18789'],
    ['localhost:18789', 'ws://localhost:18789'],
    ['[::1]:18789', 'ws://[::1]:18789'],
    ['gateway:80', 'ws://gateway'],
  ])('%s is %s', (text, url) => {
    expect(parseGatewayUrl(text)).toEqual({ ok: true, url });
  });

  it.each([
    ['gateway', 'form'],
    ['', 'form'],
    ['ftp://gateway', 'form'],
    ['ws://', 'form'],
    ['ws://gate way', 'form'],
    ['gateway:99999', 'form'],
    ['wss://user@gateway', 'credentials'],
    ['wss://user:pass@gateway', 'credentials'],
    ['user:pass@gateway:18789', 'credentials'],
    ['wss://gateway/?token=x', 'query'],
    ['wss://gateway/#token=x', 'query'],
  ])('%s is refused for its %s', (text, problem) => {
    expect(parseGatewayUrl(text)).toEqual({ ok: false, problem });
  });
});

describe('a suggestion', () => {
  const known = ['listen_address', 'url', 'token_file', 'max_nodes', 'level', 'repeat_interval', 'max_bytes'];

  it.each([
    ['listen_adress', 'listen_address'],
    ['listenAddress', 'listen_address'],
    ['LISTEN-ADDRESS', 'listen_address'],
    ['ulr', 'url'],
    ['maxnodes', 'max_nodes'],
    ['levle', 'level'],
    ['repeat', 'repeat_interval'],
    ['max_', undefined],
    ['port', undefined],
    ['colour', undefined],
    ['', undefined],
  ])('for %o is %o', (found, meant) => {
    expect(suggest(found, known)).toBe(meant);
  });
});
