import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isRunning, until } from './until.ts';

const TIMEOUT = { timeout: 40_000 };

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'a demo that ends by %s leaves no process behind, frozen or not, and no file',
  TIMEOUT,
  async (signal) => {
    const demo = fork(fileURLToPath(new URL('demo-that-dies.ts', import.meta.url)), {
      stdio: 'ignore',
      execArgv: [],
    });
    onTestFinished(() => {
      demo.kill('SIGKILL');
    });
    const { directory, pids } = await new Promise<{ directory: string; pids: number[] }>(
      (resolve, reject) => {
        demo.once('message', (message) => {
          resolve(message as { directory: string; pids: number[] });
        });
        demo.once('exit', (code) => {
          reject(new Error(`the demo ended by itself with code ${code ?? 'none'}`));
        });
      },
    );
    expect(pids).toHaveLength(3);
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    demo.kill(signal);
    await until('all node hosts are gone', () => !pids.some(isRunning));
    await until('the directory is gone', () => !existsSync(directory));
  },
);
