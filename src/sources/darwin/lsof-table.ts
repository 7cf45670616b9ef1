import { LookFailure } from '../look-failure.ts';
import { canonicalAddress } from '../socket/address.ts';
import type { ConnectionTable, SocketsAnswer, TcpSocket } from '../socket/connection-table.ts';
import { LSOF, parseLsof, type LsofFile } from './parse-lsof.ts';
import { parseNetstat } from './parse-netstat.ts';
import { PS_EVERY_MS } from './program-pace.ts';
import type { RunProgram } from './run-program.ts';
import { connectionState } from './tcp-state.ts';

const NETSTAT = '/usr/sbin/netstat';

export interface LsofTableOptions {
  readonly run: RunProgram;
  readonly programs?: { readonly lsof: string; readonly netstat: string };
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/**
 * `ConnectionTable` on `lsof`, else `netstat`, where koffi is missing. A program every 5 s at most: in between, what was
 * well is said again, and of what was not nothing is said.
 */
export function createLsofConnectionTable({
  run,
  programs = { lsof: LSOF, netstat: NETSTAT },
  nowMs = () => performance.now(),
}: LsofTableOptions): ConnectionTable {
  let last: ReadonlyMap<number, SocketsAnswer> = new Map();
  let lookedFor = '';
  let lookedAtMs = -Infinity;
  return {
    socketsOf: async (pids) => {
      if (pids.length === 0) return new Map();
      const now = nowMs();
      if (now - lookedAtMs < PS_EVERY_MS) {
        return lookedFor === pids.join()
          ? new Map([...last].filter(([, answer]) => isWell(answer)))
          : new Map();
      }
      lookedAtMs = now;
      lookedFor = pids.join();
      last = new Map();
      last = await look(run, programs, pids);
      return last;
    },
  };
}

async function look(
  run: RunProgram,
  { lsof, netstat }: NonNullable<LsofTableOptions['programs']>,
  pids: readonly number[],
): Promise<ReadonlyMap<number, SocketsAnswer>> {
  // Without -a its selections would be ORed.
  const asked = await run(lsof, ['-nPbw', '-a', '-p', pids.join(), '-iTCP', '-Tqs', '-FfPtTn']);
  // 1: nothing was found, or not all that was asked for.
  if (asked.kind === 'ended' && (asked.status === 0 || (asked.status === 1 && asked.errors.trim() === ''))) {
    const files = parseLsof(asked.output);
    return answers(pids, (pid) => files.filter((file) => file.pid === pid).flatMap(socketOf));
  }
  const other = await run(netstat, ['-anvW', '-p', 'tcp']);
  if (other.kind === 'late')
    throw new LookFailure('timeout', 'neither lsof nor netstat gave an answer in time');
  const rows = other.kind === 'ended' && other.status === 0 ? parseNetstat(other.output) : undefined;
  if (rows === undefined) throw new LookFailure('unsupported', 'neither lsof nor netstat can be read');
  return answers(pids, (pid) => rows.filter((row) => row.pid === pid).map(({ socket }) => socket));
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

/** `192.0.2.20:51234->192.0.2.10:18789`, `[::1]:1->[::1]:2`, `*:7000` */
function socketOf({ fd, type, name, tcpState, receiveQueue = 0 }: LsofFile): TcpSocket[] {
  const state = connectionState(tcpState ?? '');
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
