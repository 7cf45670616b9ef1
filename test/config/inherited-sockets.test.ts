import { describe, expect, it } from 'vitest';
import { readInheritedSockets } from '../../src/config/inherited-sockets.ts';

describe('what systemd passes', () => {
  it('are sockets from descriptor 3 on, each with its name', () => {
    expect(
      readInheritedSockets({ LISTEN_FDS: '2', LISTEN_PID: '7', LISTEN_FDNAMES: 'web:probes' }, 7),
    ).toEqual({
      ok: true,
      sockets: [
        { fd: 3, name: 'web' },
        { fd: 4, name: 'probes' },
      ],
    });
  });

  it('need not have names', () => {
    expect(readInheritedSockets({ LISTEN_FDS: '1', LISTEN_PID: '7' }, 7)).toEqual({
      ok: true,
      sockets: [{ fd: 3, name: '' }],
    });
  });

  it.each([
    [
      {},
      'systemd passed no sockets (LISTEN_FDS is not set); was the .service started rather than the .socket?',
    ],
    [
      { LISTEN_FDS: '1', LISTEN_PID: '8' },
      'systemd passed its sockets to process 8, and this is 7; have ExecStart= run node itself, not a script that starts it',
    ],
    [{ LISTEN_FDS: '0', LISTEN_PID: '7' }, 'LISTEN_FDS is "0", and should be the number of sockets'],
    [{ LISTEN_FDS: '-1', LISTEN_PID: '7' }, 'LISTEN_FDS is "-1", and should be the number of sockets'],
    [{ LISTEN_FDS: '99999', LISTEN_PID: '7' }, 'LISTEN_FDS is "99999", and should be the number of sockets'],
  ])('as %j is nothing for us, and says why', (variables, why) => {
    expect(readInheritedSockets(variables, 7)).toEqual({ ok: false, why });
  });
});
