import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const TELL_IMPORTS = new URL('tell-imports.ts', import.meta.url).href;

/** The exporter as a process of its own, as an operator starts it. */
export interface ExporterProcess {
  readonly url: string;
  /** What it has logged, and which packages it has loaded. */
  readonly stderr: () => string;
  /** Asks it to stop; resolves with its exit code and how long it took. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Sends SIGHUP. */
  hangUp(): void;
  /** Ends it without asking. */
  kill(): Promise<void>;
}

/** Resolves as soon as it serves. */
export async function startExporterProcess(options: {
  readonly flags: readonly string[];
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Sends SIGHUP as soon as it logs this. */
  readonly hangUpOn?: string;
}): Promise<ExporterProcess> {
  const child = spawn(
    process.execPath,
    ['--import', TELL_IMPORTS, MAIN, 'serve', '--web.listen-address', '127.0.0.1:0', ...options.flags],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, HOME: options.home, ...options.environment },
    },
  );
  let stderr = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the exporter ended with ${code ?? 'a signal'}: ${stderr}`));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      const isFirst = options.hangUpOn !== undefined && !stderr.includes(options.hangUpOn);
      stderr += chunk.toString('utf8');
      if (isFirst && stderr.includes(options.hangUpOn)) child.kill('SIGHUP');
      const found = /listening on (http:\/\/[\d.]+:\d+)/.exec(stderr)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    stderr: () => stderr,
    async stop() {
      const from = performance.now();
      child.kill('SIGTERM');
      const code = await exited;
      return { code, tookMs: performance.now() - from };
    },
    hangUp() {
      child.kill('SIGHUP');
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
