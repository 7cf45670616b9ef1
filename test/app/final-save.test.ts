import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Assembly } from '../../src/app/assembly.ts';
import type { WebServer } from '../../src/app/port.ts';
import { loadConfig } from '../../src/config/load.ts';
import { linuxPlatform } from '../../src/sources/platform.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { StateDirectory } from '../../src/state/state-directory.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'final-save-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

/** An exporter that runs, with pages that end as `close` says. */
async function anExporter({
  close,
  readOnlyState = false,
}: {
  close: () => Promise<void>;
  readOnlyState?: boolean;
}) {
  const loaded = await loadConfig({
    flags: [],
    environment: {
      HOME: directory,
      OPENCLAW_LIVENESS_GATEWAY_URL: 'ws://127.0.0.1:9',
      OPENCLAW_LIVENESS_NODE_PID_FILE: join(directory, 'pid'),
      OPENCLAW_LIVENESS_STATE_DIR: join(directory, 'state'),
    },
    cwd: directory,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const lines: string[] = [];
  const telemetry = createTelemetry({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const exporter = new Assembly(
    loaded.config,
    { listen: false, readOnlyState, telemetry, platform: linuxPlatform({}) },
    { directory: new StateDirectory(loaded.config.state.dir), saved: undefined },
  );
  const web: WebServer = {
    addresses: [],
    urls: [],
    isHealthy: () => true,
    status: () => ({ refusals: {} as never }),
    close,
  };
  exporter.web = web;
  exporter.run(loaded.config);
  const path = join(directory, 'state', 'state.json');
  if (!readOnlyState) await expect.poll(() => existsSync(path)).toBe(true);
  // The first save is over and the next one seconds away: nobody saved this.
  exporter.monitor.observe({
    source: 'gateway-session',
    gateway: '127.0.0.1:9',
    at: systemClock.now(),
    kind: 'closed',
    code: 1012,
    reason: '',
  });
  return {
    exporter,
    lines,
    savedCloses: async (): Promise<unknown> => {
      const text = await readFile(path, 'utf8').catch(() => '{}');
      const { gateways } = JSON.parse(text) as {
        gateways?: Record<string, { counters: { sessionCloses: Record<string, number> } }>;
      };
      return gateways?.['127.0.0.1:9']?.counters.sessionCloses['1012'];
    },
  };
}

describe('what is known when the exporter stops', () => {
  it('is saved', async () => {
    const { exporter, savedCloses, lines } = await anExporter({ close: () => Promise.resolve() });
    await exporter.stop();
    expect(await savedCloses()).toBe(1);
    expect(lines.join('')).not.toContain('event=surprised');
  });

  it('is saved although a part could not end well, and that is told', async () => {
    const { exporter, savedCloses, lines } = await anExporter({
      close: () => Promise.reject(new Error('no such socket')),
    });
    await exporter.stop();
    expect(await savedCloses()).toBe(1);
    expect(lines.join('')).toContain('unexpected error in stopping: no such socket');
  });

  it('is saved although a part hangs: it is left behind after five seconds', async () => {
    const { exporter, savedCloses } = await anExporter({ close: () => new Promise<never>(() => undefined) });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stopped = exporter.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    await stopped;
    expect(await savedCloses()).toBe(1);
  });

  it('is not saved by one that only looks', async () => {
    const { exporter, savedCloses } = await anExporter({
      close: () => Promise.resolve(),
      readOnlyState: true,
    });
    await exporter.stop();
    expect(await savedCloses()).toBeUndefined();
  });
});
