import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedGateway } from '../../src/demo/simulated-gateway.ts';
import { SimulatedNodeHost } from '../../src/demo/simulated-node-host.ts';
import { reservePort } from '../real/harness/ports.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const KILLED_BEFORE_IT_RUNS = new URL('../helpers/killed-before-it-runs.ts', import.meta.url).href;
const TOKEN = 'of-the-gateway';
/** Everything on a busy machine: a stopped one is noticed within half a minute, and must then be so for ten seconds. */
const PATIENCE = { timeout: 180_000, interval: 250 };

/** What recovery has on the disk of its only node host. */
interface Saved {
  readonly spent: readonly number[];
  readonly coolUntil?: number;
  readonly acting?: object;
}

/** A node host under a supervisor that starts it again, and an exporter that may ask for that by a program of ours. */
class Site {
  readonly directory = mkdtempSync(join(tmpdir(), 'interrupted-'));
  readonly restart = join(this.directory, 'restart');
  readonly #asked = join(this.directory, 'asked');
  readonly #gateway = new SimulatedGateway({ token: TOKEN });
  #nodeHost: SimulatedNodeHost | undefined;
  #isOver = false;
  #port = 0;
  #exporter: ChildProcess | undefined;

  async start(): Promise<void> {
    const { directory } = this;
    await this.#gateway.start();
    this.#port = await reservePort();
    const host = {
      name: 'Studio',
      stateDir: join(directory, 'node-host', 'state'),
      logPath: join(directory, 'node.log'),
    };
    writeFileSync(
      this.restart,
      `#!/bin/sh\necho "$(date +%s%3N) $OPENCLAW_RECOVERY_PID" >>${this.#asked}\nkill -KILL "$OPENCLAW_RECOVERY_PID"\n`,
      { mode: 0o755 },
    );
    writeFileSync(
      join(directory, 'config.json'),
      JSON.stringify({
        web: { listen_address: `127.0.0.1:${this.#port}` },
        gateway: { url: this.#gateway.url, token_file: join(directory, 'token') },
        nodes: [{ name: host.name, state_dir: host.stateDir, log: host.logPath }],
        state: { dir: join(directory, 'state') },
        recovery: {
          ...{ enabled: true, command: [this.restart], lock_dir: join(directory, 'locks') },
          ...{
            held: '10s',
            gateway_healthy: '0s',
            wait_for_commands: '0s',
            attach_within: '10s',
            cooldown: '1m',
          },
        },
      }),
    );
    writeFileSync(join(directory, 'token'), TOKEN, { mode: 0o600 });
    mkdirSync(join(directory, 'home'));
    this.#nodeHost = new SimulatedNodeHost({
      ...host,
      gatewayPort: this.#gateway.port,
      token: TOKEN,
      onStart: () => undefined,
      onExit: () => {
        if (!this.#isOver) void this.#nodeHost?.start();
      },
    });
    await this.#nodeHost.start();
  }

  freeze(): void {
    this.#nodeHost?.freeze();
  }

  get pid(): number | undefined {
    return this.#nodeHost?.pid;
  }

  /** @param imports what is loaded into it first */
  startExporter(...imports: readonly string[]): void {
    const log = openSync(join(this.directory, 'exporter.log'), 'a');
    const flags = imports.flatMap((url) => ['--import', url]);
    this.#exporter = spawn(
      process.execPath,
      ['--no-warnings', ...flags, MAIN, '--config.file', join(this.directory, 'config.json')],
      {
        stdio: ['ignore', log, log],
        env: { PATH: process.env.PATH, HOME: join(this.directory, 'home'), KILLED_BEFORE: this.restart },
      },
    );
    closeSync(log);
  }

  /** By what signal it ended; `undefined` while it runs. */
  get exporterEndedBy(): NodeJS.Signals | null | undefined {
    return this.#exporter?.signalCode ?? undefined;
  }

  async page(path: string): Promise<string> {
    return fetch(`http://127.0.0.1:${this.#port}${path}`).then(
      (response) => response.text(),
      () => '',
    );
  }

  async state(): Promise<string | undefined> {
    const text = await this.page('/api/v1/nodes/Studio');
    return text.startsWith('{') ? (JSON.parse(text) as { readonly state: string }).state : undefined;
  }

  /** How often each outcome was counted, without the zeros. */
  async outcomes(): Promise<Readonly<Record<string, number>>> {
    const lines = (await this.page('/metrics')).matchAll(
      /^openclaw_nodehost_recovery_attempts_total\{.*outcome="(\w+)"\} ([1-9]\d*)$/gm,
    );
    return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
  }

  get saved(): Saved | undefined {
    const path = join(this.directory, 'state', 'recovery.json');
    if (!existsSync(path)) return undefined;
    return Object.values(
      (JSON.parse(readFileSync(path, 'utf8')) as { nodes: Record<string, Saved> }).nodes,
    )[0];
  }

  /** When the supervisor was asked, each time, and to restart whom. */
  get asked(): readonly { readonly atMs: number; readonly pid: number }[] {
    if (!existsSync(this.#asked)) return [];
    return readFileSync(this.#asked, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .map(([atMs = 0, pid = 0]) => ({ atMs, pid }));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    if (this.#exporter?.exitCode === null && this.#exporter.signalCode === null) {
      this.#exporter.kill();
      await once(this.#exporter, 'exit');
    }
    await this.#nodeHost?.kill();
    await this.#gateway.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe('an exporter that is killed after it wrote down a restart, and before it asked for it', () => {
  const site = new Site();
  let stopped: number | undefined;
  beforeAll(() => site.start());
  afterAll(() => site.stop());

  it('has asked nobody, and has it on the disk', async () => {
    site.startExporter(KILLED_BEFORE_IT_RUNS);
    await expect.poll(() => site.state(), PATIENCE).toBe('alive');
    stopped = site.pid;
    site.freeze();
    await expect.poll(() => site.exporterEndedBy, PATIENCE).toBe('SIGKILL');
    expect(site.asked).toEqual([]);
    expect(site.saved).toMatchObject({ spent: [expect.any(Number)], acting: {} });
  });

  it('is followed by one that does not ask in its place, and counts what became of it', async () => {
    site.startExporter();
    await expect.poll(() => site.outcomes(), PATIENCE).toEqual({ failed: 1 });
    expect(site.asked).toEqual([]);
    expect(site.pid).toBe(stopped);
    expect(site.saved).toMatchObject({ spent: [expect.any(Number)] });
    expect(site.saved?.acting).toBeUndefined();
    expect(await site.page('/api/v1/nodes/Studio')).toContain('its old process did not go');
  });

  it('and that restarts it once the cool-down of the first is over, once', async () => {
    const { coolUntil = 0 } = site.saved ?? {};
    await expect.poll(() => site.outcomes(), PATIENCE).toEqual({ failed: 1, attached: 1 });
    expect(site.asked).toEqual([{ atMs: expect.any(Number) as number, pid: stopped }]);
    expect(site.asked[0]?.atMs).toBeGreaterThanOrEqual(coolUntil);
    expect(site.saved?.spent).toHaveLength(2);
    expect(await site.state()).toBe('alive');
  });
});
