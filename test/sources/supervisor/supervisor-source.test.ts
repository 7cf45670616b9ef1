import { describe, expect, it } from 'vitest';
import type { Service, SystemdUnit } from '../../../src/core/model/observation.ts';
import { SupervisorSource, type Supervised } from '../../../src/sources/supervisor/supervisor-source.ts';
import type { ServiceAnswer } from '../../../src/sources/supervisor/service-manager.ts';
import { ManualTicker, ManualTime, settle } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

const UNIT: SystemdUnit = { manager: 'systemd', unit: 'openclaw-node.service', user: true };
const RUNNING: ServiceAnswer = { kind: 'known', standing: { kind: 'running' }, restarts: 1 };
const ABSENT: ServiceAnswer = {
  kind: 'error',
  error: { kind: 'unsupported', message: 'systemctl: no such program', isAbsent: true },
};
const TIMEOUT: ServiceAnswer = {
  kind: 'error',
  error: { kind: 'timeout', message: 'no answer', isAbsent: false },
};

class Scene {
  readonly time = new ManualTime();
  readonly ticker = new ManualTicker();
  readonly sink = new RecordingSink();
  readonly asked: Service[] = [];
  readonly supervised = new Map<string, Supervised>([
    ['a', { service: UNIT, isNamed: false, incarnation: '7:1' }],
  ]);
  answer: (service: Service, signal: AbortSignal) => Promise<ServiceAnswer> = () => Promise.resolve(RUNNING);
  readonly source = new SupervisorSource({
    targets: ['a', 'b'],
    supervised: (target) => this.supervised.get(target),
    ask: (service, signal) => {
      this.asked.push(service);
      return this.answer(service, signal);
    },
    clock: this.time,
    sink: this.sink,
    ticker: this.ticker,
  });

  constructor() {
    this.source.start();
  }

  set(change: Partial<Supervised>, target = 'a'): void {
    this.supervised.set(target, { service: UNIT, isNamed: false, incarnation: '7:1', ...change });
  }

  /** Passes `seconds`, with a look every 5 s, and tells how often somebody was asked meanwhile. */
  async asksWithin(seconds: number): Promise<number> {
    const before = this.asked.length;
    for (let passed = 0; passed < seconds; passed += 5) {
      await this.ticker.beat();
      await this.time.advance(5_000);
    }
    return this.asked.length - before;
  }
}

describe('the service manager of a node host', () => {
  it('is asked at once, and what it says is told with its unit', async () => {
    const scene = new Scene();
    await scene.ticker.beat();
    expect(scene.sink.of('supervisor')).toEqual([
      { target: 'a', service: UNIT, standing: { kind: 'running' }, restarts: 1 },
    ]);
    expect(scene.sink.reports).toMatchObject([{ source: 'supervisor', durationMs: 0 }]);
    expect(scene.sink.errors()).toEqual([]);
  });

  it('is asked once a minute while the process lives', async () => {
    const scene = new Scene();
    expect(await scene.asksWithin(300)).toBe(5);
  });

  it('is asked again soon after the process is gone, and closely for a minute', async () => {
    const scene = new Scene();
    await scene.asksWithin(10);
    scene.set({ incarnation: null });
    expect(await scene.asksWithin(5)).toBe(1);
    expect(await scene.asksWithin(55)).toBe(11);
    expect(await scene.asksWithin(300)).toBe(5);
  });

  it('is asked again when another process has come', async () => {
    const scene = new Scene();
    await scene.asksWithin(5);
    scene.set({ incarnation: '8:2' });
    expect(await scene.asksWithin(5)).toBe(1);
  });

  it('is another one when the node host moved to another unit', async () => {
    const scene = new Scene();
    await scene.asksWithin(5);
    const moved: SystemdUnit = { manager: 'systemd', unit: 'mine.service', user: true };
    scene.set({ service: moved });
    await scene.asksWithin(5);
    expect(scene.asked).toEqual([UNIT, moved]);
  });

  it('that nobody knows is not asked, and nothing is said of it', async () => {
    const scene = new Scene();
    scene.supervised.clear();
    expect(await scene.asksWithin(60)).toBe(0);
    expect(scene.sink.reports).toEqual([]);
  });

  it('says nothing of a look in which nobody was asked', async () => {
    const scene = new Scene();
    await scene.asksWithin(55);
    expect(scene.sink.reports).toHaveLength(1);
  });
});

describe('a service manager that is not there', () => {
  it('is no fault where its unit was only inferred', async () => {
    const scene = new Scene();
    scene.answer = () => Promise.resolve(ABSENT);
    await scene.asksWithin(120);
    expect(scene.asked.length).toBeGreaterThan(1);
    expect(scene.sink.reports).toEqual([]);
    expect(scene.sink.observations).toEqual([]);
  });

  it('is one where the operator named the unit', async () => {
    const scene = new Scene();
    scene.set({ isNamed: true });
    scene.answer = () => Promise.resolve(ABSENT);
    await scene.asksWithin(5);
    expect(scene.sink.errors()).toEqual([{ kind: 'unsupported', message: 'systemctl: no such program' }]);
  });

  it('is one where it was there before', async () => {
    const scene = new Scene();
    await scene.asksWithin(60);
    scene.answer = () => Promise.resolve(ABSENT);
    await scene.asksWithin(60);
    expect(scene.sink.errors()).toHaveLength(1);
  });

  it('does not keep the other node hosts from their answers', async () => {
    const scene = new Scene();
    scene.set({ service: { manager: 'systemd', unit: 'b.service', user: false } }, 'b');
    scene.answer = (service) => Promise.resolve('user' in service && service.user ? TIMEOUT : RUNNING);
    await scene.asksWithin(5);
    expect(scene.sink.of('supervisor')).toMatchObject([{ target: 'b' }]);
    expect(scene.sink.errors()).toEqual([{ kind: 'timeout', message: 'no answer' }]);
  });
});

describe('stopping', () => {
  it('gives up the question under way, and nothing is said after it', async () => {
    const scene = new Scene();
    scene.answer = (_unit, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(TIMEOUT);
        });
      });
    const look = scene.ticker.beat();
    await settle();
    await scene.source.stop();
    await look;
    expect(scene.sink.reports).toEqual([]);
    expect(scene.ticker.intervalsMs).toEqual([]);
  });

  it('is for good', async () => {
    const scene = new Scene();
    await scene.source.stop();
    await scene.source.stop();
    scene.source.start();
    expect(scene.ticker.intervalsMs).toEqual([]);
  });
});

describe('other node hosts than at the start', () => {
  it('are asked for, and the one that stays is not asked again before it is due', async () => {
    const scene = new Scene();
    expect(await scene.asksWithin(5)).toBe(1);
    scene.set({ service: { manager: 'systemd', unit: 'other.service', user: false } }, 'c');
    scene.source.setTargets(['a', 'c']);
    expect(await scene.asksWithin(5)).toBe(1);
    expect(scene.asked.at(-1)).toMatchObject({ unit: 'other.service' });
  });

  it('one that comes back is asked for at once', async () => {
    const scene = new Scene();
    await scene.asksWithin(5);
    scene.source.setTargets([]);
    expect(await scene.asksWithin(5)).toBe(0);
    scene.source.setTargets(['a']);
    expect(await scene.asksWithin(5)).toBe(1);
  });
});

describe('a service that is taken away under its manager', () => {
  const GONE: ServiceAnswer = {
    kind: 'error',
    error: { kind: 'not_found', message: 'no such unit', isAbsent: true },
  };

  it('is not loaded any more, where it was seen before', async () => {
    const scene = new Scene();
    await scene.asksWithin(5);
    scene.answer = () => Promise.resolve(GONE);
    scene.set({ incarnation: null });
    await scene.asksWithin(5);
    expect(scene.sink.of('supervisor').at(-1)).toMatchObject({ standing: { kind: 'not-loaded' } });
    expect(scene.sink.errors()).toEqual([]);
  });

  it('is not loaded where it was named and never seen, and no process is: it was never put there', async () => {
    const scene = new Scene();
    scene.answer = () => Promise.resolve(GONE);
    scene.set({ isNamed: true, incarnation: null });
    await scene.asksWithin(5);
    expect(scene.sink.of('supervisor')).toMatchObject([{ standing: { kind: 'not-loaded' } }]);
    expect(scene.sink.reports.at(-1)).toMatchObject({ note: 'no such unit' });
    expect(scene.sink.errors()).toEqual([]);
  });

  it('is a question to the wrong manager where the process runs in a unit of that name', async () => {
    const scene = new Scene();
    scene.answer = () => Promise.resolve(GONE);
    scene.set({ isNamed: true, incarnation: null });
    await scene.asksWithin(5);
    scene.set({ isNamed: true, incarnation: '7:1' });
    await scene.asksWithin(5);
    expect(scene.sink.of('supervisor')).toHaveLength(1);
    expect(scene.sink.errors()).toEqual([{ kind: 'not_found', message: 'no such unit' }]);
  });

  it('is nothing where it never was there', async () => {
    const scene = new Scene();
    scene.answer = () => Promise.resolve(GONE);
    await scene.asksWithin(60);
    expect(scene.sink.observations).toEqual([]);
  });
});

describe('what a person should know of how it is supervised', () => {
  it('is told until another answer no longer says it', async () => {
    const scene = new Scene();
    scene.answer = () => Promise.resolve({ ...RUNNING, note: 'lingering is off' });
    await scene.asksWithin(5);
    expect(scene.sink.reports.at(-1)).toMatchObject({ note: 'lingering is off' });
    scene.answer = () => Promise.resolve(RUNNING);
    await scene.asksWithin(60);
    expect(scene.sink.reports.at(-1)).not.toHaveProperty('note');
  });

  it('is not forgotten while others are asked more often', async () => {
    const scene = new Scene();
    const other: SystemdUnit = { manager: 'systemd', unit: 'b.service', user: false };
    scene.set({ service: other }, 'b');
    scene.answer = (service) =>
      Promise.resolve('user' in service && service.user ? { ...RUNNING, note: 'lingering is off' } : RUNNING);
    await scene.asksWithin(5);
    scene.set({ service: other, incarnation: null }, 'b');
    expect(await scene.asksWithin(5)).toBe(1);
    expect(scene.sink.reports).toHaveLength(2);
    expect(scene.sink.reports.at(-1)).toMatchObject({ note: 'lingering is off' });
  });
});
