import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/config/environment-layer.ts';
import { formatEffectiveConfig } from '../../src/config/effective.ts';
import { loadConfig } from '../../src/config/load.ts';

const FULL = new URL('fixtures/valid-full.yml', import.meta.url).pathname;

async function effective(environment: Environment, file?: string) {
  const flags = file === undefined ? [] : [{ flag: '--config.file', value: file }];
  const loaded = await loadConfig({
    flags,
    environment: { HOME: '/home/user', ...environment },
    cwd: '/srv',
  });
  if (!loaded.ok) throw new Error('refused');
  return { text: formatEffectiveConfig(loaded.config), config: loaded.config };
}

describe('the effective configuration', () => {
  it('says where each value comes from', async () => {
    const { text } = await effective({
      OPENCLAW_LIVENESS_LOG_LEVEL: 'debug',
      OPENCLAW_LIVENESS_NODE_LOG: 'none',
    });
    expect(text).toContain(
      '\n  level: debug  # environment variable OPENCLAW_LIVENESS_LOG_LEVEL\n  format: text  # default\n',
    );
    expect(text).toContain('\n    log: none  # environment variable OPENCLAW_LIVENESS_NODE_LOG\n');
    expect(text).toContain(
      '\n  url: ws://127.0.0.1:18789  # OpenClaw’s default; where the node host dials goes first\n',
    );
  });

  it('says where each signal is sent over OTLP, without a credential', async () => {
    expect((await effective({})).text).not.toContain('otlp');
    const { text } = await effective({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://me:s3cr3t@otel/base?key=s3cr3t',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'otel:4317',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s3cr3t',
    });
    expect(text).toMatch(
      /\n# otlp: metrics to https:\/\/otel\/base \(http\/protobuf\)\n# otlp: traces to otel:4317 \(grpc\)\n$/,
    );
    expect(text).not.toContain('s3cr3t');
  });

  it('is read back as the same configuration', async () => {
    const { text, config } = await effective({}, FULL);
    const copy = join(await mkdtemp(join(tmpdir(), 'effective-')), 'copy.yml');
    await writeFile(copy, text);
    const { config: again } = await effective({}, copy);
    expect({ ...again, origins: {} }).toEqual({ ...config, origins: {} });
  });

  it('never shows a credential, only where it comes from', async () => {
    const secret = 's3cr3t';
    expect((await effective({ OPENCLAW_GATEWAY_TOKEN: secret })).text).toMatch(
      /# credential: OPENCLAW_GATEWAY_TOKEN \(not shown\)\n$/,
    );
    const directory = await mkdtemp(join(tmpdir(), 'openclaw-'));
    await writeFile(join(directory, 'openclaw.json'), `{ gateway: { auth: { token: '${secret}' } } }`);
    const { text } = await effective({ OPENCLAW_STATE_DIR: directory });
    expect(text).toContain(`# credential: in ${directory}/openclaw.json (not shown)`);
    expect(text).not.toContain(secret);
  });
});
