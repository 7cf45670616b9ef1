import { describe, expect, it } from 'vitest';
import { findLeaks, readPages } from './secret-leaks.ts';

const SECRET = 'c0ffee-"token"/with+signs';

describe('a secret in a text', () => {
  it.each([
    ['in the clear', `token=${SECRET} and more`],
    ['in part', SECRET.slice(0, 13)],
    ['in JSON', JSON.stringify({ token: SECRET })],
    ['in a URL', `http://x/?token=${encodeURIComponent(SECRET)}`],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
  ])('is found %s', (_how, text) => {
    expect(findLeaks([SECRET], new Map([['page', text]]))).toEqual(['page']);
  });

  it('is not found where it is not', () => {
    expect(findLeaks([SECRET], new Map([['page', 'token_file=/run/token c0ffee']]))).toEqual([]);
  });

  it('must be long enough to be told from other words', () => {
    expect(() => findLeaks(['alive'], new Map())).toThrow('a secret this short');
  });
});

describe('the pages', () => {
  it('are read with their headers, and those of each node host too', async () => {
    const pages = await readPages((path) =>
      Promise.resolve(
        new Response(path === '/api/v1/nodes' ? '{"nodes":[{\n "key": "local:a\\"b" }]}' : path, {
          headers: { 'x-page': path },
        }),
      ),
    );
    expect(pages.get('/metrics')).toContain('"x-page","/metrics"');
    expect(pages.get('/api/v1/nodes/local%3Aa%22b')).toContain('/api/v1/nodes/local%3Aa%22b');
  });
});
