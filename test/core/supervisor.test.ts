import { adviceOf } from '../../src/core/model/remedy.ts';
import { describe, expect, it } from 'vitest';
import type { SupervisorStanding, SystemdUnit } from '../../src/core/model/observation.ts';
import type { NodeOptions, SimulatedNode } from '../helpers/world/simulated-node.ts';
import { World, type WorldOptions } from '../helpers/world.ts';

/*
 * openclaw's node host ends with status 1 when its credential is refused; after five times in a minute (2026.4) or ten
 * in five minutes (2026.9) systemd leaves it at that, and nobody is told.
 */

const UNIT: SystemdUnit = { manager: 'systemd', unit: 'openclaw-node.service', user: true };
const GAVE_UP: SupervisorStanding = { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' };

function supervised(
  options: WorldOptions = {},
  nodeOptions: NodeOptions = { hints: { service: UNIT } },
): { readonly world: World; readonly node: SimulatedNode } {
  const world = new World(options);
  const node = world.nodeHost(nodeOptions).attached();
  world.advance(60);
  expect(node.state).toBe('alive');
  return { world, node };
}

function managerSays(world: World, standing: SupervisorStanding, { restarts = 10, unit = UNIT } = {}): void {
  world.observe({ source: 'supervisor', target: 'local', at: world.now, service: unit, standing, restarts });
}

describe('a node host that its service manager gave up', () => {
  it('is down as soon as any other, and says who gave up and how to start it', () => {
    const { world, node } = supervised();
    node.exits();
    world.advance(10);
    managerSays(world, GAVE_UP);
    world.secondsUntil('down', 10);
    expect(node.verdict).toMatchObject({
      reasons: ['supervisor-gave-up', 'no-process'],
      why: 'no process for 15 s; openclaw-node.service gave up after 10 restarts (exit status 1)',
      remedy: { kind: 'start', service: UNIT, hasGivenUp: true },
      live: false,
    });
    expect(adviceOf(node.verdict.remedy)).toBe(
      'Look why it ended (its log), then clear the failure and start it: `systemctl --user reset-failed openclaw-node.service && systemctl --user start openclaw-node.service`.',
    );
    expect(world.view().evidence.supervisor).toMatchObject({
      service: UNIT,
      standing: GAVE_UP,
      restarts: 10,
    });
  });

  it('is told of once the answer comes, and that is no new outage', () => {
    const { world, node } = supervised();
    node.exits();
    world.secondsUntil('down', 20);
    expect(node.reasons).toEqual(['no-process']);
    const { since } = node.verdict;
    const told = world.transitions.length;
    managerSays(world, GAVE_UP);
    world.advance(2);
    expect(node.reasons).toEqual(['supervisor-gave-up', 'no-process']);
    expect(node.verdict.since).toEqual(since);
    expect(world.transitions).toHaveLength(told);
  });

  it('is down even if nobody ever saw its process: a unit that failed is one that should run', () => {
    const world = new World({ explicitTarget: false });
    world.advance(30);
    expect(world.snapshot.noNodeHostHere).toBe(true);
    managerSays(world, GAVE_UP);
    world.advance(2);
    expect(world.view()).toMatchObject({ state: 'down', live: false });
  });

  it('is not restarted after the exit status that its unit excepts', () => {
    const { world, node } = supervised();
    node.exits();
    managerSays(world, { kind: 'gave-up', because: 'exit-status', lastExit: 'exit status 78' });
    world.secondsUntil('down', 20);
    expect(node.verdict.why).toBe(
      'no process for 15 s; openclaw-node.service is not restarted after exit status 78',
    );
  });

  it('because it was refused stays blocked: a start alone would be refused again', () => {
    const { world, node } = supervised();
    node.meets('refuses-token').dropped(1006, '');
    world.advance(5);
    node.exits();
    managerSays(world, GAVE_UP);
    world.advance(30);
    expect(node.verdict).toMatchObject({ state: 'blocked', live: true });
    expect(node.reasons.slice(0, 1)).toEqual(['refused']);
    expect(node.reasons.at(-1)).toBe('supervisor-gave-up');
    expect(node.verdict.why).toContain('; openclaw-node.service gave up after 10 restarts (exit status 1)');
    expect(adviceOf(node.verdict.remedy)).toContain(
      '`systemctl --user reset-failed openclaw-node.service && systemctl --user start openclaw-node.service`',
    );
  });

  it('is started by the manager that has its unit, by a name that a shell leaves alone', () => {
    const unit: SystemdUnit = { manager: 'systemd', unit: String.raw`node\x2dhost.service`, user: false };
    const { world, node } = supervised({}, { hints: { service: unit } });
    node.exits();
    managerSays(world, GAVE_UP, { unit });
    world.secondsUntil('down', 20);
    expect(adviceOf(node.verdict.remedy)).toContain(
      String.raw`systemctl reset-failed 'node\x2dhost.service' && systemctl start 'node\x2dhost.service'`,
    );
  });

  it('is still so after a restart of the exporter, which asks the same unit', () => {
    const { world, node } = supervised();
    node.exits();
    managerSays(world, GAVE_UP);
    world.secondsUntil('down', 20);
    world.exporterRestarts();
    world.advance(6);
    expect(node.verdict).toMatchObject({ state: 'down', live: false });
    expect(node.reasons).toEqual(['supervisor-gave-up', 'no-process']);
    expect(adviceOf(node.verdict.remedy)).toContain('reset-failed openclaw-node.service');
    expect(world.core.beliefs.locals.get('local')?.facts.lastService).toEqual(UNIT);
  });
});

describe('a word of the service manager', () => {
  it.each([{ kind: 'running' }, { kind: 'stopped' }, { kind: 'failed', lastExit: 'signal 9' }] as const)(
    'that it is $kind does not change why a node host is down',
    (standing) => {
      const { world, node } = supervised();
      node.exits();
      managerSays(world, standing);
      world.secondsUntil('down', 20);
      expect(node.reasons).toEqual(['no-process']);
      expect(world.view().evidence.supervisor?.standing).toEqual(standing);
    },
  );

  // Fixed: with `RestartSec=15` each end of the process was a 503, until its next one was there.
  it('that it is about to start it holds for as long as a start may take, and no longer', () => {
    const { world, node } = supervised();
    node.exits();
    managerSays(world, { kind: 'restarting' });
    expect(world.secondsUntil('down', 70)).toBeGreaterThanOrEqual(60);
    expect(node.reasons).toEqual(['no-process']);
  });

  it('does not make a node host down before its time', () => {
    const { world, node } = supervised();
    node.exits();
    managerSays(world, GAVE_UP);
    expect(world.secondsUntil('down', 20)).toBeGreaterThanOrEqual(15);
  });

  it('never makes one down that runs', () => {
    const { world, node } = supervised();
    managerSays(world, GAVE_UP);
    expect([...world.during(() => world.advance(60)).states]).toEqual(['alive']);
    expect(node.live).toBe(true);
  });

  it('of the process before this one is forgotten', () => {
    const { world, node } = supervised();
    node.exits();
    managerSays(world, GAVE_UP);
    world.advance(20);
    node.startsAgain();
    world.advance(3);
    expect(world.view().evidence.supervisor).toBeUndefined();
    managerSays(world, { kind: 'running' }, { restarts: 0 });
    expect(world.view().evidence.supervisor).toMatchObject({ standing: { kind: 'running' }, restarts: 0 });
  });

  it('on a unit that this process does not run in is not about it', () => {
    const { world } = supervised({}, { hints: {} });
    managerSays(world, GAVE_UP);
    expect(world.view().evidence.supervisor).toBeUndefined();
  });

  it('does not hold for ever', () => {
    const { world, node } = supervised();
    node.exits();
    managerSays(world, GAVE_UP);
    world.secondsUntil('down', 20);
    world.advance(150);
    expect(node.reasons).toContain('supervisor-gave-up');
    world.advance(30);
    expect(node.reasons).toEqual(['no-process']);
    expect(world.view().evidence.supervisor).toBeUndefined();
  });
});
