import { describe, expect, it } from 'vitest';
import { LivenessCore } from '../src/core/core.ts';
import { DEFAULT_THRESHOLDS } from '../src/core/model/thresholds.ts';
import { Monitor, type Metronome } from '../src/monitor.ts';
import { ManualTime } from './helpers/manual-time.ts';

/** Beats and tasks that happen when told to. */
class ManualMetronome implements Metronome {
  readonly beats: (() => void)[] = [];
  readonly tasks: (() => void)[] = [];

  readonly intervalsMs: number[] = [];

  every(intervalMs: number, beat: () => void): { stop(): void } {
    this.beats.push(beat);
    this.intervalsMs.push(intervalMs);
    return { stop: () => void this.beats.splice(this.beats.indexOf(beat), 1) };
  }

  soon(task: () => void): void {
    this.tasks.push(task);
  }

  runTasks(): number {
    const tasks = this.tasks.splice(0);
    for (const task of tasks) task();
    return tasks.length;
  }
}

function begin({ targets = ['local'] } = {}) {
  const time = new ManualTime();
  const metronome = new ManualMetronome();
  const happened: string[] = [];
  const core = new LivenessCore({
    targets: targets.map((id) => ({ id, explicit: true })),
    gateways: [{ name: 'gw:80', url: 'ws://gw', address: { host: 'gw', port: 80 } }],
    limits: DEFAULT_THRESHOLDS,
    enabledSources: ['process'],
    defaultName: 'mac',
    maxNodes: 10,
    forgetNodesAfterMs: 1e9,
    startedAt: time.now(),
  });
  const monitor = new Monitor({
    core,
    clock: time,
    metronome,
    events: {
      onTransitions: (transitions) => {
        const states = monitor.snapshot().nodes.map(({ state }) => state);
        happened.push(
          `${transitions.map(({ from, to }) => `${from}→${to}`).join(' ')} (is ${states.join(' ')})`,
        );
      },
      onDirective: ({ kind }) => void happened.push(`wants ${kind}`),
      onReport: ({ source }) => void happened.push(`report ${source}`),
      onObservation: ({ source }) => void happened.push(`saw ${source}`),
    },
  });
  const seesNoProcess = (): void => {
    for (const target of targets) {
      monitor.observe({ source: 'process', target, at: time.now(), process: null });
    }
  };
  return { time, metronome, core, monitor, happened, seesNoProcess };
}

describe('the monitor', () => {
  it('decides right after something was seen, once for all that was seen together', () => {
    const { metronome, monitor, seesNoProcess } = begin();
    monitor.start();
    seesNoProcess();
    seesNoProcess();
    expect(monitor.tickAgeMs()).toBeUndefined();
    expect(metronome.runTasks()).toBe(1);
    expect(monitor.tickAgeMs()).toBe(0);
    seesNoProcess();
    expect(metronome.runTasks()).toBe(1);
  });

  it('does not look at every node host again for a heartbeat of one', () => {
    const { time, metronome, monitor } = begin();
    monitor.start();
    const seen = { source: 'gateway-session', gateway: 'gw:80', at: time.now() } as const;
    monitor.observe({ ...seen, kind: 'host-stats', nodeId: 'far' });
    expect(metronome.runTasks()).toBe(0);
    monitor.observe({ ...seen, kind: 'no-credential' });
    expect(metronome.runTasks()).toBe(1);
  });

  it('decides on every beat although nothing is seen', async () => {
    const { time, metronome, monitor } = begin();
    monitor.start();
    metronome.beats[0]!();
    await time.advance(700);
    expect(monitor.tickAgeMs()).toBe(700);
    metronome.beats[0]!();
    expect(monitor.tickAgeMs()).toBe(0);
  });

  it('tells of a transition when the snapshot shows it already', async () => {
    const { time, metronome, monitor, happened, seesNoProcess } = begin();
    monitor.start();
    for (let second = 0; second < 20; second += 1) {
      seesNoProcess();
      metronome.runTasks();
      await time.advance(1_000);
    }
    expect(happened.filter((line) => !/^(?:saw|wants)/.test(line))).toEqual(['unknown→down (is down)']);
  });

  it('tells of all transitions of one moment together: each would cost a look at every node host', async () => {
    const { time, metronome, monitor, happened, seesNoProcess } = begin({ targets: ['a', 'b', 'c'] });
    monitor.start();
    for (let second = 0; second < 20; second += 1) {
      seesNoProcess();
      metronome.runTasks();
      await time.advance(1_000);
    }
    expect(happened.filter((line) => !/^(?:saw|wants)/.test(line))).toEqual([
      'unknown→down unknown→down unknown→down (is down down down)',
    ]);
  });

  it('passes on what the core wants done, once, however long it holds', async () => {
    const { time, metronome, monitor, happened, seesNoProcess } = begin();
    monitor.start();
    for (let second = 0; second < 20; second += 1) {
      seesNoProcess();
      metronome.runTasks();
      await time.advance(1_000);
    }
    const told = happened.filter((line) => !line.startsWith('saw'));
    expect(told.filter((line) => line === 'wants ask-supervisor')).toHaveLength(1);
    expect(told.at(-1)).toBe('unknown→down (is down)');
  });

  it('assesses at once when asked to, and not before it runs', () => {
    const { monitor, happened, seesNoProcess } = begin();
    seesNoProcess();
    monitor.assess();
    expect(happened).toEqual(['saw process']);
    monitor.start();
    monitor.assess();
    expect(happened).toContain('wants ask-supervisor');
  });

  it('start twice is one beat, and stop ends what was planned', () => {
    const { metronome, monitor, seesNoProcess } = begin();
    monitor.start();
    monitor.start();
    expect(metronome.beats).toHaveLength(1);
    seesNoProcess();
    monitor.stop();
    expect(metronome.beats).toHaveLength(0);
    metronome.runTasks();
    expect(monitor.tickAgeMs()).toBeUndefined();
  });

  it('is warm with the first verdicts after every viewpoint has looked, or after five seconds, and not before', async () => {
    const { time, metronome, monitor } = begin();
    monitor.start();
    metronome.beats[0]!();
    expect(monitor.isWarm()).toBe(false);
    await time.advance(5_000);
    expect(monitor.isWarm()).toBe(false);
    metronome.beats[0]!();
    expect(monitor.isWarm()).toBe(true);
  });

  it('passes a source’s report on', () => {
    const { time, monitor, happened } = begin();
    monitor.report({ source: 'process', at: time.now(), durationMs: 2 });
    expect(happened).toEqual(['report process']);
    expect(monitor.snapshot().sources.find(({ source }) => source === 'process')?.up).toBe(true);
  });

  it('beats in the new rhythm when that is set anew, and does not take the old one for being late', async () => {
    const { time, metronome, core, monitor } = begin();
    const slow = { ...core.options, limits: { ...DEFAULT_THRESHOLDS, tickMs: 10_000 } };
    monitor.start();
    monitor.reconfigure(slow);
    await time.advance(9_000);
    monitor.reconfigure({ ...slow, limits: DEFAULT_THRESHOLDS });
    expect(metronome.intervalsMs).toEqual([DEFAULT_THRESHOLDS.tickMs, 10_000, DEFAULT_THRESHOLDS.tickMs]);
    expect(metronome.beats).toHaveLength(1);
    await time.advance(1_000);
    metronome.beats[0]?.();
    expect(core.trust.why).toBe('start');
  });

  it('does not start its tick again for settings that are not about it', () => {
    const { metronome, core, monitor } = begin();
    monitor.start();
    monitor.reconfigure({ ...core.options, maxNodes: 3 });
    expect(metronome.intervalsMs).toHaveLength(1);
    expect(core.options.maxNodes).toBe(3);
  });
});
