import { describe, expect, it } from 'vitest';
import { freshSocket, isOpen, tellingAgeMs, type SocketFacts } from '../../src/core/facts/sockets.ts';
import { hold } from '../../src/core/model/held.ts';
import type { ConnectionState } from '../../src/core/model/observation.ts';
import { DEFAULT_THRESHOLDS as LIMITS } from '../../src/core/model/thresholds.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

const at = (seconds: number): Instant => ({ monoMs: seconds * 1_000, wallMs: 5e12 + seconds * 1_000 });

describe('a look at the sockets', () => {
  const look = aSocketLook(at(100));
  const socket: SocketFacts = {
    look: hold(look, at(100), LIMITS.socketValidMs),
    connections: [],
    hadConnection: false,
  };

  it('is believed of the process that it was a look at, for three seconds', () => {
    expect(freshSocket({ socket, incarnation: 'p' }, at(103))).toBe(look);
    expect(freshSocket({ socket, incarnation: 'p' }, at(103.1))).toBeUndefined();
    expect(freshSocket({ socket, incarnation: 'q' }, at(100))).toBeUndefined();
  });

  it('is none where nobody has looked', () => {
    expect(freshSocket({ socket: undefined, incarnation: 'p' }, at(100))).toBeUndefined();
    expect(freshSocket({ socket: undefined, incarnation: undefined }, at(100))).toBeUndefined();
  });
});

it.each<[ConnectionState, boolean]>([
  ['established', true],
  ['opening', true],
  ['close-wait', false],
  ['closing', false],
])('a connection that is %s stands or is being made: %s', (state, expected) => {
  expect(isOpen({ state })).toBe(expected);
});

describe('the age of a connection tells that it was accepted', () => {
  it('after 18 s, where the node host would have given it up', () => {
    expect(tellingAgeMs({ opened: at(0), since: at(40), isGivenUp: true }, LIMITS)).toBe(18_000);
  });

  it('later by as long as it was on its way before, but never by more than TCP waits to send again', () => {
    expect(tellingAgeMs({ opened: at(0), since: at(40), isGivenUp: false }, LIMITS)).toBe(58_000);
    expect(tellingAgeMs({ opened: at(0), since: at(500), isGivenUp: false }, LIMITS)).toBe(138_000);
  });
});
