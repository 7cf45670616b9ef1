import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let directory: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'debugger-signal-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

describe('SIGUSR1', () => {
  it('opens no debugger, and ends nothing', async () => {
    child = spawn(
      process.execPath,
      [
        // Should one open after all, then where it disturbs nobody.
        '--inspect-port=0',
        '--no-warnings',
        inRepository('src/main.ts'),
        ...['--web.listen-address', '127.0.0.1:0', '--gateway.url', 'ws://127.0.0.1:9'],
        ...['--state.dir', join(directory, 'state')],
      ],
      { env: { HOME: directory }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const { promise: listening, resolve } = Promise.withResolvers<string>();
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const url = /listening on (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    const url = await listening;
    child.kill('SIGUSR1');
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).not.toContain('Debugger listening');
  });

  it('is taken from Node before anything is loaded where we say how Node is started', async () => {
    const start = await readFile(inRepository('package.json'), 'utf8');
    expect(start).toMatch(/node --disable-sigusr1 \S*dist\/main\.js/);
  });
});
