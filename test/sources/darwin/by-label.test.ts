import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDarwinPlatform } from '../../../src/sources/darwin/platform.ts';
import { ProcessSource } from '../../../src/sources/process/process-source.ts';
import { ManualTicker, ManualTime } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';
import { buildFakeLibproc, FakeMac, procArgsBytes, putProcesses, type MacProcess } from './fake-mac.ts';
import { golden } from './fixtures.ts';

const built = buildFakeLibproc();

/** Titled at once, and settled. */
function aHost(pid: number, label: string): MacProcess {
  return {
    pid,
    startedWallMs: Date.now() - 3_600_000,
    args: ['/opt/homebrew/bin/node', 'openclaw.mjs', 'node', 'run'],
    title: 'openclaw-node',
    environment: { HOME: `/nowhere/${label}`, XPC_SERVICE_NAME: label },
  };
}
const [OURS, OTHER] = [aHost(94_364, 'com.example.node'), aHost(94_400, 'ai.openclaw.node')];

describe.skipIf(!built.ok)(
  built.ok
    ? 'a node host named by its launchd label'
    : `a node host named by its label (skipped: ${built.why})`,
  () => {
    const mac = built.ok ? new FakeMac(built.path) : (undefined as never);
    let sink: RecordingSink;
    let ticker: ManualTicker;

    beforeEach(() => {
      mac.reset();
      mac.tickRate(24_000_000);
      [sink, ticker] = [new RecordingSink(), new ManualTicker()];
      new ProcessSource({
        targets: [{ target: 'a', by: { kind: 'launchd-label', label: 'com.example.node' }, explicit: true }],
        table: createDarwinPlatform({ library: mac.library, userId: 501 }).processes,
        clock: new ManualTime(),
        sink,
        ticker,
        userId: 501,
      }).start();
    });
    afterEach(() => {
      mac.release();
    });
    afterAll(() => {
      if (built.ok) built.remove();
    });

    /** What one more look found: a pid, `null` for none, `undefined` for nobody knows. */
    async function looksAgain(): Promise<number | null | undefined> {
      const before = sink.observations.length;
      await ticker.beat();
      const seen = sink.observations.slice(before).find((it) => it.source === 'process');
      return seen?.process === null ? null : seen?.process.pid;
    }

    it('is the one that runs in that job, and no other', async () => {
      putProcesses(mac, [OTHER, OURS]);
      expect(await looksAgain()).toBe(94_364);
      expect(sink.of('process')).toMatchObject([
        { hints: { service: { manager: 'launchd', label: 'com.example.node', domain: 'gui/501' } } },
      ]);
    });

    it('is gone where only others run', async () => {
      putProcesses(mac, [OTHER]);
      expect(await looksAgain()).toBeNull();
    });

    it('may be one whose environment is withheld: then nobody knows, and that is said', async () => {
      putProcesses(mac, [OTHER, OURS]);
      mac.forgetProcArgs(OURS.pid);
      mac.procArgs(OURS.pid, golden('procargs2_titled_env_withheld'));
      expect(await looksAgain()).toBeUndefined();
      expect(sink.errors()).toMatchObject([{ kind: 'permission' }]);
    });

    it('is not gone when no title can be read any more, for calls about others never came back', async () => {
      const others = [7, 8].map((pid) => aHost(pid, 'com.example.other'));
      putProcesses(mac, [...others, OURS]);
      for (const { pid } of others) {
        mac.forgetProcArgs(pid);
        mac.procArgs(pid, procArgsBytes(OTHER), { blocks: true });
      }
      for (let look = 0; look < 3; look += 1) expect(await looksAgain()).toBeUndefined();
      expect(sink.errors()).toMatchObject([{ kind: 'timeout' }, { kind: 'timeout' }, { kind: 'timeout' }]);
      for (const { pid } of others) mac.forgetProcArgs(pid);
      mac.release();
      await expect.poll(looksAgain).toBe(94_364);
    });

    it('is not gone when its title could not be read, and a moment later could', async () => {
      putProcesses(mac, [OURS]);
      mac.forgetProcArgs(OURS.pid);
      mac.procArgs(OURS.pid, Buffer.alloc(3), { times: 1 });
      mac.procArgs(OURS.pid, procArgsBytes(OURS));
      expect(await looksAgain()).toBeUndefined();
      expect(await looksAgain()).toBe(94_364);
    });

    it('is found as soon as its memory can be read', async () => {
      putProcesses(mac, [OTHER, OURS]);
      mac.forgetProcArgs(OURS.pid);
      // Its name and its command line; then it execs, or its memory is locked, once.
      mac.procArgs(OURS.pid, procArgsBytes(OURS), { times: 2 });
      mac.procArgs(OURS.pid, Buffer.alloc(3), { times: 1 });
      mac.procArgs(OURS.pid, procArgsBytes(OURS));
      expect(await looksAgain()).toBeUndefined();
      expect(sink.errors()).toMatchObject([{ kind: 'timeout' }]);
      expect(await looksAgain()).toBe(94_364);
    });
  },
);
