import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/index.ts';
import { KnownSecrets } from '../../src/sources/known-secrets.ts';

const TOKEN = 'tök+3f/9c=0d7e&very secret?';
const PLAIN = '3f9c0d7e3f9c0d7e3f9c0d7e3f9c0d7e3f9c0d7e3f9c0d7e';

function knowing(...values: string[]): KnownSecrets {
  const secrets = new KnownSecrets();
  for (const value of values) secrets.learn(new Secret(value));
  return secrets;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a credential in other people’s words', () => {
  it.each([
    ['in the clear', (secret: string) => secret],
    ['in JSON', (secret: string) => JSON.stringify(secret)],
    ['in a URL', encodeURIComponent],
    ['in a URL, in small letters', (secret: string) => encodeURIComponent(secret).toLowerCase()],
    ['in a URL, as far as it must be', encodeURI],
    ['in base64', base64],
    ['in base64 for URLs', (secret: string) => Buffer.from(secret).toString('base64url')],
    ['in base64, with a line end', (secret: string) => base64(`${secret}\n`)],
    ['in base64, as of a password', (secret: string) => base64(`:${secret}`)],
    ['in base64, as of a user', (secret: string) => base64(`me:${secret}`)],
    ['in base64, within a frame', (secret: string) => base64(`{"auth":{"token":"${secret}","x":1}}`)],
  ])('%s is taken out, and what stands around it stays', (_form, encode) => {
    for (const secret of [TOKEN, PLAIN]) {
      const said = `refused: ${encode(secret)}, come back`;
      const left = knowing(secret).scrub(said);
      expect(left).toMatch(/^refused: .*\[redacted\].*, come back$/);
      // Nothing but the few characters at either end of base64 that share a byte with what stands around it.
      const most = (text: string): string => text.slice(4, -4);
      expect(left).not.toContain(most(encode(secret)));
      expect(knowing(secret).scrubName(said)).toBe(left);
    }
  });

  it('is taken out wherever it stands', () => {
    expect(knowing(PLAIN).scrub(`${PLAIN}${PLAIN} and ${PLAIN}`)).toBe('[redacted][redacted] and [redacted]');
  });

  it('is known after a rotation, the former one, too', () => {
    const secrets = knowing('the-former-one', 'the-new-one');
    expect(secrets.scrub('the-former-one the-new-one')).toBe('[redacted] [redacted]');
  });

  it('is forgotten when it is long out of use, so that thousands of rotations cost nothing', () => {
    const secrets = knowing(...Array.from({ length: 1000 }, (_, index) => `token-number-${index}-`));
    expect(secrets.scrub('token-number-0-')).toBe('token-number-0-');
    expect(secrets.scrub('token-number-999-')).toBe('[redacted]');
  });

  it('of a single letter, or a word that a node host is called by, leaves the words as they are', () => {
    expect(knowing('a').scrub('a gateway')).toBe('a gateway');
    const secrets = knowing('macbook');
    expect(secrets.scrub('refused: macbook')).toBe('refused: [redacted]');
    expect(secrets.scrubName('macbook-pro')).toBe('macbook-pro');
  });

  it('costs so little that a log of 100,000 refusals is not held up by it', () => {
    const { scrub } = knowing(PLAIN, TOKEN, 'the-former-one');
    const text = 'unauthorized: gateway token mismatch (provide gateway auth token) '.repeat(7);
    const from = performance.now();
    for (let count = 0; count < 100_000; count += 1) scrub(text);
    // Some 0.1 s; seconds on a busy machine.
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

describe('whoever is about to tell what others wrote', () => {
  it('can wait for a credential that is being read', async () => {
    const secrets = new KnownSecrets();
    const read = Promise.withResolvers<undefined>();
    secrets.expect(
      read.promise.then(() => {
        secrets.learn(new Secret(PLAIN));
      }),
    );
    const scrubbed = secrets.known().then(() => secrets.scrub(PLAIN));
    read.resolve(undefined);
    expect(await scrubbed).toBe('[redacted]');
  });

  it('does not wait for one that cannot be read', async () => {
    const secrets = new KnownSecrets();
    secrets.expect(Promise.reject(new Error('EIO')));
    await secrets.known();
  });
});
