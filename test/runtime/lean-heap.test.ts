import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const MODULE = new URL('../../src/runtime/lean-heap.ts', import.meta.url).href;

/** What a process may do, and the size of its heap in MiB as the engine counts it. */
const PRELUDE = `
import { getHeapSpaceStatistics } from 'node:v8';
import { fleetHeap, leanHeap } from ${JSON.stringify(MODULE)};

const youngMib = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
/**
 * Allocates some hundred MiB, of which a third is in use at any time. Answers with the usual size of the young
 * generation meanwhile: a single look may meet pages that the engine gives back only with its next one.
 */
const work = () => {
  const inUse = [];
  const sizes = [];
  for (let round = 0; round < 120; round += 1) {
    inUse.push(Array.from({ length: 10_000 }, (_, index) => ({ index, list: [index] })));
    if (inUse.length > 40) inUse.shift();
    sizes.push(youngMib());
  }
  return sizes.sort((a, b) => a - b)[sizes.length / 2];
};
/**
 * The largest heap, as a multiple of what lives, of a process that has pauses, as one that serves has. What passes is
 * made in large pieces: how soon the engine is done with collecting is then of no account, also on a busy machine.
 */
const mostUsed = async () => {
  const used = () => process.memoryUsage().heapUsed;
  // Where no compiler can tell that nobody will use it again.
  globalThis.lasting = Array.from({ length: 100_000 }, (_, index) => ({ index, list: [index] }));
  globalThis.passing = [];
  let most = 0;
  for (let round = 0; round < 60; round += 1) {
    passing.push(Array.from({ length: 20_000 }, (_, index) => ({ index, list: [index] })));
    if (passing.length > 3) passing.shift();
    most = Math.max(most, used());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  gc();
  return most / used();
};
const shrink = () => gc({ type: 'major', flavor: 'last-resort' });
`;

/** A process of its own: the settings hold for a whole process, and that of the tests has its own. */
async function valueOf(script: string): Promise<number> {
  const { stdout } = await run(process.execPath, [
    '--expose-gc',
    '--input-type=module',
    '--eval',
    `${PRELUDE}\n${script}`,
  ]);
  return Number(stdout);
}

/** Each test starts a process or two, which take a second of CPU time: half a minute where ten others want it. */
const TIMEOUT_MS = 120_000;

describe('the young generation of the heap', { timeout: TIMEOUT_MS }, () => {
  it('of a lean process stays as small as it began, but for a moment', async () => {
    expect(await valueOf('leanHeap(); console.log(work());')).toBeLessThanOrEqual(2);
  });

  it('of a process with a fleet grows at once', async () => {
    expect(await valueOf('leanHeap(); fleetHeap(); console.log(youngMib());')).toBe(16);
  });

  it('of a process with a fleet grows no further, but for a moment', async () => {
    expect(await valueOf('leanHeap(); fleetHeap(); console.log(work());')).toBeLessThanOrEqual(16);
  });

  it('of a process with a fleet grows again where the engine has made it small', async () => {
    const shrunk = 'leanHeap(); fleetHeap(); shrink();';
    expect(await valueOf(`${shrunk} console.log(youngMib());`)).toBeLessThanOrEqual(2);
    expect(await valueOf(`${shrunk} fleetHeap(); console.log(youngMib());`)).toBe(16);
  });

  it('is left alone where it is large enough', async () => {
    const grown = 'work(); const before = youngMib(); fleetHeap();';
    expect(await valueOf(`${grown} console.log(youngMib() - before);`)).toBe(0);
  });
});

describe('the heap as a whole', { timeout: TIMEOUT_MS }, () => {
  // 2.2 to 3.1 times, the more the busier the machine; 5.5 without our settings.
  it('of a lean process is below four times what lives in it', async () => {
    expect(await valueOf('leanHeap(); console.log(await mostUsed());')).toBeLessThan(4);
  });
});
