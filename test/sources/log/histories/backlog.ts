import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../../src/runtime/system-clock.ts';
import { nodeFileSystem } from '../../../../src/sources/tail/file-system.ts';
import type { LogPosition } from '../../../../src/sources/tail/position.ts';
import { LogTail } from '../../../../src/sources/tail/tail.ts';
import type { BacklogRead } from './backlog-reader.ts';

const READER = fileURLToPath(new URL('backlog-reader.ts', import.meta.url));
/** Written in one go. */
const PIECE_BYTES = 4 * 1024 * 1024;

export interface BacklogOutcome extends BacklogRead {
  readonly written: number;
}

/** A log that grew by so much while nobody looked, read by the real source in a process of its own. */
export async function readBacklog(backlog: {
  readonly mebibytes: number;
  readonly lineBytes: number;
}): Promise<BacklogOutcome> {
  const directory = mkdtempSync(join(tmpdir(), 'log-backlog-'));
  try {
    const path = join(directory, 'node.log');
    writeFileSync(path, line(0, ''));
    const position = await positionIn(path);
    const written = write(path, backlog);
    const argv = ['--no-warnings', READER, JSON.stringify(position), String(written)];
    const reader = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    return { written, ...(JSON.parse(await text(reader.stdout)) as BacklogRead) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Where an exporter left off that has read the log to its end. */
async function positionIn(path: string): Promise<LogPosition | undefined> {
  const onLines = (): void => undefined;
  const tail = new LogTail({ path, fileSystem: nodeFileSystem, onLines, watchingSinceWallMs: 0 });
  await tail.look(systemClock.now());
  await tail.close();
  return tail.position();
}

/** Returns how many lines it wrote; each says its number. */
function write(
  path: string,
  { mebibytes, lineBytes }: { readonly mebibytes: number; readonly lineBytes: number },
): number {
  const log = openSync(path, 'a');
  const filling = ' '.repeat(Math.max(0, lineBytes - line(0, '').length));
  let count = 0;
  for (let bytes = 0; bytes < mebibytes * 1024 * 1024;) {
    let piece = '';
    while (piece.length < PIECE_BYTES) piece += line((count += 1), filling);
    bytes += writeSync(log, piece);
  }
  closeSync(log);
  return count;
}

function line(number: number, filling: string): string {
  return `node host gateway closed (1000): ${number}${filling}\n`;
}
