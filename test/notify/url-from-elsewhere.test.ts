import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { urlFromElsewhere } from '../../src/notify/url-from-elsewhere.ts';

it('a link leads to this machine by its name where it would lead to the reader’s own', () => {
  expect(urlFromElsewhere('http://127.0.0.1:9789', undefined)).toBe(`http://${hostname()}:9789`);
  expect(urlFromElsewhere('https://[::]:9789', undefined)).toBe(`https://${hostname()}:9789`);
  expect(urlFromElsewhere('https://studio.ts.net:9789', undefined)).toBe('https://studio.ts.net:9789');
  expect(urlFromElsewhere(undefined, undefined)).toBe('');
});

it('it leads where the operator says, whatever is listened at', () => {
  expect(urlFromElsewhere('http://127.0.0.1:9789', 'https://proxy.example/openclaw')).toBe(
    'https://proxy.example/openclaw',
  );
});
