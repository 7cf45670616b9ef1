import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supervisedService } from '../../src/app/supervised-service.ts';
import { installedUnit } from '../../src/sources/linux/installed-unit.ts';
import type { NodeLocator, NodeTarget } from '../../src/config/config.ts';
import type { Directive } from '../../src/core/model/directive.ts';
import type { Service, SystemdUnit } from '../../src/core/model/observation.ts';

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

const RUNNING = '7:1';

/** What the core says of its process, and of the service that it runs in or ran in last. */
function told(
  incarnation: string | null,
  service?: Service,
): Extract<Directive, { readonly kind: 'ask-supervisor' }> {
  return {
    kind: 'ask-supervisor',
    target: 'local',
    incarnation,
    ...(service !== undefined && { service }),
  };
}

describe('the unit that supervises a node host', () => {
  it('is the one that it was configured by, whatever it runs in', () => {
    const named = target({ kind: 'systemd-unit', unit: 'mine.service', user: false });
    const supervised = { service: MINE, isNamed: true };
    expect(supervisedService(named, told(RUNNING, DEFAULT), installedUnit(home))).toEqual({
      ...supervised,
      incarnation: '7:1',
    });
    expect(supervisedService(named, told(null), installedUnit(home))).toEqual({
      ...supervised,
      incarnation: null,
    });
  });

  it('is the one that its process runs in, and stays it when that is gone', () => {
    const supervised = { service: MINE, isNamed: false };
    expect(supervisedService(unnamed, told(RUNNING, MINE), installedUnit(home))).toEqual({
      ...supervised,
      incarnation: '7:1',
    });
    expect(supervisedService(unnamed, told(null, MINE), installedUnit(home))).toEqual({
      ...supervised,
      incarnation: null,
    });
  });

  it('is OpenClaw’s own where nobody named a node host, none was seen and that unit is installed', () => {
    expect(supervisedService(unnamed, told(null), installedUnit(home))).toBeUndefined();
    installDefaultUnit();
    expect(supervisedService(unnamed, told(null), installedUnit(home))).toEqual({
      service: DEFAULT,
      isNamed: false,
      incarnation: null,
    });
    const other = target({ kind: 'state-dir', path: '/srv/other', explicit: true });
    expect(supervisedService(other, told(null), installedUnit(home))).toBeUndefined();
  });

  it('is none for a process that somebody started by hand', () => {
    installDefaultUnit();
    const session: SystemdUnit = { manager: 'systemd', unit: 'session-3.scope', user: false };
    for (const incarnation of [RUNNING, null]) {
      expect(supervisedService(unnamed, told(incarnation, session), installedUnit(home))).toBeUndefined();
    }
    expect(supervisedService(unnamed, told(RUNNING), installedUnit(home))).toBeUndefined();
  });

  it('is the launchd job that its process runs in', () => {
    const job: Service = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' };
    for (const incarnation of [RUNNING, null]) {
      const supervised = { service: job, isNamed: false, incarnation };
      expect(supervisedService(unnamed, told(incarnation, job), undefined)).toEqual(supervised);
    }
  });

  it('is not known before its process was looked for', () => {
    installDefaultUnit();
    expect(supervisedService(unnamed, undefined, installedUnit(home))).toBeUndefined();
  });
});
