import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Where the file of a Unix socket lies that was handed to us as a descriptor, which Node does not tell. `undefined` for a
 * socket without a file, and where the system does not say.
 */
export function inheritedPath(fd: number): string | undefined {
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
