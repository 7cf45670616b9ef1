import { expect, it } from 'vitest';
import type { Endpoint } from '../../../src/core/model/observation.ts';
import type { LocatedProcess } from '../../../src/sources/source.ts';
import type { SocketsAnswer, TcpSocket } from '../../../src/sources/socket/connection-table.ts';
import { SocketSource } from '../../../src/sources/socket/socket-source.ts';
import { ManualTicker, ManualTime } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

const endpoint: Endpoint = { host: '10.0.0.1', port: 18_789 };
const connection: TcpSocket = {
  id: '31244',
  state: 'established',
  localPort: 50_000,
  remoteAddress: '10.0.0.1',
  remotePort: 18_789,
  unreadBytes: 0,
};
const sockets = (...list: readonly TcpSocket[]): SocketsAnswer => ({ kind: 'sockets', sockets: list });

class Bench {
  readonly time = new ManualTime();
  readonly ticker = new ManualTicker();
  readonly sink = new RecordingSink();
  readonly processes = new Map<string, LocatedProcess>([['a', { pid: 10, incarnation: '10:1', endpoint }]]);
  readonly answers = new Map<number, SocketsAnswer>();
  readonly asked: (readonly number[])[] = [];
  readonly source: SocketSource;
  /** What happens while the table is read. */
  meanwhile: () => void = () => undefined;

  constructor(targets: readonly string[] = ['a']) {
    this.source = new SocketSource({
      targets,
      locate: (target) => this.processes.get(target),
      table: {
        socketsOf: (pids) => {
          this.asked.push(pids);
          this.meanwhile();
          return Promise.resolve(this.answers);
        },
      },
      resolve: () => Promise.resolve(['10.0.0.1']),
      clock: this.time,
      sink: this.sink,
      ticker: this.ticker,
    });
    this.source.start();
  }

  async look(): Promise<object[]> {
    const before = this.sink.observations.length;
    await this.ticker.beat();
    return this.sink.observations.slice(before);
  }
}

it('each look tells how the process stands with its endpoint', async () => {
  const bench = new Bench();
  bench.answers.set(10, sockets(connection, { ...connection, id: '7', remotePort: 443 }));
  expect(await bench.look()).toEqual([
    {
      source: 'socket',
      target: 'a',
      at: bench.time.now(),
      incarnation: '10:1',
      endpoint,
      connections: [{ id: '31244', state: 'established', unreadBytes: 0 }],
      anyEstablished: true,
    },
  ]);
  expect(bench.sink.reports).toEqual([{ source: 'socket', at: bench.time.now(), durationMs: 0 }]);
});

it('a process without a connection is an observation; a target without a process is none', async () => {
  const bench = new Bench(['a', 'b']);
  bench.answers.set(10, sockets());
  expect(await bench.look()).toMatchObject([{ target: 'a', connections: [], anyEstablished: false }]);
  bench.processes.clear();
  expect(await bench.look()).toEqual([]);
  expect(bench.sink.errors()).toEqual([]);
  expect(bench.sink.reports).toHaveLength(2);
});

it('an unknown endpoint is told as such', async () => {
  const bench = new Bench();
  bench.processes.set('a', { pid: 10, incarnation: '10:1', endpoint: null });
  bench.answers.set(10, sockets(connection));
  expect(await bench.look()).toMatchObject([{ endpoint: null, connections: [], anyEstablished: true }]);
});

it('a name is matched by its port until it is resolved, and by its addresses then', async () => {
  const bench = new Bench();
  bench.processes.set('a', { pid: 10, incarnation: '10:1', endpoint: { host: 'gw', port: 18_789 } });
  bench.answers.set(10, sockets({ ...connection, remoteAddress: '192.0.2.7' }));
  expect(await bench.look()).toMatchObject([{ connections: [{ id: '31244' }] }]);
  await bench.time.advance(1000);
  expect(await bench.look()).toMatchObject([{ connections: [] }]);
});

it('all processes are asked for in one call, each once', async () => {
  const bench = new Bench(['a', 'b', 'c']);
  bench.processes.set('b', { pid: 10, incarnation: '10:1', endpoint });
  bench.processes.set('c', { pid: 11, incarnation: '11:1', endpoint });
  await bench.look();
  expect(bench.asked).toEqual([[10, 11]]);
});

it('what was read of a pid that is another process by now is dropped', async () => {
  const bench = new Bench();
  bench.answers.set(10, sockets(connection));
  bench.meanwhile = () => bench.processes.set('a', { pid: 10, incarnation: '10:9', endpoint });
  expect(await bench.look()).toEqual([]);
  expect(bench.sink.errors()).toEqual([]);
});

it('a process that ended meanwhile is no error', async () => {
  const bench = new Bench();
  bench.answers.set(10, { kind: 'gone' });
  expect(await bench.look()).toEqual([]);
  expect(bench.sink.errors()).toEqual([]);
});

it('what is not allowed or too slow is an error and no observation, and hides no other target', async () => {
  const bench = new Bench(['a', 'b', 'c']);
  bench.processes.set('b', { pid: 11, incarnation: '11:1', endpoint });
  bench.processes.set('c', { pid: 12, incarnation: '12:1', endpoint });
  bench.answers.set(10, { kind: 'denied' }).set(11, { kind: 'slow' }).set(12, sockets(connection));
  expect(await bench.look()).toMatchObject([{ target: 'c' }]);
  expect(bench.sink.errors()).toEqual([
    {
      kind: 'permission',
      message:
        'the open sockets of process 10 cannot be listed: run the exporter as the user that runs the node host; the table of connections could not be read in time for process 11',
    },
  ]);
});

it('a table that fails is an error of the look, and the next look happens', async () => {
  const bench = new Bench();
  bench.answers.set(10, sockets(connection));
  bench.meanwhile = () => {
    throw new Error('EMFILE: too many open files');
  };
  expect(await bench.look()).toEqual([]);
  expect(bench.sink.errors()).toEqual([
    { kind: 'other', message: 'cannot read the table of connections: EMFILE: too many open files' },
  ]);
  bench.meanwhile = () => undefined;
  expect(await bench.look()).toHaveLength(1);
});

it('start and stop are idempotent; nothing runs after stop', async () => {
  const bench = new Bench();
  bench.source.start();
  expect(bench.ticker.intervalsMs).toEqual([1000]);
  await bench.source.stop();
  await bench.source.stop();
  expect(bench.ticker.intervalsMs).toEqual([]);
});

it('other targets are looked at from the next look on', async () => {
  const bench = new Bench();
  bench.processes.set('b', { pid: 20, incarnation: '20:1', endpoint });
  bench.answers.set(10, sockets()).set(20, sockets());
  await bench.look();
  bench.source.setTargets(['b']);
  expect(await bench.look()).toMatchObject([{ target: 'b' }]);
  expect(bench.asked).toEqual([[10], [20]]);
});
