import { describe, expect, it } from 'vitest';
import { ProbeSource } from '../../../src/sources/probe/probe-source.ts';
import type { ProbeReply, ProbeSettings } from '../../../src/sources/probe/probe-source.ts';
import { ManualTicker, ManualTime, settle } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

function probing(
  reply: (nodeId: string) => Promise<ProbeReply>,
  settings: Partial<ProbeSettings> = {},
): {
  source: ProbeSource;
  time: ManualTime;
  ticker: ManualTicker;
  sink: RecordingSink;
  targets: string[];
  invoked: unknown[][];
} {
  const time = new ManualTime();
  const ticker = new ManualTicker();
  const sink = new RecordingSink();
  const targets = ['a'];
  const invoked: unknown[][] = [];
  const source = new ProbeSource({
    gateway: 'gw:1',
    targets: () => targets,
    invoke: (nodeId, command, params, timeoutMs) => {
      invoked.push([nodeId, command, params, timeoutMs]);
      return reply(nodeId);
    },
    clock: time,
    sink,
    ticker,
    settings: { intervalMs: 4_000, timeoutMs: 3_000, ...settings },
  });
  source.start();
  return { source, time, ticker, sink, targets, invoked };
}

const answered: ProbeReply = { kind: 'answered' };

describe('the probe', () => {
  it('asks each connected node host for a program, every 4 s', async () => {
    const { ticker, targets, invoked } = probing(() => Promise.resolve(answered));
    targets.push('b');
    expect(ticker.intervalsMs).toEqual([4_000]);
    await ticker.beat();
    expect(invoked).toEqual([
      ['a', 'system.which', { bins: ['sh'] }, 3_000],
      ['b', 'system.which', { bins: ['sh'] }, 3_000],
    ]);
  });

  it('probes who is connected now', async () => {
    const { ticker, targets, invoked } = probing(() => Promise.resolve(answered));
    targets.splice(0);
    await ticker.beat();
    expect(invoked).toEqual([]);
  });

  it('tells how long the answer took', async () => {
    const { time, ticker, sink } = probing(
      () =>
        new Promise(
          (resolve) =>
            void time.after(40, () => {
              resolve(answered);
            }),
        ),
    );
    await ticker.beat();
    await time.advance(40);
    expect(sink.of('probe')).toEqual([
      { gateway: 'gw:1', nodeId: 'a', validMs: 15_000, durationMs: 40, outcome: 'answered' },
    ]);
    expect(sink.reports).toMatchObject([{ source: 'probe', gateway: 'gw:1', durationMs: 40 }]);
  });

  it('says for how long an outcome tells something, by the rhythm that is set', async () => {
    const { ticker, sink } = probing(() => Promise.resolve(answered), {
      intervalMs: 600_000,
      timeoutMs: 9_000,
    });
    await ticker.beat();
    await settle();
    expect(sink.of('probe')).toMatchObject([{ validMs: 1_809_000 }]);
  });

  it('that times out worked: the node host was seen not to answer', async () => {
    const { ticker, sink } = probing(() => Promise.resolve({ kind: 'timeout' }));
    await ticker.beat();
    await settle();
    expect(sink.of('probe')).toMatchObject([{ outcome: 'timeout' }]);
    expect(sink.errors()).toEqual([]);
  });

  it.each([
    ['no session with the gateway', 'other'],
    ['missing scope: operator.write', 'auth'],
  ])('that could not be sent is an error of ours: %s', async (message, kind) => {
    const { ticker, sink } = probing(() => Promise.resolve({ kind: 'unavailable', message }));
    await ticker.beat();
    await settle();
    expect(sink.of('probe')).toMatchObject([{ outcome: 'unavailable' }]);
    expect(sink.errors()).toEqual([{ kind, message }]);
  });

  it('never asks one node host twice at a time, and one that hangs delays no other', async () => {
    const hanging = Promise.withResolvers<ProbeReply>();
    const { ticker, sink, targets, invoked } = probing((nodeId) =>
      nodeId === 'a' ? hanging.promise : Promise.resolve(answered),
    );
    targets.push('b');
    for (let beat = 0; beat < 3; beat += 1) {
      await ticker.beat();
      await settle();
    }
    expect(invoked.map(([nodeId]) => nodeId)).toEqual(['a', 'b', 'b', 'b']);
    expect(sink.of('probe')).toHaveLength(3);
    hanging.resolve({ kind: 'timeout' });
    await settle();
    await ticker.beat();
    expect(invoked.map(([nodeId]) => nodeId)).toEqual(['a', 'b', 'b', 'b', 'a', 'b']);
  });

  it('once stopped asks nothing and says nothing, and waits for what is under way', async () => {
    const hanging = Promise.withResolvers<ProbeReply>();
    const { source, ticker, sink } = probing(() => hanging.promise);
    source.start();
    expect(ticker.intervalsMs).toEqual([4_000]);
    await ticker.beat();
    const stopped = source.stop();
    expect(ticker.intervalsMs).toEqual([]);
    hanging.resolve(answered);
    await stopped;
    expect(sink.observations).toEqual([]);
  });
});
