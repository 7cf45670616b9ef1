import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoopReport } from './event-loop-probe.ts';

const PROBE = fileURLToPath(new URL('event-loop-probe.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const STOP_WITHIN_MS = 10_000;

/** The exporter as a user runs it, with a probe of its event loop in it. */
export class ExporterProcess {
  readonly origin: string;
  readonly #child: ChildProcess;

  /** @param flags beside the address to listen on; `home` holds nothing of OpenClaw */
  constructor({
    port,
    home,
    flags,
  }: {
    readonly port: number;
    readonly home: string;
    readonly flags: readonly string[];
  }) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#child = spawn(
      process.execPath,
      ['--import', PROBE, MAIN, 'serve', '--web.listen-address', `127.0.0.1:${port}`, ...flags],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: { PATH: process.env.PATH, HOME: home, OPENCLAW_LIVENESS_LOG_LEVEL: 'error' },
      },
    );
  }

  /** How its event loop did since the last time it was asked. */
  async report(): Promise<LoopReport> {
    const answer = once(this.#child, 'message') as Promise<[LoopReport]>;
    this.#child.send('report');
    return (await answer)[0];
  }

  /** Milliseconds until `path` was answered in full, and the size of the answer in bytes. */
  async get(path: string): Promise<{ readonly ms: number; readonly bytes: number; readonly status: number }> {
    const begun = performance.now();
    const response = await fetch(`${this.origin}${path}`);
    const { byteLength } = await response.arrayBuffer();
    return { ms: performance.now() - begun, bytes: byteLength, status: response.status };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await exited;
    clearTimeout(timer);
  }
}
