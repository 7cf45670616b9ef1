import { describe, expect, it } from 'vitest';
import { explainListenFailure } from '../../src/app/listen-words.ts';
import type { ListenFailureKind, ListenPlace } from '../../src/http/server/listen-place.ts';

const TCP: ListenPlace = { kind: 'tcp', host: '127.0.0.1', port: 9789 };
const UNIX: ListenPlace = { kind: 'unix', path: '/run/liveness.sock', mode: 0o660 };
const PASSED: ListenPlace = { kind: 'inherited', fd: 3, name: 'liveness' };

describe('an address that cannot be had', () => {
  it.each<[ListenFailureKind, ListenPlace, number, RegExp]>([
    [
      'in-use',
      TCP,
      1,
      /^cannot listen on 127\.0\.0\.1:9789: the port is in use.*ss -ltnp 'sport = :9789'.*--web\.listen-address/,
    ],
    [
      'in-use',
      UNIX,
      1,
      /^cannot listen on unix:\/run\/liveness\.sock: somebody listens there.*--web\.listen-address/,
    ],
    ['permission', TCP, 2, /ports below 1024 need privileges/],
    ['permission', UNIX, 2, /the directory must be writable/],
    ['no-such-address', TCP, 2, /this machine has no such address/],
    ['bad-address', TCP, 2, /the name is no address/],
    ['no-directory', UNIX, 2, /its directory does not exist \(CODE\); make it/],
    ['not-a-socket', UNIX, 2, /something is there that is no socket.*Move \/run\/liveness\.sock away/],
    [
      'not-listening',
      PASSED,
      2,
      /^cannot listen on the socket that systemd passed as descriptor 3 \(liveness\): .*Accept=no/,
    ],
  ])('(%s, %o) ends with %i and says what to do', (kind, place, exitCode, message) => {
    const explained = explainListenFailure({ kind, place, code: 'CODE' });
    expect(explained.exitCode).toBe(exitCode);
    expect(explained.message).toMatch(message);
  });
});
