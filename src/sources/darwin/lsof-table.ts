import { LookFailure } from '../look-failure.ts';
import { canonicalAddress } from '../socket/address.ts';
import type { ConnectionTable, SocketsAnswer, TcpSocket } from '../socket/connection-table.ts';
import type { LsofReading, LsofReadings } from './lsof-readings.ts';
import type { LsofFile } from './parse-lsof.ts';
import { parseNetstat } from './parse-netstat.ts';
import { PS_EVERY_MS, type RunProgram } from './run-program.ts';
import { TCP_STATES } from './tcp-state.ts';

const NETSTAT = '/usr/sbin/netstat';

export interface LsofTableOptions {
  readonly run: RunProgram;
  readonly lsof: LsofReadings;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/**
 * `ConnectionTable` on `lsof`, else `netstat`, where koffi is missing. A program every 5 s at most: in between, what was
 * well is said again, and of what was not nothing is said.
 */
export function createLsofConnectionTable({
  run,
  lsof,
  nowMs = () => performance.now(),
}: LsofTableOptions): ConnectionTable {
  let told: LsofReading | undefined;
  let netstat: ReadonlyMap<number, SocketsAnswer> = new Map();
  let netstatAtMs = -Infinity;

  /** Where lsof cannot be read, at the same pace. */
  const fromNetstat = async (pids: readonly number[]): Promise<ReadonlyMap<number, SocketsAnswer>> => {
    const now = nowMs();
    if (now - netstatAtMs < PS_EVERY_MS) return wellOf(netstat, pids);
    netstatAtMs = now;
    netstat = new Map();
    netstat = await lookByNetstat(run, pids);
    return netstat;
  };

  return {
    socketsOf: async (pids) => {
      if (pids.length === 0) return new Map();
      const reading = await lsof.latest(pids);
      const { files } = reading;
      // One that does not say how its connections stand would leave them out, and none is another fact than unknown.
      if (files === undefined || files.some(isUntold)) return fromNetstat(pids);
      const isNew = reading !== told;
      told = reading;
      const seen = answers(
        pids.filter((pid) => reading.pids.has(pid)),
        (pid) => files.filter((file) => file.pid === pid).flatMap(socketOf),
      );
      return isNew ? seen : wellOf(seen, pids);
    },
  };
}

async function lookByNetstat(
  run: RunProgram,
  pids: readonly number[],
): Promise<ReadonlyMap<number, SocketsAnswer>> {
  const answer = await run(NETSTAT, ['-anvW', '-p', 'tcp']);
  if (answer.kind === 'late')
    throw new LookFailure('timeout', 'neither lsof nor netstat gave an answer in time');
  const rows = answer.kind === 'ended' && answer.status === 0 ? parseNetstat(answer.output) : undefined;
  if (rows === undefined) throw new LookFailure('unsupported', 'neither lsof nor netstat can be read');
  return answers(pids, (pid) => rows.filter((row) => row.pid === pid).map(({ socket }) => socket));
}

function wellOf(
  answers: ReadonlyMap<number, SocketsAnswer>,
  pids: readonly number[],
): ReadonlyMap<number, SocketsAnswer> {
  return new Map([...answers].filter(([pid, answer]) => pids.includes(pid) && isWell(answer)));
}

function answers(
  pids: readonly number[],
  socketsOf: (pid: number) => readonly TcpSocket[],
): ReadonlyMap<number, SocketsAnswer> {
  return new Map(pids.map((pid) => [pid, { kind: 'sockets', sockets: socketsOf(pid) }]));
}

function isWell(answer: SocketsAnswer): boolean {
  return (
    answer.kind === 'sockets' &&
    answer.sockets.length > 0 &&
    answer.sockets.every(
      ({ state, unreadBytes }) => (state === 'established' || state === 'listening') && unreadBytes === 0,
    )
  );
}

function isUntold({ type, protocol, tcpState }: LsofFile): boolean {
  return type.startsWith('IP') && protocol === 'TCP' && tcpState === undefined;
}

/** `192.0.2.20:51234->192.0.2.10:18789`, `[::1]:1->[::1]:2`, `*:7000` */
function socketOf({ fd, type, name, tcpState, receiveQueue = 0 }: LsofFile): TcpSocket[] {
  const state = TCP_STATES[tcpState ?? ''];
  if (state === undefined || !type.startsWith('IP')) return [];
  const [local = '', remote] = name.split('->');
  const localPort = portIn(local);
  if (localPort === undefined) return [];
  const common = { id: `${fd} ${name}`, state, localPort };
  if (state === 'listening') return [{ ...common, remoteAddress: '', remotePort: 0, unreadBytes: 0 }];
  const remoteAddress = canonicalAddress(remote?.slice(0, remote.lastIndexOf(':')) ?? '');
  const remotePort = portIn(remote ?? '');
  if (remoteAddress === undefined || remotePort === undefined) return [];
  return [{ ...common, remoteAddress, remotePort, unreadBytes: receiveQueue }];
}

function portIn(address: string): number | undefined {
  const port = /:(\d{1,5})$/.exec(address)?.[1];
  return port === undefined ? undefined : Number(port);
}
