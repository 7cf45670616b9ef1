import { chmodSync, existsSync, lstatSync, readFileSync, readlinkSync, statSync, unlinkSync } from 'node:fs';
import { connect, type ListenOptions, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { BoundAddress, ListenFailure, ListenFailureKind, ListenPlace } from './listen-place.ts';
import { codeOf } from '../../runtime/error-parts.ts';

export type BindResult =
  | { readonly ok: true; readonly address: BoundAddress }
  | { readonly ok: false; readonly failure: ListenFailure };

const FAILURES: Readonly<Record<string, ListenFailureKind>> = {
  EADDRINUSE: 'in-use',
  EACCES: 'permission',
  EPERM: 'permission',
  EADDRNOTAVAIL: 'no-such-address',
  EAFNOSUPPORT: 'no-such-address',
  ENOTFOUND: 'bad-address',
  EAI_AGAIN: 'bad-address',
  EAI_NONAME: 'bad-address',
  EINVAL: 'bad-address',
  ERR_SOCKET_BAD_PORT: 'bad-address',
  ERR_INVALID_FD_TYPE: 'not-listening',
  EBADF: 'not-listening',
  ENOTSOCK: 'not-listening',
};

/** The bits of a file's mode that let users connect who are neither its owner nor in its group. */
const OTHERS_MAY_CONNECT = 0o002;
/** Nobody but us, until the mode is the one that was asked for. */
const CLOSED_UMASK = 0o177;

/** Has `server` listen. That this cannot be is an expected failure and comes back as a value; anything else rejects. */
export async function bind(server: Server, place: ListenPlace): Promise<BindResult> {
  try {
    switch (place.kind) {
      case 'tcp':
        await listen(server, { port: place.port, ...(place.host !== undefined && { host: place.host }) });
        return { ok: true, address: addressOf(server) };
      case 'inherited':
        await listen(server, { fd: place.fd });
        return { ok: true, address: addressOf(server, inheritedPath(place.fd)) };
      case 'unix':
        return await bindUnix(server, place);
    }
  } catch (error: unknown) {
    const code = codeOf(error);
    const kind = code === undefined ? undefined : FAILURES[code];
    if (code === undefined || kind === undefined) throw error;
    return { ok: false, failure: { kind: kindFor(kind, place), place, code } };
  }
}

/** `EINVAL` of a descriptor is not about an address. */
function kindFor(kind: ListenFailureKind, place: ListenPlace): ListenFailureKind {
  return place.kind === 'inherited' && kind === 'bad-address' ? 'not-listening' : kind;
}

/** A socket file outlives a process that was killed: it is replaced, but only where nobody listens on it. */
async function bindUnix(
  server: Server,
  place: Extract<ListenPlace, { readonly kind: 'unix' }>,
): Promise<BindResult> {
  const { path, mode } = place;
  try {
    await listenUnix(server, path);
  } catch (error: unknown) {
    // libuv says of a directory that is missing that it may not be entered.
    if (codeOf(error) === 'EACCES' && !existsSync(dirname(path))) {
      return { ok: false, failure: { kind: 'no-directory', place, code: 'ENOENT' } };
    }
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isSocket()) {
      return { ok: false, failure: { kind: 'not-a-socket', place, code: 'EADDRINUSE' } };
    }
    if (await isAnswered(path)) throw error;
    if (found !== undefined) unlinkSync(path);
    await listenUnix(server, path);
  }
  chmodSync(path, mode);
  return { ok: true, address: { kind: 'unix', path, isPrivate: (mode & OTHERS_MAY_CONNECT) === 0 } };
}

async function listenUnix(server: Server, path: string): Promise<void> {
  // The file appears within the call, with what the umask leaves of its mode; nobody may connect before chmod.
  const before = process.umask(CLOSED_UMASK);
  let listening: Promise<void>;
  try {
    listening = listen(server, { path });
  } finally {
    process.umask(before);
  }
  await listening;
}

function listen(server: Server, options: ListenOptions & { readonly fd?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Refused is a dead socket. Anything else (no permission, a full queue) may be alive.
    socket.once('error', (error) => resolve(codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ENOENT'));
  });
}

/** @param path of a Unix socket, which Node knows only where it made the socket itself */
function addressOf(server: Server, path = ''): BoundAddress {
  const address = server.address();
  if (address !== null && typeof address === 'object') {
    return { kind: 'tcp', host: address.address, port: address.port };
  }
  return { kind: 'unix', path, isPrivate: isPrivateFile(path) };
}

/** A socket without a file (systemd can make those) keeps nobody out. */
function isPrivateFile(path: string): boolean {
  try {
    return (statSync(path).mode & OTHERS_MAY_CONNECT) === 0;
  } catch {
    return false;
  }
}

/**
 * Where the file of a Unix socket lies that was handed to us as a descriptor, which Node does not tell. `undefined` for a
 * socket without a file, and where the system does not say.
 */
function inheritedPath(fd: number): string | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    return inode === undefined ? undefined : pathOf(inode, readFileSync('/proc/net/unix', 'utf8'));
  } catch {
    return undefined;
  }
}

/** Num RefCount Protocol Flags Type St Inode Path, as proc(5) says; a path may have blanks. */
function pathOf(inode: string, table: string): string | undefined {
  for (const line of table.split('\n')) {
    const [, found, path] = /^\S+: \S+ \S+ \S+ \S+ \S+ +(\d+) (.+)$/.exec(line) ?? [];
    if (found === inode) return path?.startsWith('/') === true ? path : undefined;
  }
  return undefined;
}
