import { describe, expect, it } from 'vitest';
import { interpretHello } from '../../../src/sources/gateway-session/interpret-hello.ts';
import { capturedHello } from '../../helpers/captured-frames.ts';

describe('the hello', () => {
  it('of 2026.4.15 has no boot id', () => {
    expect(interpretHello(capturedHello('2026.4.15'))).toEqual({
      serverVersion: '2026.4.15',
      protocol: 3,
      uptimeMs: 989_586,
    });
  });

  it('of 2026.9.6 names the boot', () => {
    expect(interpretHello(capturedHello('2026.9.6'))).toEqual({
      serverVersion: '2026.9.6',
      protocol: 4,
      bootId: 'f7239279-d2c3-493c-8930-0f23f6933792',
      uptimeMs: 533_762,
    });
  });

  it('of a gateway that sends megabytes makes no label of a megabyte, and no boot like another', () => {
    const endless = 'x'.repeat(1_000_000);
    const hello = interpretHello({ protocol: 4, server: { version: endless, bootId: `${endless}1` } });
    expect(hello).toEqual({ serverVersion: 'x'.repeat(128), protocol: 4 });
  });

  it('is never cut within a character', () => {
    const hello = interpretHello({ protocol: 4, server: { version: `${'x'.repeat(127)}🦞` } });
    expect(hello?.serverVersion).toBe('x'.repeat(127));
  });

  it.each([null, 'hello', {}, { protocol: '4', server: { version: 'x' } }, { protocol: 4, server: {} }])(
    'is not %j',
    (payload) => {
      expect(interpretHello(payload)).toBeNull();
    },
  );
});
