import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/model/secret.ts';

const VALUE = 'tok-3f9c0d7e';

describe('a secret', () => {
  const secret = new Secret(VALUE);

  it.each([
    ['string conversion', String(secret)],
    ['a template', `a template with ${secret as unknown as string} in it`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ deep: [secret] }, { depth: 9, showHidden: true })],
    ['concatenation', 'a' + (secret as unknown as string)],
    ['its own keys', JSON.stringify(Object.entries(secret))],
    ['an error that quotes it', inspect(new Error(`refused ${secret as unknown as string}`))],
  ])('does not show in %s', (_way, text) => {
    expect(text).not.toContain(VALUE);
  });

  it('is revealed on demand only', () => {
    expect(secret.reveal()).toBe(VALUE);
  });

  it('is taken out of what others wrote', () => {
    expect(secret.scrub(`token ${VALUE} is not ${VALUE}!`)).toBe('token [redacted] is not [redacted]!');
    expect(new Secret('').scrub('nothing to find')).toBe('nothing to find');
  });
});
