import { access, constants, open } from 'node:fs/promises';
import type * as Sqlite from 'node:sqlite';
import { codeOf, messageOf } from '../runtime/error-parts.ts';

/** Whether a file is locked by us. */
export type FileLock =
  | { readonly kind: 'held'; release(): void }
  /** Another process, or another part of this one, holds it. */
  | { readonly kind: 'busy' }
  /** Nobody can tell: the file cannot be had, or its file system knows no locks. */
  | { readonly kind: 'impossible'; readonly why: string };

/** Two that ask in the same instant see each other half-way; without a moment to settle it both could be refused. */
const SETTLE_MS = 100;
/** SQLite's word for a lock that another holds; the higher bits say more about it. */
const SQLITE_BUSY = 5;
const PRIMARY_CODE = 0xff;

/** A connection that nobody refers to is closed, and its lock with it. */
const held = new Set<Sqlite.DatabaseSync>();

/**
 * Takes a lock on `path`, a file that is made and stays empty; waits a tenth of a second at most. The kernel keeps the
 * lock and takes it back when the process ends, however that ended, so nothing has to be judged by pids, times or
 * heartbeats: it holds between containers that share a volume, and a process that is stopped holds it still. Node itself
 * has no call for it, but the SQLite that it brings locks its files this way. The file must stay when the lock is given
 * back: whoever removed it could have a lock on one file while another process has a lock on the next.
 */
export async function lockFile(path: string): Promise<FileLock> {
  const sqlite = loadSqlite();
  if (sqlite === undefined) {
    return { kind: 'impossible', why: 'this Node.js was built without SQLite, which the lock needs' };
  }
  let database: Sqlite.DatabaseSync | undefined;
  try {
    await makeEmpty(path);
    database = new sqlite.DatabaseSync(path, { timeout: SETTLE_MS });
    // Nothing is ever written, so there need be no journal beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error: unknown) {
    close(database);
    return isBusy(error) ? { kind: 'busy' } : { kind: 'impossible', why: messageOf(error) };
  }
  const holding = database;
  held.add(holding);
  return {
    kind: 'held',
    release() {
      held.delete(holding);
      close(holding);
    },
  };
}

/** SQLite would let others read it, and who can read a file can lock it against us. */
async function makeEmpty(path: string): Promise<void> {
  try {
    // Only where it is new: to close a file that this process has locked gives the lock away.
    await (await open(path, 'wx', 0o600)).close();
  } catch (error: unknown) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // SQLite takes one that may only be read as well, and what it holds then is no lock.
    await access(path, constants.W_OK);
  }
}

/** `undefined` where Node was built without it. */
function loadSqlite(): typeof Sqlite | undefined {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is put back as it was
  const { emitWarning } = process;
  // Node 22 warns that it may change; all that is asked of it here is to lock a file.
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function close(database: Sqlite.DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // It ends with the process.
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & PRIMARY_CODE) === SQLITE_BUSY
  );
}
