import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunningExporter } from '../../src/app/port.ts';
import { startExporter } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { NodeSnapshot } from '../../src/core/model/snapshot.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gave-up-'));
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env.PATH ?? ''}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** What systemd 252 said of a unit that it gave up. */
const GAVE_UP = `Restart=always
RestartPreventExitStatus=78
Result=exit-code
NRestarts=10
ExecMainCode=1
ExecMainStatus=1
LoadState=loaded
ActiveState=failed
SubState=failed
StartLimitBurst=10
`;
/** And of one that it never heard of. */
const NO_SUCH_UNIT = `Restart=no
RestartPreventExitStatus=
Result=success
NRestarts=0
ExecMainCode=0
ExecMainStatus=0
LoadState=not-found
ActiveState=inactive
SubState=dead
StartLimitBurst=5
`;

/** Says this of every unit. */
function installSystemctl(says: string): void {
  const path = join(directory, 'systemctl');
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${says}END\n`);
  chmodSync(path, 0o755);
}

async function watching(unit: string): Promise<RunningExporter> {
  const configFile = join(directory, 'config.yml');
  writeFileSync(
    configFile,
    `nodes: [{ systemd_unit: ${unit}, log: none }]\nthresholds: { down_after: 1s }\n`,
  );
  const loaded = await loadConfig({
    flags: [],
    environment: {
      HOME: directory,
      OPENCLAW_LIVENESS_CONFIG_FILE: configFile,
      OPENCLAW_LIVENESS_GATEWAY_URL: 'ws://127.0.0.1:1',
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

it('a node host whose service manager gave up is down for that reason, within seconds', async () => {
  installSystemctl(GAVE_UP);
  const exporter = await watching('openclaw-node-of-this-test');
  try {
    const node = (): NodeSnapshot => exporter.snapshot().nodes[0]!;
    await expect
      .poll(() => node().reasons, { timeout: 20_000 })
      .toEqual(['supervisor-gave-up', 'no-process']);
    expect(node()).toMatchObject({ state: 'down', live: false });
    expect(node().why).toContain('openclaw-node-of-this-test.service gave up after 10 restarts');
    expect(exporter.snapshot().sources.find(({ source }) => source === 'supervisor')).toMatchObject({
      enabled: true,
      up: true,
    });
  } finally {
    await exporter.stop();
  }
});

it('one that was named by a unit that there is not is down for that reason, and what to check is said', async () => {
  installSystemctl(NO_SUCH_UNIT);
  const exporter = await watching('openclaw-nod-of-this-test');
  try {
    const node = (): NodeSnapshot => exporter.snapshot().nodes[0]!;
    await expect
      .poll(() => node().reasons, { timeout: 20_000 })
      .toEqual(['supervisor-not-loaded', 'no-process']);
    expect(node().why).toContain('openclaw-nod-of-this-test.service is not loaded');
    const source = exporter.snapshot().sources.find((it) => it.source === 'supervisor');
    expect(source).toMatchObject({ up: true });
    expect(JSON.stringify(source)).toContain('has no unit openclaw-nod-of-this-test.service: check its name');
  } finally {
    await exporter.stop();
  }
});
