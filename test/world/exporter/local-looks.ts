import type { Connection as SeenConnection, KernelState, ProcessSample } from '../../../src/core/index.ts';
import { parseLine } from '../../../src/sources/log/parse-line.ts';
import type { Connection } from '../network/connection.ts';
import type { NodeHost } from '../node-host/node-host.ts';
import type { Plight } from '../process.ts';
import type { Eyes } from './eyes.ts';

const EVERY_MS = { process: 1_000, socket: 1_000, log: 1_000, supervisor: 5_000 };
const PERMISSION = { kind: 'permission', message: 'denied' } as const;

/** The process viewpoint: every second, each node host's process as the kernel shows it. */
export function watchProcesses(eyes: Eyes, hosts: readonly NodeHost[]): void {
  eyes.loop(EVERY_MS.process, () => {
    const at = eyes.now;
    if (eyes.blind.has('process')) {
      eyes.report('process', at, PERMISSION);
      return;
    }
    for (const host of hosts) {
      const process = sampleOf(host);
      const seen = { source: 'process', target: host.id, at, process } as const;
      const isStarting = process === null && host.process !== undefined;
      if (process === null) eyes.observe({ ...seen, ...(isStarting && { isStarting }) }, true);
      else eyes.observe({ ...seen, hints: host.hints }, process.kernelState === 'stopped');
    }
    eyes.report('process', at);
  });
}

/** A process has its title only once it runs its own code. */
const UNTITLED_MS = 600;

function sampleOf({ process, machine }: NodeHost): ProcessSample | null {
  if (process === undefined || process.uptimeMs < (process.pid % 5) * (UNTITLED_MS / 4)) return null;
  const cpuSeconds = process.cpuMs / 1_000;
  return {
    pid: process.pid,
    incarnation: process.incarnation,
    kernelState: kernelStateOf(process.plight, process.pid),
    uptimeMs: machine.monoMs - process.startedMonoMs,
    cpuSeconds,
    residentBytes: 120_000_000,
    voluntarySwitches: process.wakes,
    mainThreadCpuSeconds: cpuSeconds,
  };
}

function kernelStateOf(plight: Plight, pid: number): KernelState {
  switch (plight) {
    case 'running':
      return 'sleeping';
    case 'spinning':
      return 'running';
    case 'stopped':
      return 'stopped';
    // A lock that nobody gives back sleeps; a disk that does not answer does not.
    case 'hung':
      return pid % 2 === 0 ? 'sleeping' : 'disk-wait';
    default:
      return plight satisfies never;
  }
}

/** While all is well the tables are read again only this often; what appears or goes is seen at once. */
const RECHECK_MS = [2_500, 4_500] as const;

interface SocketMemory {
  connections: readonly SeenConnection[];
  recheckMs: number;
}

/** The socket viewpoint: every second, the connections of each process that the core knows. */
export function watchSockets(eyes: Eyes, hosts: readonly NodeHost[]): void {
  const memories = new Map<string, SocketMemory>();
  eyes.loop(EVERY_MS.socket, () => {
    const at = eyes.now;
    if (eyes.blind.has('socket')) {
      eyes.report('socket', at, PERMISSION);
      return;
    }
    for (const host of hosts) {
      const located = eyes.core.locate(host.id);
      const { runner } = host;
      if (located === undefined || runner === undefined) continue;
      const { process, connection } = runner;
      if (located.incarnation !== process.incarnation) continue;
      const seen = remembered(memories, host.id, { eyes, connection });
      eyes.observe(
        {
          source: 'socket',
          target: host.id,
          at,
          incarnation: located.incarnation,
          endpoint: located.endpoint,
          connections: located.endpoint === null ? [] : seen,
          anyEstablished: seen.some(({ state }) => state === 'established'),
        },
        false,
      );
    }
    eyes.report('socket', at);
  });
}

function remembered(
  memories: Map<string, SocketMemory>,
  target: string,
  { eyes, connection }: { readonly eyes: Eyes; readonly connection: Connection | undefined },
): readonly SeenConnection[] {
  const known = memories.get(target);
  const nowMs = eyes.now.monoMs;
  const isSame = known !== undefined && known.connections[0]?.id === connection?.id;
  const isWell =
    known?.connections.every((it) => it.state === 'established' && it.unreadBytes === 0) === true;
  if (isSame && isWell && nowMs < known.recheckMs) return known.connections;
  const connections = connection === undefined ? [] : seenOf(connection);
  memories.set(target, { connections, recheckMs: nowMs + eyes.random.between(...RECHECK_MS) });
  return connections;
}

function seenOf({ id, state, unreadBytes }: Connection): readonly SeenConnection[] {
  return state === 'gone' ? [] : [{ id, state, unreadBytes }];
}

/** Where the last run of the exporter left off in the logs. */
export type LogPositions = ReadonlyMap<string, number>;

const STATUS_EVERY_MS = 10_000;

/** The log viewpoint: within half a second what a node host wrote, and whether it can be read at all. */
export class LogLooks {
  readonly #eyes: Eyes;
  readonly #positions = new Map<string, number>();

  constructor(eyes: Eyes, hosts: readonly NodeHost[], positions: LogPositions | undefined) {
    this.#eyes = eyes;
    for (const host of hosts) this.#watch(host, positions?.get(host.id));
    eyes.loop(STATUS_EVERY_MS, () => {
      eyes.report('log', eyes.now);
    });
  }

  /** Up to where every log is read. */
  get positions(): LogPositions {
    return new Map(this.#positions);
  }

  #watch(host: NodeHost, known: number | undefined): void {
    const eyes = this.#eyes;
    const { log } = host;
    this.#positions.set(host.id, known ?? 0);
    let before: 'catch-up' | 'history' | undefined = known === undefined ? 'history' : 'catch-up';
    let isPlanned = false;
    let said = '';
    let saidMs = -Infinity;
    const look = (): void => {
      isPlanned = false;
      const at = eyes.now;
      const readable = log.isReadable && !eyes.blind.has('log');
      if (readable) this.#read(host, before ?? 'live');
      before = readable ? undefined : (before ?? 'catch-up');
      const { lastWriteWallMs } = log;
      const status = `${readable} ${lastWriteWallMs}`;
      if (status === said && at.monoMs - saidMs < STATUS_EVERY_MS) return;
      said = status;
      saidMs = at.monoMs;
      eyes.observe(
        {
          source: 'log',
          kind: 'status',
          target: host.id,
          at,
          readable,
          ...(readable && lastWriteWallMs !== undefined && { lastWriteWallMs }),
        },
        false,
      );
    };
    const plan = (): void => {
      if (isPlanned || eyes.process.hasEnded) return;
      isPlanned = true;
      // Looks come every half a second; this is the one after the change.
      eyes.process.after(eyes.random.between(1, EVERY_MS.log), look);
    };
    log.onChange(plan);
    eyes.loop(STATUS_EVERY_MS / 4, plan);
    plan();
  }

  #read(host: NodeHost, recency: 'live' | 'catch-up' | 'history'): void {
    const position = this.#positions.get(host.id) ?? 0;
    const { log, hints } = host;
    if (log.length === position) return;
    const at = this.#eyes.now;
    for (const { text, wallMs } of log.from(position)) {
      const event = parseLine(text);
      if (event === null) continue;
      this.#eyes.observe(
        {
          source: 'log',
          kind: 'line',
          target: host.id,
          at,
          event,
          recency,
          ...(hints.service !== undefined && { writtenWallMs: wallMs }),
        },
        true,
      );
    }
    this.#positions.set(host.id, log.length);
  }
}

const ASK_EVERY_MS = 60_000;
const WATCH_CLOSELY_MS = 60_000;

/** The supervisor viewpoint: once a minute, and every 5 s for a minute after a process was lost. */
export function watchSupervisors(eyes: Eyes, hosts: readonly NodeHost[]): void {
  const asked = new Map<string, { atMs: number; incarnation: string | undefined; goneMs: number }>();
  eyes.loop(EVERY_MS.supervisor, () => {
    if (eyes.blind.has('supervisor')) return;
    for (const host of hosts) {
      const unit = host.hints.service;
      if (unit === undefined) continue;
      const at = eyes.now;
      const incarnation = eyes.core.locate(host.id)?.incarnation;
      const last = asked.get(host.id);
      const isDue =
        last === undefined ||
        last.incarnation !== incarnation ||
        at.monoMs - last.atMs >= ASK_EVERY_MS ||
        (incarnation === undefined && at.monoMs - last.goneMs < WATCH_CLOSELY_MS);
      if (!isDue) continue;
      const wasGone = last !== undefined && last.incarnation === undefined;
      const goneMs = wasGone ? last.goneMs : at.monoMs;
      asked.set(host.id, { atMs: at.monoMs, incarnation, goneMs });
      const { standing, restarts } = host.supervisor;
      eyes.observe({ source: 'supervisor', target: host.id, at, service: unit, standing, restarts }, false);
      eyes.report('supervisor', at);
    }
  });
}
