import { expect, it } from 'vitest';
import { parseInvocation } from '../../../src/sources/process/invocation.ts';
import type { Recognised, Suspect } from '../../../src/sources/process/recognise.ts';
import { isSuspectName, recognise } from '../../../src/sources/process/recognise.ts';

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly line?: string;
  readonly ageMs?: number;
  readonly isNodeService?: boolean;
  readonly wasNodeRun?: boolean;
}

function hostsAmong(rows: readonly Row[], knownLaunchers: readonly number[] = []): number[] {
  return [...recognisedAmong(rows, knownLaunchers).hosts].toSorted();
}

function startingAmong(rows: readonly Row[]): number[] {
  return [...recognisedAmong(rows, []).starting].toSorted();
}

function recognisedAmong(rows: readonly Row[], knownLaunchers: readonly number[]): Recognised {
  const parents = new Map(rows.map((row) => [row.pid, row.parent]));
  const ancestors = (pid: number): number[] => {
    const above: number[] = [];
    for (let parent = parents.get(pid); parent !== undefined; parent = parents.get(parent))
      above.push(parent);
    return above;
  };
  const suspects = rows
    .filter((row) => isSuspectName(row.name))
    .map(({ pid, name, line, ageMs = 100_000, isNodeService = false, wasNodeRun = false }): Suspect => ({
      pid,
      name,
      ageMs,
      isNodeService,
      wasNodeRun,
      invocation: line === undefined ? undefined : parseInvocation(line.split(' ')),
    }));
  return recognise(suspects, { ancestors, isKnownLauncher: (pid) => knownLaunchers.includes(pid) });
}

const nodeRun = 'node /usr/bin/openclaw node run';

it('2026.9.x: the child is the node host, not the launcher', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'MainThread', line: nodeRun },
    { pid: 11, parent: 10, name: 'openclaw-node' },
  ];
  expect(hostsAmong(rows)).toEqual([11]);
});

it('2026.4.x: the child is the node host, not the process titled openclaw', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'openclaw' },
    { pid: 11, parent: 10, name: 'openclaw-node' },
  ];
  expect(hostsAmong(rows)).toEqual([11]);
});

it('`openclaw connect` runs a node host, too', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'MainThread', line: 'node /usr/bin/openclaw connect oc-pair://x' },
    { pid: 11, parent: 10, name: 'openclaw-connec' },
  ];
  expect(hostsAmong(rows)).toEqual([11]);
});

it('`openclaw node status` is no node host, though it takes the same title', () => {
  const rows = [
    { pid: 20, parent: 1, name: 'MainThread', line: 'node /usr/bin/openclaw node status' },
    { pid: 21, parent: 20, name: 'openclaw-node' },
  ];
  expect(hostsAmong(rows)).toEqual([]);
});

it('an OpenClaw command that a node host runs for others is no node host, and takes nothing from the one above', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'openclaw' },
    { pid: 11, parent: 10, name: 'openclaw-node' },
    { pid: 30, parent: 11, name: 'sh' },
    { pid: 31, parent: 30, name: 'openclaw' },
    { pid: 32, parent: 31, name: 'openclaw-node' },
  ];
  expect(hostsAmong(rows)).toEqual([11]);
});

it('a gateway, its workers and other Node programs are no node hosts', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'openclaw-gatewa' },
    {
      pid: 11,
      parent: 10,
      name: 'MainThread',
      line: 'node /usr/lib/openclaw/dist/process/spawn-broker/worker.js',
    },
    { pid: 12, parent: 1, name: 'node', line: 'node /srv/app/server.js' },
    { pid: 13, parent: 1, name: 'openclaw' },
    { pid: 14, parent: 1, name: 'openclaw-node-w' },
  ];
  expect(hostsAmong(rows)).toEqual([]);
});

it('the child is a node host from its first title on', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'MainThread', line: nodeRun, ageMs: 900 },
    { pid: 11, parent: 10, name: 'openclaw', ageMs: 300 },
  ];
  expect(hostsAmong(rows)).toEqual([11]);
});

it('the short-lived first child of a 2026.9.x launcher is no node host yet', () => {
  const rows = [
    { pid: 10, parent: 1, name: 'MainThread', line: nodeRun, ageMs: 500 },
    {
      pid: 11,
      parent: 10,
      name: 'MainThread',
      line: 'node /o/openclaw.mjs --openclaw-node-host-child node run',
      ageMs: 100,
    },
  ];
  expect(hostsAmong(rows)).toEqual([]);
});

it('a process that never titles itself is believed by its arguments after a while', () => {
  const untitled = { pid: 10, parent: 1, name: 'node', line: nodeRun };
  expect(hostsAmong([{ ...untitled, ageMs: 5_000 }])).toEqual([]);
  expect(hostsAmong([{ ...untitled, ageMs: 21_000 }])).toEqual([10]);
});

it('a version titled plain openclaw is known by its launcher, or as a service', () => {
  expect(
    hostsAmong([
      { pid: 10, parent: 1, name: 'node', line: nodeRun },
      { pid: 11, parent: 10, name: 'openclaw' },
    ]),
  ).toEqual([11]);
  expect(hostsAmong([{ pid: 10, parent: 1, name: 'openclaw', isNodeService: true }])).toEqual([10]);
  expect(hostsAmong([{ pid: 10, parent: 1, name: 'openclaw', isNodeService: true, ageMs: 3_000 }])).toEqual(
    [],
  );
});

it('a launcher between two children is no node host', () => {
  const launcher = { pid: 10, parent: 1, name: 'MainThread', line: nodeRun };
  expect(hostsAmong([launcher], [10])).toEqual([]);
  expect(hostsAmong([{ ...launcher, name: 'openclaw', isNodeService: true }], [10])).toEqual([]);
});

it('a young launcher and its young child are the start of a node host, until there is one', () => {
  const launcher = { pid: 10, parent: 1, name: 'MainThread', line: nodeRun, ageMs: 9_000 };
  const child = { pid: 11, parent: 10, name: 'MainThread', line: nodeRun, ageMs: 4_000 };
  expect(startingAmong([launcher])).toEqual([10]);
  expect(startingAmong([launcher, child])).toEqual([10, 11]);
  expect(startingAmong([launcher, { ...child, name: 'openclaw-node' }])).toEqual([]);
  expect(startingAmong([{ ...launcher, ageMs: 21_000 }])).toEqual([]);
});

it('a 2026.4.x launcher is still one when its title has replaced its arguments', () => {
  const titled = { pid: 10, parent: 1, name: 'openclaw', ageMs: 9_000 };
  expect(startingAmong([{ ...titled, wasNodeRun: true }])).toEqual([10]);
  expect(startingAmong([titled])).toEqual([]);
});

it('a command that runs no node host, and one that a node host runs, are no start of one', () => {
  const young = { pid: 20, parent: 1, name: 'MainThread', ageMs: 1_000 };
  expect(startingAmong([{ ...young, line: 'node /usr/bin/openclaw node status' }])).toEqual([]);
  const host = { pid: 11, parent: 1, name: 'openclaw-node' };
  expect(startingAmong([host, { ...young, parent: 11, line: nodeRun }])).toEqual([]);
});
