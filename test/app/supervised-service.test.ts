import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedService, supervisedService } from '../../src/app/supervised-service.ts';
import { installedUnit } from '../../src/sources/linux/systemctl.ts';
import type { NodeLocator, NodeTarget } from '../../src/config/config.ts';
import type { DirectiveOf } from '../../src/core/model/directive.ts';
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
function told(incarnation: string | null, service?: Service): DirectiveOf<'ask-supervisor'> {
  return {
    kind: 'ask-supervisor',
    target: 'local',
    incarnation,
    ...(service !== undefined && { service }),
  };
}

/** What supervises it on a Linux machine where OpenClaw installed what it installed here. */
function supervised(node: NodeTarget, known: DirectiveOf<'ask-supervisor'> | undefined) {
  const platform = { installedService: installedUnit, jobNamed: () => undefined };
  return supervisedService(node, known, expectedService(node, platform, home));
}

describe('the unit that supervises a node host', () => {
  it('is the one that it was configured by, whatever it runs in', () => {
    const named = target({ kind: 'systemd-unit', unit: 'mine.service', user: false });
    const mine = { service: MINE, isNamed: true };
    expect(supervised(named, told(RUNNING, DEFAULT))).toEqual({
      ...mine,
      incarnation: '7:1',
    });
    expect(supervised(named, told(null))).toEqual({
      ...mine,
      incarnation: null,
    });
  });

  it('is the one that its process runs in, and stays it when that is gone', () => {
    const mine = { service: MINE, isNamed: false };
    expect(supervised(unnamed, told(RUNNING, MINE))).toEqual({
      ...mine,
      incarnation: '7:1',
    });
    expect(supervised(unnamed, told(null, MINE))).toEqual({
      ...mine,
      incarnation: null,
    });
  });

  it('is OpenClaw’s own where nobody named a node host, none was seen and that unit is installed', () => {
    expect(supervised(unnamed, told(null))).toBeUndefined();
    installDefaultUnit();
    expect(supervised(unnamed, told(null))).toEqual({
      service: DEFAULT,
      isNamed: false,
      incarnation: null,
    });
    const other = target({ kind: 'state-dir', path: '/srv/other', explicit: true });
    expect(supervised(other, told(null))).toBeUndefined();
  });

  it('is none for a process that somebody started by hand', () => {
    installDefaultUnit();
    const session: SystemdUnit = { manager: 'systemd', unit: 'session-3.scope', user: false };
    for (const incarnation of [RUNNING, null]) {
      expect(supervised(unnamed, told(incarnation, session))).toBeUndefined();
    }
    expect(supervised(unnamed, told(RUNNING))).toBeUndefined();
  });

  it('is the launchd job that its process runs in', () => {
    const job: Service = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' };
    for (const incarnation of [RUNNING, null]) {
      const found = { service: job, isNamed: false, incarnation };
      expect(supervised(unnamed, told(incarnation, job))).toEqual(found);
    }
  });

  it('is the launchd job of its label, in the domain that its process was in', () => {
    const [own, theirs]: readonly Service[] = ['gui/501', 'system'].map((domain) => ({
      manager: 'launchd',
      label: 'com.example.node',
      domain,
    }));
    const named = target({ kind: 'launchd-label', label: 'com.example.node' });
    const platform = { installedService: () => undefined, jobNamed: () => own };
    const found = (known: DirectiveOf<'ask-supervisor'>) =>
      supervisedService(named, known, expectedService(named, platform, home));
    expect(found(told(null))).toEqual({ service: own, isNamed: true, incarnation: null });
    expect(found(told(null, theirs))).toEqual({ service: theirs, isNamed: true, incarnation: null });
    // Where there is no launchd nobody is asked.
    expect(supervised(named, told(null))).toBeUndefined();
  });

  it('is not known before its process was looked for', () => {
    installDefaultUnit();
    expect(supervised(unnamed, undefined)).toBeUndefined();
  });
});
