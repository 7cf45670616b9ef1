import { describe, expect, it } from 'vitest';
import type { CoreUnderTest, Said } from '../exporter/core.ts';
import { parseViewpoints } from '../exporter/viewpoints.ts';
import { World } from '../world.ts';

/** A world whose exporter says what the test has it say. */
function court(viewpoints = 'all', judgesHeartbeat = false) {
  const world = new World({
    seed: 'court',
    troubleEveryMs: undefined,
    viewpoints: parseViewpoints(viewpoints),
    versions: ['2026.9.6'],
    hosts: 1,
    gateways: 1,
    way: 'loopback',
    naming: 'named',
    supervisor: 'none',
    judgesHeartbeat,
  }).run(180_000);
  const host = world.layout.locals[0]!;
  let says: Partial<Said> = {};
  let heartbeatMs: number | undefined;
  const core = {
    saysOf: () => ({
      key: 'k',
      target: host.id,
      nodeId: undefined,
      state: 'alive',
      live: true,
      reasons: [],
      why: '',
      ...says,
    }),
    saysOfRemote: () => [],
    heartbeatOf: () => heartbeatMs,
  } as unknown as CoreUnderTest;
  // The real core goes on looking; it is not asked.
  const before = world.verdicts.findings.length;
  const hear = (seconds: number, told: Partial<Said>, ageMs?: number): void => {
    says = told;
    for (let second = 0; second < seconds; second += 1) {
      world.run(1_000);
      heartbeatMs = ageMs === undefined ? undefined : host.machine.monoMs - ageMs;
      world.judge.assessed(core);
    }
  };
  return { world, host, hear, findings: () => world.verdicts.findings.slice(before) };
}

/** The real core's voice would be judged as well. */
function silence({ world }: ReturnType<typeof court>): void {
  world.exporter.hold();
  world.exporter.kill();
}

const DEAD: Partial<Said> = { state: 'zombie', live: false, reasons: ['silent'], why: 'it has not dialled' };

describe('the judge', () => {
  it('finds nothing in an exporter that says what is so', () => {
    const { world } = court();
    world.run(600_000);
    expect(world.verdicts.findings).toEqual([]);
  });

  it('calls the 503 of a healthy node host false, once', () => {
    const trial = court();
    silence(trial);
    trial.hear(60, DEAD);
    expect(trial.findings().map(({ kind }) => kind)).toEqual(['false 503']);
    expect(trial.findings()[0]!.lastedMs).toBeGreaterThan(50_000);
  });

  it('lets the 503 of a fault stand for moments after its cure, and no longer', () => {
    const trial = court('no-credential');
    trial.host.setPlight('stopped');
    silence(trial);
    trial.hear(20, DEAD);
    trial.host.setPlight('running');
    trial.hear(4, DEAD);
    expect(trial.findings()).toEqual([]);
    trial.hear(4, DEAD);
    expect(trial.findings().map(({ kind }) => kind)).toEqual(['false 503']);
  });

  it('calls a fault missed that nobody told in its time', () => {
    const trial = court('no-credential');
    silence(trial);
    trial.world.scene.disturbed();
    trial.host.setPlight('stopped');
    trial.world.exporter.start();
    trial.world.exporter.core = undefined;
    trial.hear(12, {});
    expect(trial.world.verdicts.findings.map(({ kind }) => kind)).toContain('missed fault');
  });

  it('blames nobody for what a set of viewpoints cannot know', () => {
    const trial = court('no-process');
    silence(trial);
    trial.host.setPlight('stopped');
    trial.hear(300, {});
    expect(trial.findings()).toEqual([]);
  });

  it('calls a heartbeat wrong that is young though the node host is frozen, or old though it is well', () => {
    const trial = court('no-credential', true);
    silence(trial);
    trial.hear(120, {}, 10_000);
    expect(trial.findings()).toEqual([]);
    trial.host.setPlight('stopped');
    trial.hear(120, DEAD, 10_000);
    expect(trial.findings().map(({ kind }) => kind)).toEqual(['wrong heartbeat']);
  });
});
