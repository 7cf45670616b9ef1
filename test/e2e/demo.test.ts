import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isRunning } from '../demo/until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** The story takes 78 s; then there is time for the last verdicts. */
const DURATION_MS = 95_000;
const POLL_MS = 250;

/** What was seen of one node host at one moment. */
interface Sighting {
  readonly atMs: number;
  readonly state: string;
  readonly livez: number;
}

interface RunningDemo {
  readonly url: string;
  readonly pids: readonly number[];
  readonly text: () => string;
  readonly errors: () => string;
  readonly exited: Promise<number | null>;
}

async function startDemo(): Promise<RunningDemo> {
  const child = spawn(
    process.execPath,
    [MAIN, 'demo', '--duration', `${DURATION_MS / 1000}s`, '--web.listen-address', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => {
    child.kill('SIGTERM');
  });
  let text = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const introduction = await new Promise<{ url: string; pids: readonly number[] }>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the demo ended with ${code ?? 'a signal'}: ${errors}`));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const url = /(http:\/\/[\d.]+:\d+)\/livez/.exec(text)?.[1];
      const pids = /^pid: (.*)$/m.exec(text)?.[1];
      if (url === undefined || pids === undefined) return;
      resolve({ url, pids: [...pids.matchAll(/ (\d+)/g)].map(([, pid]) => Number(pid)) });
    });
  });
  return { ...introduction, text: () => text, errors: () => errors, exited };
}

async function look(url: string, name: string): Promise<Omit<Sighting, 'atMs'>> {
  const [livez, node] = await Promise.all([
    fetch(`${url}/livez/${name}`),
    fetch(`${url}/api/v1/nodes/${name}`),
  ]);
  const { state } = (await node.json()) as { state: string };
  await livez.arrayBuffer();
  return { state, livez: livez.status };
}

it(
  'the demo shows a zombie, a frozen node host and one that recovers by itself, and ends with all three alive',
  { timeout: DURATION_MS + 60_000 },
  async () => {
    const demo = await startDemo();
    const names = ['mac-studio', 'build-box', 'attic-pi'];
    const seen = new Map<string, Sighting[]>(names.map((name) => [name, []]));
    let metricsWhileZombie = '';
    let overallWhileZombie = 0;
    const startedAt = performance.now();
    while (performance.now() - startedAt < DURATION_MS - 5_000) {
      for (const name of names) {
        const sighting = await look(demo.url, name);
        seen.get(name)?.push({ ...sighting, atMs: performance.now() - startedAt });
        if (sighting.state === 'zombie' && metricsWhileZombie === '') {
          metricsWhileZombie = await (await fetch(`${demo.url}/metrics`)).text();
          overallWhileZombie = (await fetch(`${demo.url}/livez`)).status;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }

    const history = (name: string): readonly Sighting[] => seen.get(name) ?? [];
    const first = (name: string, state: string): number =>
      history(name).find((sighting) => sighting.state === state)?.atMs ?? Number.POSITIVE_INFINITY;
    expect(first('mac-studio', 'zombie')).toBeLessThan(60_000);
    expect(first('build-box', 'wedged')).toBeLessThan(60_000);

    for (const name of names) {
      expect(history(name).map(({ state }) => state)).not.toContain('down');
      expect(history(name).at(-1)).toMatchObject({ state: 'alive', livez: 200 });
    }
    expect(
      history('mac-studio').filter(({ state, livez }) => state === 'zombie' && livez === 503).length,
    ).toBeGreaterThan(10);
    expect(
      history('build-box').filter(({ state, livez }) => state === 'wedged' && livez === 503).length,
    ).toBeGreaterThan(10);
    expect(new Set(history('attic-pi').map(({ livez }) => livez))).toEqual(new Set([200]));
    expect(history('attic-pi').map(({ state }) => state)).toContain('gateway-down');

    expect(overallWhileZombie).toBe(503);
    expect(metricsWhileZombie).toMatch(/^openclaw_nodehost_live\{[^}]*node_host="mac-studio"[^}]*\} 0$/m);
    expect(metricsWhileZombie).toMatch(
      /^openclaw_nodehost_state\{(?=[^}]*node_host="mac-studio")(?=[^}]*state="zombie")[^}]*\} 1$/m,
    );
    expect(metricsWhileZombie).toMatch(/^openclaw_nodehost_live\{[^}]*node_host="attic-pi"[^}]*\} 1$/m);

    expect(await demo.exited).toBe(0);
    expect(demo.errors()).toBe('');
    expect(demo.text()).toMatch(/^mac-studio: .*zombie.* -> alive$/m);
    expect(demo.text()).toMatch(/^build-box: .*wedged -> alive$/m);
    expect(demo.pids).toHaveLength(3);
    expect(demo.pids.some(isRunning)).toBe(false);
  },
);
