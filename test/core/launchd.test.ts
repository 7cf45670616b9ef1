import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../src/core/model/remedy.ts';
import type { LaunchdJob, Service, SupervisorStanding } from '../../src/core/model/observation.ts';
import type { SimulatedNode } from '../helpers/world/simulated-node.ts';
import { World } from '../helpers/world.ts';

const JOB: LaunchdJob = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' };
const HELD_BACK: SupervisorStanding = { kind: 'gave-up', because: 'held-back', lastExit: 'never exited' };
const CANNOT_START: SupervisorStanding = { kind: 'cannot-start', lastExit: 'exit status 78: EX_CONFIG' };
const NOT_LOADED: SupervisorStanding = { kind: 'not-loaded' };

/** A node host that ran, and is gone; then its service manager says this. */
function gone(standing: SupervisorStanding, service: Service = JOB): { world: World; node: SimulatedNode } {
  const world = new World();
  const node = world.nodeHost({ hints: { service } }).attached();
  world.advance(60);
  node.exits();
  world.advance(10);
  world.observe({ source: 'supervisor', target: 'local', at: world.now, service, standing });
  world.advance(10);
  return { world, node };
}

describe('a node host that launchd runs', () => {
  it('and holds back is down for that, and a demand starts it', () => {
    const { node } = gone(HELD_BACK);
    expect(node.verdict).toMatchObject({
      state: 'down',
      reasons: ['supervisor-held-back', 'no-process'],
      remedy: { kind: 'start', service: JOB, hasGivenUp: true },
      live: false,
    });
    expect(adviceOf(node.verdict.remedy)).toContain('`launchctl kickstart gui/501/ai.openclaw.node`');
  });

  it('and does not know any more is down for that, and is loaded again', () => {
    const { node } = gone(NOT_LOADED);
    expect(node.reasons).toEqual(['supervisor-not-loaded', 'no-process']);
    expect(adviceOf(node.verdict.remedy)).toBe(
      'Load its service again, with its user logged in: `launchctl enable gui/501/ai.openclaw.node && launchctl bootstrap gui/501 ~/Library/LaunchAgents/ai.openclaw.node.plist` (or `openclaw node install`).',
    );
  });

  it('and whose user has logged out is down for that, in words', () => {
    const { node } = gone({ kind: 'not-loaded', because: 'logged-out' });
    expect(node.reasons[0]).toBe('supervisor-not-loaded');
    expect(node.verdict.why).toContain(
      'its user is not logged in, so that launchd does not run ai.openclaw.node',
    );
    expect(gone({ kind: 'not-loaded', because: 'disabled' }).node.verdict.why).toContain('is disabled');
  });

  it('and cannot start is down for that: no start would help before it is repaired', () => {
    const { node } = gone(CANNOT_START);
    expect(node.verdict).toMatchObject({
      state: 'down',
      reasons: ['cannot-start', 'no-process'],
      remedy: { kind: 'repair-service', service: JOB },
    });
  });

  it('and has under a label of its own is loaded from where its file lies by custom, the system’s by its administrator', () => {
    const [mine, daemon] = [
      { ...JOB, label: 'com.example.node' },
      { ...JOB, label: 'com.example.node', domain: 'system' },
    ];
    expect(adviceOf(gone(NOT_LOADED, mine).node.verdict.remedy)).toBe(
      'Load its service again, with its user logged in: `launchctl enable gui/501/com.example.node && launchctl bootstrap gui/501 ~/Library/LaunchAgents/com.example.node.plist`.',
    );
    expect(adviceOf(gone(NOT_LOADED, daemon).node.verdict.remedy)).toBe(
      'Load its service again: `sudo launchctl enable system/com.example.node && sudo launchctl bootstrap system /Library/LaunchDaemons/com.example.node.plist`.',
    );
    expect(adviceOf({ kind: 'restart', scope: 'local', service: daemon })).toBe(
      'Restart it: `sudo launchctl kickstart -k system/com.example.node`.',
    );
  });

  it('and leaves alone, stopped or failed, is started by demand', () => {
    for (const standing of [{ kind: 'stopped' }, { kind: 'failed', lastExit: 'exit status 1' }] as const) {
      expect(adviceOf(gone(standing).node.verdict.remedy)).toBe(
        'Start it: `launchctl kickstart gui/501/ai.openclaw.node`, and look why launchd did not: `launchctl print gui/501/ai.openclaw.node`.',
      );
    }
  });

  it('and waits to start again is not down yet', () => {
    expect(gone({ kind: 'restarting' }).node.reasons).toEqual(['process-restarting']);
  });

  it('is restarted by kickstart -k where a restart helps', () => {
    const advice = adviceOf({ kind: 'restart', scope: 'local', service: JOB });
    expect(advice).toContain('`launchctl kickstart -k gui/501/ai.openclaw.node`');
  });

  it('is not missed where nobody ever saw it or named it, and its service is not loaded: somebody retired it', () => {
    const world = new World({ explicitTarget: false });
    world.advance(30);
    world.observe({
      source: 'supervisor',
      target: 'local',
      at: world.now,
      service: JOB,
      standing: NOT_LOADED,
    });
    world.advance(5);
    expect(world.snapshot.noNodeHostHere).toBe(true);
    world.observe({
      source: 'supervisor',
      target: 'local',
      at: world.now,
      service: JOB,
      standing: HELD_BACK,
    });
    world.advance(5);
    expect(world.view()).toMatchObject({ state: 'down' });
  });

  it('is not accused in any wake of its Mac, however short and often: a wake is a late tick', () => {
    const world = new World();
    const node = world.nodeHost({ hints: { service: JOB } }).attached();
    world.advance(400);
    for (let wake = 0; wake < 20; wake += 1) {
      // Asleep for a quarter of an hour, awake for some seconds.
      world.exporterHangs(900);
      world.advance(4);
      expect(node.verdict.live).toBe(true);
    }
  });
});

describe('a node host that systemd runs', () => {
  const unit: Service = { manager: 'systemd', unit: 'openclaw-node.service', user: true };

  it('and does not know any more is installed again', () => {
    expect(adviceOf(gone(NOT_LOADED, unit).node.verdict.remedy)).toBe(
      'Load its service again: `systemctl --user unmask openclaw-node.service && systemctl --user start openclaw-node.service` (or `openclaw node install`).',
    );
    const mine: Service = { manager: 'systemd', unit: 'mine.service', user: false };
    expect(adviceOf(gone(NOT_LOADED, mine).node.verdict.remedy)).toBe(
      'Load its service again: `systemctl unmask mine.service && systemctl start mine.service`.',
    );
  });
});
