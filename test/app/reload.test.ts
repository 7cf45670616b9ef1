import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Reloader } from '../../src/app/reload.ts';
import type { ReloadReport } from '../../src/http/routes/reload.ts';
import type { LoadResult } from '../../src/config/load.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ManualTime, settle } from '../helpers/manual-time.ts';

async function aConfig(variables: Readonly<Record<string, string>> = {}): Promise<Config> {
  const environment = { HOME: '/home/op', OPENCLAW_LIVENESS_STATE_DIR: '/state', ...variables };
  const loaded = await loadConfig({ flags: [], environment, cwd: '/' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

const UNREADABLE: LoadResult = {
  ok: false,
  problems: [
    { where: 'exporter.yml:3', key: 'thresholds.tick', message: 'found "soon"; allowed: a duration.' },
    { where: 'exporter.yml:9', key: 'nodse', message: 'unknown key.' },
  ],
};

/** A reloader whose file is read when the test says so. */
async function aReloader() {
  const time = new ManualTime();
  const config = await aConfig();
  const lines: string[] = [];
  const applied: Config[] = [];
  const reads: PromiseWithResolvers<LoadResult>[] = [];
  const scene = {
    time,
    config,
    lines,
    applied,
    reads,
    apply: (): void => undefined,
    reloader: new Reloader({
      config,
      load: () => {
        const read = Promise.withResolvers<LoadResult>();
        reads.push(read);
        return read.promise;
      },
      apply: (next) => {
        scene.apply();
        applied.push(next);
      },
      telemetry: createTelemetry({
        level: 'debug',
        format: 'json',
        write: (line) => {
          const { event, message } = JSON.parse(line) as { event: string; message: string };
          lines.push(`${event}: ${message}`);
        },
      }),
      wallMs: () => time.now().wallMs,
    }),
    /** Asks, and has the file read. */
    reload: async (read: LoadResult): Promise<ReloadReport> => {
      const outcome = scene.reloader.reload();
      reads.at(-1)?.resolve(read);
      return outcome;
    },
  };
  return scene;
}

function good(config: Config): LoadResult {
  return { ok: true, config, warnings: [] };
}

describe('a reload', () => {
  it('puts the new configuration in force and says what is different', async () => {
    const { reload, reloader, applied, lines, time } = await aReloader();
    const next = await aConfig({ OPENCLAW_LIVENESS_LIMITS_MAX_NODES: '3' });
    await time.advance(5_000);
    expect(await reload(good(next))).toEqual({
      ok: true,
      applied: ['limits.max_nodes: 1000 -> 3'],
      needsRestart: [],
    });
    expect(applied).toEqual([next]);
    expect(reloader.config).toEqual(next);
    expect(reloader).toMatchObject({ isSuccessful: true, lastSuccessMs: time.now().wallMs });
    expect(lines).toEqual(['config_reloaded: configuration reloaded: limits.max_nodes: 1000 -> 3']);
  });

  it('of what cannot be used leaves the last good one, tells every problem once, and shows', async () => {
    const { reload, reloader, applied, lines, time, config } = await aReloader();
    const startedMs = reloader.lastSuccessMs;
    await time.advance(5_000);
    expect(await reload(UNREADABLE)).toEqual({
      ok: false,
      problems: [
        'exporter.yml:3: thresholds.tick: found "soon"; allowed: a duration.',
        'exporter.yml:9: nodse: unknown key.',
      ],
    });
    expect(applied).toEqual([]);
    expect(reloader.config).toBe(config);
    expect(reloader).toMatchObject({ isSuccessful: false, lastSuccessMs: startedMs });
    expect(lines).toEqual([
      'config_not_reloaded: configuration not reloaded, the one before stays in force: exporter.yml:3: thresholds.tick: found "soon"; allowed: a duration.; exporter.yml:9: nodse: unknown key.',
    ]);
    await reload(good(config));
    expect(reloader).toMatchObject({ isSuccessful: true, lastSuccessMs: time.now().wallMs });
  });

  it('applies the rest of what needs a restart, and says so again until there is one', async () => {
    const { reload, reloader, applied, lines, config } = await aReloader();
    const next = await aConfig({
      OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS: ':1234',
      OPENCLAW_LIVENESS_STATE_DIR: '/elsewhere',
      OPENCLAW_LIVENESS_LOG_LEVEL: 'debug',
    });
    const needsRestart = ['web.listen_address: 127.0.0.1:9789 -> :1234', 'state.dir: /state -> /elsewhere'];
    expect(await reload(good(next))).toEqual({
      ok: true,
      applied: ['log.level: info -> debug'],
      needsRestart,
    });
    expect(applied[0]).toMatchObject({ web: config.web, state: config.state, log: { level: 'debug' } });
    expect(lines.at(-1)).toBe(
      `config_needs_restart: needs a restart of the exporter to take effect: ${needsRestart.join('; ')}`,
    );
    expect(await reload(good(next))).toEqual({ ok: true, applied: [], needsRestart });
    expect(reloader.isSuccessful).toBe(true);
  });

  it('that takes too long has failed, and what comes late changes nothing', async () => {
    const { reloader, reads, applied } = await aReloader();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const outcome = reloader.reload();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(await outcome).toEqual({
      ok: false,
      problems: ['the configuration could not be read within 10 s'],
    });
    reads[0]?.resolve(good(await aConfig({ OPENCLAW_LIVENESS_LIMITS_MAX_NODES: '3' })));
    await settle();
    expect(applied).toEqual([]);
    expect(reloader.isSuccessful).toBe(false);
  });

  it('that fails in a way that nobody expected is told with its place, and the next one works', async () => {
    const scene = await aReloader();
    scene.apply = () => {
      throw new Error('no such thing');
    };
    expect(await scene.reload(good(scene.config))).toEqual({
      ok: false,
      problems: ['unexpected error: no such thing'],
    });
    expect(scene.lines[0]).toBe('surprised: unexpected error in the reload: no such thing');
    scene.apply = () => undefined;
    expect(await scene.reload(good(scene.config))).toMatchObject({ ok: true });
  });

  it('puts nothing in force once the exporter stops', async () => {
    const { reloader, reads, applied, lines, config } = await aReloader();
    const outcome = reloader.reload();
    reloader.stop();
    reads[0]?.resolve(good(config));
    expect(await outcome).toMatchObject({ ok: false });
    expect(applied).toEqual([]);
    expect(lines).toEqual([]);
  });
});

describe('reloads that are asked for at once', () => {
  it('come one after the other; all that ask during one share the next', async () => {
    const { reloader, reads, applied, config } = await aReloader();
    const first = reloader.reload();
    const others = [reloader.reload(), reloader.reload(), reloader.reload()];
    await settle();
    expect(reads).toHaveLength(1);
    reads[0]?.resolve(UNREADABLE);
    expect(await first).toMatchObject({ ok: false });
    await settle();
    expect(reads).toHaveLength(2);
    // What was asked for after the second began to read is for a third.
    const late = reloader.reload();
    reads[1]?.resolve(good(config));
    expect(await Promise.all(others)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    await settle();
    expect(reads).toHaveLength(3);
    reads[2]?.resolve(good(config));
    expect(await late).toMatchObject({ ok: true });
    expect(applied).toHaveLength(2);
  });

  it('never overlap, also where one is asked for in the very moment in which another ends', async () => {
    const { reloader, reads, config } = await aReloader();
    const first = reloader.reload();
    const shared = reloader.reload();
    const atItsEnd = first.then(() => reloader.reload());
    reads[0]?.resolve(good(config));
    await settle();
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(good(config));
    await settle();
    for (const read of reads) read.resolve(good(config));
    expect(await Promise.all([shared, atItsEnd])).toMatchObject([{ ok: true }, { ok: true }]);
  });
});
