import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The demo in a process of its own: the real exporter over simulated node hosts. */
export interface DemoProcess extends AsyncDisposable {
  /** Of its exporter's pages, without a slash at its end. */
  readonly url: string;
}

/** Resolves when the exporter can be asked. Rejects when the demo does not get that far. */
export async function startDemoProcess(durationSeconds: number): Promise<DemoProcess> {
  const child = spawn(
    process.execPath,
    [MAIN, 'demo', '--duration', `${durationSeconds}s`, '--web.listen-address', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /(http:\/\/[\d.]+:\d+)\/livez/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then((code) => {
      reject(new Error(`the demo ended with ${code ?? 'a signal'}: ${errors}`));
    });
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
