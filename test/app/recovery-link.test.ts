import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecoveryLink } from '../../src/app/recovery-link.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Snapshot } from '../../src/core/index.ts';
import type { Platform } from '../../src/sources/platform.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ManualTicker, ManualTime } from '../helpers/manual-time.ts';
import { aNode, aSnapshot } from '../helpers/snapshots.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'recovery-link-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function aConfig(enabled: boolean): Promise<Config> {
  const loaded = await loadConfig({ flags: [], environment: { HOME: directory }, cwd: directory });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  return { ...config, recovery: { ...config.recovery, enabled, lockDir: join(directory, 'locks') } };
}

const lines: string[] = [];

function aLink(snapshot: Snapshot, ticker: ManualTicker): RecoveryLink {
  return new RecoveryLink({
    stateDirectory: directory,
    snapshot: () => snapshot,
    // Nothing looks at a process before somebody is to be restarted.
    platform: { processes: {} } as unknown as Platform,
    logPath: () => undefined,
    onStep: () => undefined,
    clock: new ManualTime(),
    ticker,
    telemetry: createTelemetry({ level: 'info', format: 'text', write: (line) => lines.push(line) }),
  });
}

// Fixed: the file of the documentation's example is that of a shell, and did nothing to a service, whose directory is another.
it('says where the file is that pauses it', async () => {
  const link = aLink(aSnapshot({}), new ManualTicker());
  link.configure(await aConfig(true));
  await vi.waitFor(() => expect(lines.join('')).toContain(`${join(directory, 'recovery.pause')} pauses it`));
  link.stop();
});

describe('what recovery adds to a snapshot', () => {
  it('is nothing while it is off', async () => {
    const snapshot = aSnapshot({ nodes: [aNode()] });
    const ticker = new ManualTicker();
    const link = aLink(snapshot, ticker);
    link.configure(await aConfig(false));
    expect(link.completed(snapshot)).toBe(snapshot);
    expect(ticker.intervalsMs).toEqual([]);
  });

  it('is not there before what it counted in its last life is read: a counter that jumps there from zero would be a restart', async () => {
    const node = aNode();
    const snapshot = aSnapshot({ nodes: [node] });
    const kept = { spent: [], since: 1_000, attempts: { refused: 2 } };
    await writeFile(
      join(directory, 'recovery.json'),
      JSON.stringify({ version: 1, nodes: { [node.key]: kept } }),
    );
    const ticker = new ManualTicker();
    const link = aLink(snapshot, ticker);
    link.configure(await aConfig(true));
    await vi.waitFor(() => {
      expect(link.isOn).toBe(true);
    });
    expect(link.completed(snapshot)).toBe(snapshot);
    await ticker.beat();
    expect(link.completed(snapshot).nodes.map(({ recovery }) => recovery?.attempts.refused)).toEqual([2]);
    link.stop();
  });
});
