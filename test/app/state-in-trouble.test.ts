import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StartResult } from '../../src/app/port.ts';
import { startExporter } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config/load.ts';
import { StateDirectory } from '../../src/state/state-directory.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'state-in-trouble-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

/** Starts on a state directory; `events` are those of the log that are about it. */
async function start(
  stateDir: string,
  listen = '127.0.0.1:0',
): Promise<{ readonly started: StartResult; readonly events: string[] }> {
  const loaded = await loadConfig({
    flags: [],
    environment: {
      HOME: directory,
      OPENCLAW_LIVENESS_GATEWAY_URL: 'ws://127.0.0.1:9',
      OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS: listen,
      OPENCLAW_LIVENESS_STATE_DIR: stateDir,
    },
    cwd: directory,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const events: string[] = [];
  const telemetry = createTelemetry({
    level: 'info',
    format: 'json',
    write: (line) => {
      const { event } = JSON.parse(line) as { event: string };
      if (event.startsWith('state_')) events.push(event);
    },
  });
  const started = await startExporter(loaded.config, { listen: true, readOnlyState: false, telemetry });
  return { started, events };
}

async function failures(url: string | undefined): Promise<number> {
  const page = async (): Promise<string> => {
    const answer = await fetch(`${String(url)}/metrics`);
    if (answer.ok) return answer.text();
    // Not before every viewpoint has looked, 5 s at most.
    await wait(50);
    return page();
  };
  return Number(/^openclaw_nodehost_exporter_state_write_failures_total (\d+)$/m.exec(await page())?.[1]);
}

describe('the exporter starts, serves, and stops', () => {
  it.each([
    ['exporter.pid', 'state_directory_doubtful'],
    ['exporter.lock', 'state_directory_doubtful'],
    ['state.json', 'state_file_not_written'],
    ['state.json.tmp', 'state_file_not_written'],
  ])('with a directory where its %s should be, which costs a line', async (name, event) => {
    await mkdir(join(directory, 'state', name), { recursive: true });
    const { started, events } = await start(join(directory, 'state'));
    if (!started.ok) throw new Error(started.problem.message);
    await started.exporter.stop();
    expect(events).toContain(event);
  });

  it.skipIf(process.platform !== 'linux')(
    'in a directory that nobody can write, which costs a line and a counter',
    async () => {
      const { started, events } = await start('/sys');
      if (!started.ok) throw new Error(started.problem.message);
      expect(await failures(started.exporter.urls[0])).toBeGreaterThanOrEqual(1);
      await started.exporter.stop();
      expect(events).toEqual(['state_directory_doubtful', 'state_file_not_written']);
    },
  );
});

it('an exporter that takes over begins with what the one before it saved last, while it waited', async () => {
  const stateDir = join(directory, 'state');
  const path = join(stateDir, 'state.json');
  const former = await start(stateDir);
  if (!former.started.ok) throw new Error(former.started.problem.message);
  await former.started.exporter.stop();
  const lastWords = (await readFile(path, 'utf8')).replace(/("dropped":\{"count":)0/, '$17');
  vi.spyOn(StateDirectory.prototype, 'claim').mockImplementationOnce(async () => {
    await writeFile(path, lastWords);
    return { kind: 'ours', doubts: [] };
  });
  const { started } = await start(stateDir);
  if (!started.ok) throw new Error(started.problem.message);
  expect(started.exporter.snapshot().nodesDropped).toBe(7);
  await started.exporter.stop();
});

describe('the exporter does not start', () => {
  it.skipIf(process.platform !== 'linux')('where its directory can never be', async () => {
    const { started } = await start('/proc/no-such/state');
    expect(started).toMatchObject({
      ok: false,
      problem: {
        exitCode: 2,
        message: expect.stringMatching(
          /^state directory \/proc\/no-such\/state cannot be made \(.*\); choose another with --state\.dir/,
        ) as string,
      },
    });
  });

  it('where its address is taken, and leaves the directory to whoever can serve', async () => {
    const first = await start(join(directory, 'state'));
    if (!first.started.ok) throw new Error(first.started.problem.message);
    const { host, port } = new URL(String(first.started.exporter.urls[0]));
    const second = await start(join(directory, 'other'), host);
    expect(second.started).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining(port) as string },
    });
    expect(second.events).toEqual([]);
    const claim = await new StateDirectory(join(directory, 'other')).claim();
    expect(claim.kind).toBe('ours');
    await first.started.exporter.stop();
  });

  it('beside another one, and leaves that one alone', async () => {
    const first = await start(join(directory, 'state'));
    const second = await start(join(directory, 'state'));
    expect(second.started).toMatchObject({
      ok: false,
      problem: {
        exitCode: 2,
        message: expect.stringContaining(`in use by another exporter (pid ${process.pid} on `) as string,
      },
    });
    if (first.started.ok) await first.started.exporter.stop();
    const third = await start(join(directory, 'state'));
    expect(third.started.ok).toBe(true);
    if (third.started.ok) await third.started.exporter.stop();
  });
});
