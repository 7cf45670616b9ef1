import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningExporter } from '../../src/app/port.ts';
import { startExporter } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { CAPTURED_VERSIONS } from '../helpers/captured-frames.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-only-look-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function look(gatewayUrl: string): Promise<RunningExporter> {
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, 'tok-3f9c0d7e', { mode: 0o600 });
  const loaded = await loadConfig({
    flags: [],
    environment: {
      HOME: directory,
      OPENCLAW_LIVENESS_GATEWAY_URL: gatewayUrl,
      OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE: tokenFile,
      OPENCLAW_LIVENESS_STATE_DIR: join(directory, 'state'),
    },
    cwd: directory,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const telemetry = createTelemetry({ level: 'error', format: 'text', write: () => undefined });
  const started = await startExporter(loaded.config, { listen: false, readOnlyState: true, telemetry });
  if (!started.ok) throw new Error(started.problem.message);
  return started.exporter;
}

describe.each(CAPTURED_VERSIONS)('a read-only look at a gateway of %s', (version) => {
  it('has its session there, with a device of its own, and writes nothing', async () => {
    const gateway = await FakeGateway.listen({ version });
    const exporter = await look(gateway.url);
    try {
      await gateway.until(() => gateway.requests.some(({ method }) => method === 'node.list'));
      expect(gateway.requests[0]).toMatchObject({
        method: 'connect',
        params: { device: { id: expect.stringMatching(/^[0-9a-f]{64}$/) as string } },
      });
    } finally {
      await exporter.stop();
      await gateway.close();
    }
    expect(await readdir(directory)).toEqual(['token']);
  });
});
