/**
 * Loaded into a node host with `NODE_OPTIONS=--import`. While its home has a file `slow-start`, each of its processes, the launcher
 * and the node host itself, takes as many milliseconds more as stand there before it does anything. It works now and then, as one
 * does that loads its code on a slow machine: one that only sleeps cannot be told from one that hangs before its first dial.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const WORK_MS = 100;
const REST_MS = 400;

const file = join(homedir(), 'slow-start');
const endsAtMs = existsSync(file) ? performance.now() + Number(readFileSync(file, 'utf8')) : 0;
while (performance.now() < endsAtMs) {
  const restsAtMs = performance.now() + WORK_MS;
  while (performance.now() < restsAtMs);
  await sleep(REST_MS);
}
