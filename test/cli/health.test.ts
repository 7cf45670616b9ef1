import { expect, it } from 'vitest';
import { FakeCli } from './fake-cli.ts';

it.each([
  [200, 0],
  [503, 1],
  // It answers; who may read the page is another question.
  [401, 0],
])('health: HTTP %i ends with %i', async (status, code) => {
  const cli = new FakeCli();
  const asked: string[] = [];
  cli.fetch = (url) => {
    asked.push(new Request(url).url);
    return Promise.resolve(new Response('', { status }));
  };
  expect(await cli.run('health', '--web.listen-address', ':9999')).toBe(code);
  expect(asked).toEqual(['http://127.0.0.1:9999/-/healthy']);
});

it('health: nobody listens ends with 1, and is said', async () => {
  const cli = new FakeCli();
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:9789');
  cli.fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
  expect(await cli.run('health')).toBe(1);
  expect(cli.out).toBe('127.0.0.1:9789: connect ECONNREFUSED 127.0.0.1:9789\n');
  expect(cli.starts).toEqual([]);
});
