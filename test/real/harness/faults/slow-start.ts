/**
 * Loaded into a node host with `NODE_OPTIONS=--import`. While its home has a file `slow-start`, each of its processes, the launcher
 * and the node host itself, waits as many milliseconds as stand there before it does anything: a disk that is slow.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const file = join(homedir(), 'slow-start');
if (existsSync(file)) await sleep(Number(readFileSync(file, 'utf8')));
