import { hashSync } from '@node-rs/bcrypt';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { plainAttributes } from '../exporters/otlp/otlp-messages.ts';
import { startReceiver } from '../exporters/otlp/otlp-receiver.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

it('the demo pushes to the collector that the environment names, and asks for the password of its web config file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'demo-flags-'));
  const receiver = await startReceiver('http/protobuf');
  const webConfig = join(directory, 'web.yml');
  await writeFile(webConfig, `basic_auth_users: { ops: ${hashSync('let me in', 10)} }\n`);
  const child = spawn(
    process.execPath,
    [MAIN, 'demo', '--web.listen-address', '127.0.0.1:0', '--web.config.file', webConfig],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRIC_EXPORT_INTERVAL: '500',
      },
    },
  );
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
    await receiver.close();
    await rm(directory, { recursive: true });
  });
  let text = '';
  const url = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const found = /try: curl '(http:\/\/[\d.:]+)\/livez/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });

  const authorization = `Basic ${Buffer.from('ops:let me in').toString('base64')}`;
  expect((await fetch(`${url}/livez`)).status).toBe(401);
  expect((await fetch(`${url}/livez`, { headers: { authorization } })).status).toBe(200);

  await receiver.until(() => receiver.all('metrics').length > 0 && receiver.all('logs').length > 0);
  const points = receiver
    .all('metrics')
    .flatMap(({ request }) => request.resourceMetrics ?? [])
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ name }) => name === 'openclaw.nodehost.state')
    .flatMap(({ gauge }) => gauge?.dataPoints ?? []);
  const names = points.map(({ attributes }) => plainAttributes(attributes).node_host);
  expect(new Set(names)).toEqual(new Set(['attic-pi', 'build-box', 'mac-studio']));

  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});
