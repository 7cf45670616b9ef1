/**
 * What Linux says about a process. The harness reads /proc on its own, apart from the code under test:
 * a reader that checked itself would never be wrong.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessStat {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  /** R running, S sleeping, T stopped, Z dead but not yet waited for … */
  readonly state: string;
  /** In clock ticks since boot; with the pid it identifies a process for good. */
  readonly startTicks: number;
  readonly cpuTicks: number;
}

export function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command stands in parentheses and may itself hold spaces and parentheses.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const rest = text.slice(close + 2).split(' ');
  return {
    pid,
    comm: text.slice(open + 1, close),
    state: rest[0] ?? '?',
    ppid: Number(rest[1]),
    cpuTicks: Number(rest[11]) + Number(rest[12]),
    startTicks: Number(rest[19]),
  };
}

/** True for a process that still does or could do something; a dead one that nobody waited for does not count. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}

/** Living processes that were started with exactly this `NAME=value` in their environment, wherever they hang now. */
export function processesWithEnvironment(pair: string): number[] {
  const needle = Buffer.from(`${pair}\0`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => rawEnvironment(pid).includes(needle) && isAlive(pid));
}

function rawEnvironment(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    // Gone, or of another user.
    return Buffer.alloc(0);
  }
}

/** The arguments as they stand in memory now; a process that set its title shows the title instead. */
export function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

export function readEnvironment(pid: number): Map<string, string> {
  const pairs = rawEnvironment(pid)
    .toString('utf8')
    .split('\0')
    .filter((pair) => pair.includes('='))
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return new Map(pairs);
}

/** Resident memory in MiB, now or at most ever; `NaN` of one that has ended. Throws where it is gone. */
export function residentMib(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
}

/** How often the main thread went to sleep by itself: the pulse of its event loop. */
export function voluntarySwitches(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
  const match = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(text);
  return match ? Number(match[1]) : undefined;
}

export interface TcpSocket {
  readonly localPort: number;
  readonly remotePort: number;
  readonly remoteAddress: string;
  /** ESTABLISHED, CLOSE_WAIT, SYN_SENT, LISTEN … */
  readonly state: string;
  readonly unreadBytes: number;
  readonly inode: number;
}

const tcpStates: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
};

/** Every TCP socket the process holds. */
export function tcpSockets(pid: number): TcpSocket[] {
  const inodes = new Set<number>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const target = readLink(`/proc/${pid}/fd/${fd}`);
      const match = /^socket:\[(\d+)\]$/.exec(target);
      if (match) inodes.add(Number(match[1]));
    }
  } catch {
    return [];
  }
  return ['tcp', 'tcp6']
    .flatMap((table) => readTcpTable(pid, table))
    .filter((socket) => inodes.has(socket.inode));
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readTcpTable(pid: number, table: string): TcpSocket[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/net/${table}`, 'utf8');
  } catch {
    return [];
  }
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const fields = line.trim().split(/\s+/);
      const [, localPort = '0'] = (fields[1] ?? '').split(':');
      const [remoteAddress = '', remotePort = '0'] = (fields[2] ?? '').split(':');
      const [, unread = '0'] = (fields[4] ?? '').split(':');
      return {
        localPort: Number.parseInt(localPort, 16),
        remotePort: Number.parseInt(remotePort, 16),
        remoteAddress,
        state: tcpStates[fields[3] ?? ''] ?? '?',
        unreadBytes: Number.parseInt(unread, 16),
        inode: Number(fields[9]),
      };
    });
}
