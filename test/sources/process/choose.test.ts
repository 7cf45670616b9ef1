import { expect, it } from 'vitest';
import { chooseProcess } from '../../../src/sources/process/choose.ts';
import type { NodeHostProcess } from '../../../src/sources/process/node-host-scanner.ts';

const host = (pid: number, startedMs: number): NodeHostProcess => ({
  pid,
  incarnation: `${pid}:${startedMs}`,
  startedMs,
  name: 'openclaw-node',
  owner: 1000,
  ancestors: [1],
  service: undefined,
  serviceUnread: undefined,
  invocation: undefined,
  workingDirectory: undefined,
  stateDir: { kind: 'denied' },
});

const old = host(10, 1_000);
const young = host(20, 50_000);

it('with nothing watched yet, the newest is taken', () => {
  expect(chooseProcess({ candidates: [young, old], tracked: undefined, sinceBootMs: 50_100 })).toBe(young);
  expect(chooseProcess({ candidates: [old, host(9, 1_000)], tracked: undefined, sinceBootMs: 50_100 })).toBe(
    old,
  );
  expect(
    chooseProcess<NodeHostProcess>({ candidates: [], tracked: undefined, sinceBootMs: 0 }),
  ).toBeUndefined();
});

it('the watched one stays until a newer one has lasted for ten seconds', () => {
  expect(chooseProcess({ candidates: [old, young], tracked: old, sinceBootMs: 59_999 })).toBe(old);
  expect(chooseProcess({ candidates: [old, young], tracked: old, sinceBootMs: 60_000 })).toBe(young);
  expect(chooseProcess({ candidates: [old, young], tracked: young, sinceBootMs: 60_000 })).toBe(young);
});

it('the watched one stays when it fits no more and nothing else does', () => {
  expect(chooseProcess({ candidates: [], tracked: old, sinceBootMs: 60_000 })).toBe(old);
});
