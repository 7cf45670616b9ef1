import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supervisedUnit } from '../../src/app/supervised-unit.ts';
import type { NodeLocator, NodeTarget } from '../../src/config/config.ts';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/node-facts.ts';
import type { ProcessSample, SystemdUnit } from '../../src/core/model/observation.ts';
import { NOW } from '../helpers/snapshots.ts';

const DEFAULT: SystemdUnit = { manager: 'systemd', unit: 'openclaw-node.service', user: true };
const MINE: SystemdUnit = { manager: 'systemd', unit: 'mine.service', user: false };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

function installDefaultUnit(): void {
  const directory = join(home, '.config', 'systemd', 'user');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'openclaw-node.service'), '[Service]\n');
}

function target(locator: NodeLocator): NodeTarget {
  return { id: 'local', locator, log: { kind: 'auto' } };
}
const unnamed = target({ kind: 'state-dir', path: '/home/me/.openclaw', explicit: false });

const sample: ProcessSample = {
  pid: 7,
  incarnation: '7:1',
  kernelState: 'sleeping',
  uptimeMs: 1,
  cpuSeconds: 0,
  residentBytes: 1,
};

function facts(process: ProcessSample | null | undefined, lastUnit?: SystemdUnit): LocalFacts {
  return {
    ...unseenTarget({ id: 'local', explicit: true }),
    ...(process !== undefined && { process: { at: NOW, sample: process } }),
    ...(lastUnit !== undefined && { lastUnit }),
  };
}

describe('the unit that supervises a node host', () => {
  it('is the one that it was configured by, whatever it runs in', () => {
    const named = target({ kind: 'systemd-unit', unit: 'mine.service', user: false });
    const supervised = { unit: MINE, isNamed: true };
    expect(supervisedUnit(named, facts(sample, DEFAULT), home)).toEqual({
      ...supervised,
      incarnation: '7:1',
    });
    expect(supervisedUnit(named, facts(null), home)).toEqual({ ...supervised, incarnation: null });
  });

  it('is the one that its process runs in, and stays it when that is gone', () => {
    const supervised = { unit: MINE, isNamed: false };
    expect(supervisedUnit(unnamed, facts(sample, MINE), home)).toEqual({ ...supervised, incarnation: '7:1' });
    expect(supervisedUnit(unnamed, facts(null, MINE), home)).toEqual({ ...supervised, incarnation: null });
  });

  it('is OpenClaw’s own where nobody named a node host, none was seen and that unit is installed', () => {
    expect(supervisedUnit(unnamed, facts(null), home)).toBeUndefined();
    installDefaultUnit();
    expect(supervisedUnit(unnamed, facts(null), home)).toEqual({
      unit: DEFAULT,
      isNamed: false,
      incarnation: null,
    });
    const other = target({ kind: 'state-dir', path: '/srv/other', explicit: true });
    expect(supervisedUnit(other, facts(null), home)).toBeUndefined();
  });

  it('is none for a process that somebody started by hand', () => {
    installDefaultUnit();
    const session: SystemdUnit = { manager: 'systemd', unit: 'session-3.scope', user: false };
    for (const process of [sample, null]) {
      expect(supervisedUnit(unnamed, facts(process, session), home)).toBeUndefined();
    }
    expect(supervisedUnit(unnamed, facts(sample), home)).toBeUndefined();
  });

  it('is not known before its process was looked for', () => {
    installDefaultUnit();
    expect(supervisedUnit(unnamed, facts(undefined), home)).toBeUndefined();
  });
});
