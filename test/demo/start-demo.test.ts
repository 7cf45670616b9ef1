import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import type { Output } from '../../src/runtime/terminal.ts';
import { startDemo, type Demo, type DemoExporter } from '../../src/demo/start-demo.ts';
import { aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';
import { ManualTimers } from './manual-timers.ts';
import { isRunning, until } from './until.ts';

const TIMEOUT = { timeout: 40_000 };

async function defaultConfig(): Promise<Config> {
  const loaded = await loadConfig({ flags: [], environment: { HOME: '/nowhere' }, cwd: '/' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** Shows a snapshot that the test sets. */
class StandInExporter implements DemoExporter {
  readonly urls = ['http://127.0.0.1:9789'];
  current: Snapshot = aSnapshot({ nodes: [] });
  isStopped = false;

  snapshot(): Snapshot {
    return this.current;
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return Promise.resolve();
  }
}

async function begin(options: { readonly durationMs?: number; readonly isTTY?: boolean } = {}): Promise<{
  readonly demo: Demo;
  readonly exporter: StandInExporter;
  readonly seen: Config[];
  readonly timers: ManualTimers;
  readonly text: () => string;
}> {
  const timers = new ManualTimers();
  const exporter = new StandInExporter();
  const seen: Config[] = [];
  let text = '';
  const started = await startDemo({
    config: await defaultConfig(),
    startExporter: async (config) => {
      seen.push(config);
      return Promise.resolve({ ok: true, exporter });
    },
    output: terminal((chunk) => (text += chunk), options.isTTY),
    color: false,
    timers,
    ...(options.durationMs === undefined ? {} : { durationMs: options.durationMs }),
  });
  if (!started.ok) throw new Error('the demo did not start');
  onTestFinished(async () => started.demo.stop());
  return { demo: started.demo, exporter, seen, timers, text: () => text };
}

function terminal(write: Output['write'], isTty = false): Output {
  return { write, isTty, columns: 80, rows: 24 };
}

function nodeHostPids(text: string): readonly number[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith('pid: ')) ?? '';
  return [...line.matchAll(/[a-z-]+ (\d+)/g)].map(([, pid]) => Number(pid));
}

describe('the demo', () => {
  it(
    'starts the exporter on real processes, says what to try, shows what /livez answers, and ends with all it started',
    TIMEOUT,
    async () => {
      const { demo, exporter, seen, timers, text } = await begin();
      expect(seen[0]?.nodes.map(({ name }) => name)).toEqual(['mac-studio', 'build-box', 'attic-pi']);
      const tokenFile = seen[0]?.gateway.tokenFile ?? '';
      expect(existsSync(tokenFile)).toBe(true);
      expect(text()).toContain(`curl 'http://127.0.0.1:9789/livez?verbose'`);
      const pids = nodeHostPids(text());
      expect(pids.map(isRunning)).toEqual([true, true, true]);

      timers.advance(0);
      expect(text()).toContain('00:00 three node hosts connect to their gateway');
      exporter.current = aSnapshot({ nodes: [aZombie({ name: 'mac-studio', why: 'no attempt came' })] });
      timers.advance(1_000);
      await until('it is told', () =>
        text().includes('00:01 mac-studio is zombie, /livez 503: no attempt came'),
      );

      exporter.current = aSnapshot({ nodes: [aNode({ name: 'mac-studio' })] });
      await demo.stop();
      await demo.ended;
      expect(text().trimEnd().split('\n').at(-1)).toBe('mac-studio: alive');
      expect(exporter.isStopped).toBe(true);
      expect(pids.some(isRunning)).toBe(false);
      expect(existsSync(dirname(tokenFile))).toBe(false);
    },
  );

  it('ends by itself after its duration, and only then', TIMEOUT, async () => {
    const { demo, timers } = await begin({ durationMs: 5_000 });
    const ended = vi.fn();
    void demo.ended.then(ended);
    timers.advance(4_999);
    await new Promise(setImmediate);
    expect(ended).not.toHaveBeenCalled();
    timers.advance(1);
    await demo.ended;
  });

  it('draws a table where there is a terminal', TIMEOUT, async () => {
    const { exporter, timers, text } = await begin({ isTTY: true });
    exporter.current = aSnapshot({ nodes: [aNode({ name: 'mac-studio' })] });
    timers.advance(1_000);
    await until('the table shows it', () => /alive +\d\d:\d\d +\/livez 200/.test(text()));
    expect(text()).toContain('NODE HOST');
  });

  it('takes everything down again when the exporter does not start', TIMEOUT, async () => {
    let tokenFile = '';
    const problem = { message: 'port in use', exitCode: 1 };
    const started = await startDemo({
      config: await defaultConfig(),
      startExporter: async (config) => {
        tokenFile = config.gateway.tokenFile ?? '';
        return Promise.resolve({ ok: false, problem } as const);
      },
      output: terminal(() => undefined),
      color: false,
    });
    expect(started).toEqual({ ok: false, problem });
    expect(tokenFile).not.toBe('');
    expect(existsSync(dirname(tokenFile))).toBe(false);
  });

  it(
    'takes a free port, and says so, when the usual one is in use and nobody asked for one',
    TIMEOUT,
    async () => {
      const config = await defaultConfig();
      const squatter = createServer();
      await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        squatter.close();
      });
      const { port } = squatter.address() as AddressInfo;
      const exporter = new StandInExporter();
      let text = '';
      let listen: Config['web']['listen'] | undefined;
      const started = await startDemo({
        config: { ...config, web: { ...config.web, listen: [{ kind: 'tcp', host: '127.0.0.1', port }] } },
        startExporter: async (demoConfig) => {
          listen = demoConfig.web.listen;
          return Promise.resolve({ ok: true, exporter } as const);
        },
        output: terminal((chunk) => (text += chunk)),
        color: false,
        timers: new ManualTimers(),
      });
      if (started.ok) await started.demo.stop();
      expect(listen).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 0 }]);
      expect(text).toContain(`port ${port} is in use, so a free one is taken`);
    },
  );
});
