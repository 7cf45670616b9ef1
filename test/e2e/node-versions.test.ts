import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startReceiver } from '../exporters/otlp/otlp-receiver.ts';
import { packPackage } from '../helpers/packed.ts';
import { reservePort } from '../real/harness/ports.ts';

/** The oldest that `engines` lets in, and the release line after the one that the tests run on. */
const VERSIONS = ['22.19.0', '26'];

const directory = mkdtempSync(join(tmpdir(), 'node-versions-'));
const MAIN = join(directory, 'node_modules/openclaw-liveness-exporter/dist/main.js');

function npmInstall(prefix: string, what: string): string {
  const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags, '--prefix', prefix, what], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm install ${what}: ${stderr}`);
  return stderr;
}

beforeAll(() => {
  const packed = packPackage();
  npmInstall(directory, packed.tarball);
  rmSync(packed.directory, { recursive: true });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe.each(VERSIONS)('the package on Node.js %s', (version) => {
  const prefix = join(directory, `node-${version}`);
  const node = join(prefix, 'node_modules/node/bin/node');
  beforeAll(() => {
    npmInstall(prefix, `node@${version}`);
  });

  it('serves, pushes by OTLP, and stops when it is told to, with nothing to warn of', async () => {
    const receiver = await startReceiver('http/protobuf');
    const port = await reservePort();
    const home = mkdtempSync(join(directory, 'home-'));
    const exporter = spawn(node, [MAIN, '--web.listen-address', `127.0.0.1:${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: home,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRIC_EXPORT_INTERVAL: '500',
      },
    });
    let words = '';
    exporter.stderr.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')));
    const ended = new Promise<number | null>((resolve) => exporter.once('exit', resolve));
    onTestFinished(async () => {
      exporter.kill('SIGKILL');
      await ended;
      await receiver.close();
    });

    const ask = async (path: string): Promise<string> =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        (answer) => answer.text(),
        () => '',
      );
    await expect
      .poll(() => ask('/metrics'), { timeout: 30_000 })
      .toContain(`nodejs_version_info{version="v${version}`);
    // No node host is on this machine: then there is nothing to be alive, and nothing to restart.
    expect(await ask('/livez')).not.toBe('');
    await receiver.until(() => receiver.all('metrics').length > 0);
    exporter.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(words).not.toMatch(/Warning|Deprecat|EBADENGINE/);
  });
});
