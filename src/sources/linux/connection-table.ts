import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionTable, SocketsAnswer, TcpSocket } from '../socket/connection-table.ts';
import type { OtherFamily } from './parse-tcp-table.ts';
import { findSockets, inodesIn, OTHER_FAMILIES } from './parse-tcp-table.ts';
import { refusalOf } from './refusal.ts';

export interface LinuxConnectionOptions {
  /** Where proc is mounted; tests point it at a tree of their own. */
  readonly root?: string;
  /** Monotonic milliseconds; decides how long an answer may be repeated. */
  readonly nowMs?: () => number;
}

/** While all is well the tables are read again after `cost × RECHECK_FACTOR`, within these bounds (just under 3 s and 5 s). */
const RECHECK_FACTOR = 1000;
const MIN_RECHECK_MS = 2500;
const MAX_RECHECK_MS = 4500;
/** A socket in none of the tables (made, and not connected; or reset, and not closed) is looked for at this many looks … */
const EAGER_TRIES = 3;
/** … and then this often, since each time costs both tables to their end. */
const PATIENT_TRY_MS = 30_000;
/** Others on this thread get their turn after this many reads of 4 KiB (about 4 ms). */
const READS_A_TURN = 64;
const DEADLINE_MS = 2000;

const TCP_TABLES = ['tcp', 'tcp6'] as const;
type TcpTable = (typeof TCP_TABLES)[number];

/** What is known of one inode that a process holds. */
type Known =
  | { readonly kind: 'tcp'; readonly table: TcpTable; readonly socket: TcpSocket }
  | { readonly kind: 'other-family' }
  | { readonly kind: 'in-no-table'; readonly tries: number; readonly triedAtMs: number };

/** What a process held when its descriptors were last listed. */
interface Listing {
  /** Descriptors by the inode of their socket. */
  readonly sockets: ReadonlyMap<string, string>;
  /** Name of its network namespace. */
  readonly namespace: string;
}

/** Processes that share a network namespace share its tables. */
interface Namespace {
  readonly known: Map<string, Known>;
  /** Any process of it; its `net` folder shows the namespace. */
  pid: number;
  recheckAtMs: number;
}

const NOTHING_KNOWN = { known: new Map<string, Known>(), recheckAtMs: 0 } as const;

/**
 * `ConnectionTable` on Linux's /proc.
 *
 * Which sockets a process holds is cheap to tell (/proc/<pid>/fd). What state they are in stands only in
 * /proc/<pid>/net/tcp and tcp6, and there the kernel walks its whole hash table for each read: about 4 ms each, idle,
 * with 262,144 buckets, and 12 ms with 5,000 connections. So these are read
 * - only when a TCP socket is held at all, and only the one of the two that it is in;
 * - only up to the line that was looked for;
 * - at once when a socket appeared, and at each look while one is not plainly well; but while all are established with
 *   nothing unread and still held, only as often as keeps the cost at 0.1 % of a core (every 3 s to 5 s).
 *
 * A node host has some forty descriptors. Until that next time they are not listed either, where it has a connection: a
 * call for each that it has tells whether it still holds it.
 */
export class LinuxConnectionTable implements ConnectionTable {
  readonly #root: string;
  readonly #nowMs: () => number;
  readonly #littleEndian = endianness() === 'LE';
  readonly #namespaces = new Map<string, Namespace>();
  #listings: ReadonlyMap<number, Listing> = new Map();
  #buffer = Buffer.allocUnsafe(64 * 1024);

  constructor({ root = '/proc', nowMs = () => performance.now() }: LinuxConnectionOptions = {}) {
    this.#root = root;
    this.#nowMs = nowMs;
  }

  async socketsOf(pids: readonly number[]): Promise<ReadonlyMap<number, SocketsAnswer>> {
    const answers = new Map<number, SocketsAnswer>();
    const listings = new Map<number, Listing>();
    for (const pid of pids) {
      const listing = this.#listingOf(pid);
      if (typeof listing === 'string') answers.set(pid, { kind: listing });
      else listings.set(pid, listing);
    }
    this.#listings = listings;
    const held = Map.groupBy(listings, ([, { namespace }]) => namespace);
    for (const name of this.#namespaces.keys()) if (!held.has(name)) this.#namespaces.delete(name);
    for (const [name, processes] of held) {
      for (const [pid, answer] of await this.#lookAt(name, processes)) answers.set(pid, answer);
    }
    return answers;
  }

  async #lookAt(
    name: string,
    processes: readonly (readonly [pid: number, Listing])[],
  ): Promise<Map<number, SocketsAnswer>> {
    const namespace = this.#namespaces.get(name) ?? {
      known: new Map<string, Known>(),
      pid: 0,
      recheckAtMs: 0,
    };
    namespace.pid = processes[0]?.[0] ?? 0;
    this.#namespaces.set(name, namespace);

    const inodes = new Set(processes.flatMap(([, { sockets }]) => [...sockets.keys()]));
    for (const inode of namespace.known.keys()) if (!inodes.has(inode)) namespace.known.delete(inode);

    const isRead = await this.#refresh(namespace, inodes);
    const answers = new Map<number, SocketsAnswer>();
    for (const [pid, listing] of processes) {
      const sockets = [...listing.sockets.keys()].flatMap((inode) => {
        const known = namespace.known.get(inode);
        return known?.kind === 'tcp' ? [known.socket] : [];
      });
      answers.set(pid, isRead ? { kind: 'sockets', sockets } : { kind: 'slow' });
    }
    return answers;
  }

  /** Brings what is known of `inodes` up to date; `false` when that took too long. */
  async #refresh(namespace: Namespace, inodes: ReadonlySet<string>): Promise<boolean> {
    const { known, pid } = namespace;
    this.#sortOutOtherFamilies(pid, known, inodes);

    const startMs = this.#nowMs();
    const isDue = startMs >= namespace.recheckAtMs;
    const wanted = [...inodes].filter((inode) => isWanted(known.get(inode), { isDue, nowMs: startMs }));
    if (wanted.length === 0) return true;
    // Having to read for one, the others come along: they would be due soon.
    for (const inode of inodes) {
      if (isConnection(known.get(inode)) && !wanted.includes(inode)) wanted.push(inode);
    }

    const found = new Map<string, Known>();
    for (const table of TCP_TABLES) {
      // A socket stays in the table it was found in.
      const here = wanted.filter(
        (inode) => !found.has(inode) && (tableOf(known.get(inode)) ?? table) === table,
      );
      if (here.length === 0) continue;
      const sockets = await this.#readTable(`${pid}/net/${table}`, here, startMs);
      if (sockets === undefined) return false;
      for (const [inode, socket] of sockets) found.set(inode, { kind: 'tcp', table, socket });
    }
    for (const inode of wanted) {
      const before = known.get(inode);
      const tries = before?.kind === 'in-no-table' ? before.tries : 0;
      known.set(inode, found.get(inode) ?? { kind: 'in-no-table', tries: tries + 1, triedAtMs: startMs });
    }
    const endMs = this.#nowMs();
    const restMs = (endMs - startMs) * RECHECK_FACTOR;
    namespace.recheckAtMs = endMs + Math.min(MAX_RECHECK_MS, Math.max(MIN_RECHECK_MS, restMs));
    return true;
  }

  /** Most new sockets of a node host are pipes to its children; these tables are small and cost next to nothing. */
  #sortOutOtherFamilies(pid: number, known: Map<string, Known>, inodes: ReadonlySet<string>): void {
    const unknown = new Set([...inodes].filter((inode) => !known.has(inode)));
    for (const family of OTHER_FAMILIES) {
      if (unknown.size === 0) return;
      for (const inode of this.#readOtherFamily(pid, family, unknown)) {
        known.set(inode, { kind: 'other-family' });
        unknown.delete(inode);
      }
    }
  }

  #readOtherFamily(pid: number, family: OtherFamily, inodes: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    for (const lines of this.#linesOf(`${pid}/net/${family}`))
      for (const inode of inodesIn(family, lines, inodes)) found.add(inode);
    return found;
  }

  /** Reads a TCP table up to the last of `inodes`; `undefined` when it took too long. */
  async #readTable(
    path: string,
    inodes: readonly string[],
    startMs: number,
  ): Promise<Map<string, TcpSocket> | undefined> {
    const found = new Map<string, TcpSocket>();
    const missing = new Set(inodes);
    let reads = 0;
    for (const lines of this.#linesOf(path)) {
      for (const [inode, socket] of findSockets(lines, missing, { littleEndian: this.#littleEndian })) {
        found.set(inode, socket);
        missing.delete(inode);
      }
      if (missing.size === 0) break;
      reads += 1;
      if (reads % READS_A_TURN !== 0) continue;
      if (this.#nowMs() - startMs > DEADLINE_MS) return undefined;
      await nextTurn();
    }
    return found;
  }

  /** Yields the file, if there is one, in pieces of whole lines. A piece is valid until the next is asked for. */
  *#linesOf(path: string): Generator<Buffer> {
    const fd = this.#open(path);
    if (fd === undefined) return;
    try {
      let kept = 0;
      for (;;) {
        if (kept === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], 2 * kept);
        const buffer = this.#buffer;
        const length = readSync(fd, buffer, kept, buffer.length - kept, null);
        if (length === 0) break;
        const filled = buffer.subarray(0, kept + length);
        const lineEnd = filled.lastIndexOf(10) + 1;
        if (lineEnd > 0) yield filled.subarray(0, lineEnd);
        kept = filled.length - lineEnd;
        filled.copyWithin(0, lineEnd);
      }
      if (kept > 0) yield this.#buffer.subarray(0, kept);
    } finally {
      closeSync(fd);
    }
  }

  #listingOf(pid: number): Listing | 'gone' | 'denied' {
    const last = this.#listings.get(pid);
    if (last !== undefined && this.#holds(pid, last)) return last;
    try {
      const sockets = new Map<string, string>();
      for (const fd of readdirSync(`${this.#root}/${pid}/fd`)) {
        const link = this.#link(`${pid}/fd/${fd}`) ?? '';
        if (link.startsWith('socket:[')) sockets.set(link.slice(8, -1), fd);
      }
      return { sockets, namespace: this.#link(`${pid}/ns/net`) ?? String(pid) };
    } catch (error: unknown) {
      return refusalOf(error);
    }
  }

  /** Whether it has connections, all well and not due to be looked at, and holds them still: then the rest is as it was. */
  #holds(pid: number, { sockets, namespace }: Listing): boolean {
    const { known, recheckAtMs } = this.#namespaces.get(namespace) ?? NOTHING_KNOWN;
    const nowMs = this.#nowMs();
    const connections = [...sockets].filter(([inode]) => isConnection(known.get(inode)));
    return (
      nowMs < recheckAtMs &&
      connections.length > 0 &&
      [...sockets.keys()].every((inode) => !isWanted(known.get(inode), { isDue: false, nowMs })) &&
      connections.every(([inode, fd]) => this.#link(`${pid}/fd/${fd}`) === `socket:[${inode}]`)
    );
  }

  #link(path: string): string | undefined {
    try {
      return readlinkSync(`${this.#root}/${path}`);
    } catch (error: unknown) {
      // Closed between the listing and now.
      refusalOf(error);
      return undefined;
    }
  }

  /** `undefined`: there is none, as of tcp6 on a machine without IPv6, or the process has gone. */
  #open(path: string): number | undefined {
    try {
      return openSync(`${this.#root}/${path}`, 'r');
    } catch (error: unknown) {
      refusalOf(error);
      return undefined;
    }
  }
}

function isConnection(known: Known | undefined): boolean {
  return known?.kind === 'tcp' && known.socket.state !== 'listening';
}

/** Whether the tables must be read for this inode now. */
function isWanted(known: Known | undefined, { isDue, nowMs }: { isDue: boolean; nowMs: number }): boolean {
  if (known === undefined) return true;
  switch (known.kind) {
    case 'other-family':
      return false;
    case 'in-no-table':
      return known.tries < EAGER_TRIES || nowMs - known.triedAtMs >= PATIENT_TRY_MS;
    case 'tcp': {
      const { state, unreadBytes } = known.socket;
      if (state === 'listening') return false;
      return isDue || state !== 'established' || unreadBytes > 0;
    }
    default:
      return known satisfies never;
  }
}

function tableOf(known: Known | undefined): TcpTable | undefined {
  return known?.kind === 'tcp' ? known.table : undefined;
}
