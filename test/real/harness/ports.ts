import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './proc.ts';

/**
 * A gateway takes its port and, for its browser control, the port + 2; others lie up to + 4 in some versions.
 * Blocks keep gateways of parallel scenarios, in this process or another, out of each other's way.
 */
const blockSize = 16;
/** Below Linux' default range for outgoing connections (32768 …), so that no client can sit on one of ours. */
const firstPort = 20_000;
const blocks = 750;

const lockDirectory = join(tmpdir(), 'liveness-ports');
const held = new Set<string>();

/** The first port of a free block. It stays ours until this process ends. */
export async function reservePort(): Promise<number> {
  mkdirSync(lockDirectory, { recursive: true });
  for (let attempt = 0; attempt < blocks; attempt += 1) {
    const base = firstPort + blockSize * Math.floor(Math.random() * blocks);
    const lock = join(lockDirectory, String(base));
    if (!takeLock(lock)) continue;
    if ((await isFree(base)) && (await isFree(base + 2))) return base;
    release(lock);
  }
  throw new Error(`no free port block between ${firstPort} and ${firstPort + blockSize * blocks}`);
}

function takeLock(path: string): boolean {
  try {
    const fd = openSync(path, 'wx');
    writeSync(fd, String(process.pid));
    closeSync(fd);
    if (held.size === 0) process.once('exit', releaseAll);
    held.add(path);
    return true;
  } catch {
    dropIfStale(path);
    return false;
  }
}

function dropIfStale(path: string): void {
  try {
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
  } catch {
    // Somebody else released it meanwhile.
  }
}

function release(path: string): void {
  rmSync(path, { force: true });
  held.delete(path);
}

function releaseAll(): void {
  for (const path of held) rmSync(path, { force: true });
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
