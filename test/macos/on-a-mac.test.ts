import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, golden } from '../sources/darwin/fixtures.ts';
import { buildFakeLibproc, type MacProcess } from '../sources/darwin/fake-mac.ts';
import { HOUR_MS, MacStudio } from './mac-studio.ts';

const built = buildFakeLibproc();
const NO_SUCH_JOB = { status: 113, errors: capture('launchctl-print-notfound-stderr-26.txt') };
/** Soon enough for a check. */
const SOON = { OPENCLAW_LIVENESS_THRESHOLDS_DOWN_AFTER: '1s' };

describe.skipIf(!built.ok)(
  built.ok ? 'on a Mac' : `on a Mac (skipped: ${built.why})`,
  { timeout: 60_000 },
  () => {
    let studio: MacStudio;
    beforeEach(async () => {
      studio = await MacStudio.start(built.ok ? built.path : '');
    });
    afterEach(() => studio.end());
    afterAll(() => {
      if (built.ok) built.remove();
    });

    /** As `openclaw node install` of 2026.9.6 leaves it; its log has one line from before. */
    function install(label = 'ai.openclaw.node'): string {
      const [plist, log] = [
        join(studio.home, 'Library/LaunchAgents', `${label}.plist`),
        join(studio.home, 'Library/Logs/openclaw/node.log'),
      ];
      for (const path of [plist, log]) mkdirSync(dirname(path), { recursive: true });
      writeFileSync(plist, 'bplist00');
      writeFileSync(log, 'node host gateway closed (1012): service restart\n');
      studio.programs.prints('plutil', JSON.stringify({ StandardOutPath: log, StandardErrorPath: log }));
      return log;
    }

    /** It keeps its state where OpenClaw does unless told otherwise, and is attached. */
    function aNodeHost(): MacProcess {
      studio.lists('.openclaw', true);
      const host = studio.nodeHost('.openclaw', { pid: 94_364, runsForMs: HOUR_MS });
      const environment = { HOME: studio.home, XPC_SERVICE_NAME: 'ai.openclaw.node' };
      return { ...host, environment };
    }

    it('the node host of ~/.openclaw, its gateway, its job and its log are found, and nothing was configured', async () => {
      const host = aNodeHost();
      studio.runs(host);
      studio.connects(host.pid);
      const printed = await studio.check([]);
      expect(printed).toMatch(/^OK - 1 node host alive/);
      expect(printed).toMatch(/process +runs, started 1 h ago, pid 94364/);
      expect(printed).toMatch(/socket +open to 127\.0\.0\.1/);
      expect(printed).toMatch(/log +closed \(1012\): service restart/);
      expect(printed).toMatch(/supervisor +runs ai\.openclaw\.node/);
      expect(printed).not.toContain('cannot see');
    });

    it('one that was installed and does not run is told with what launchd says, and its log is where its plist says', async () => {
      const log = install();
      studio.runs();
      studio.programs.prints('launchctl', capture('launchctl-print-pended-speculative-unknown.txt'));
      await studio.watch({ thresholds: { down_after: '1s' } });
      await expect.poll(() => studio.exporter.snapshot().nodes[0]?.state, { timeout: 20_000 }).toBe('down');
      await expect
        .poll(() => studio.exporter.snapshot().nodes[0]?.reasons[0], { timeout: 20_000 })
        .toBe('supervisor-held-back');
      expect(studio.lines.join('')).toContain(log);
      expect(studio.programs.asked).toContain('/bin/launchctl print gui/501/ai.openclaw.node');
    });

    it.each([
      [
        'not loaded',
        () => {
          studio.programs.prints('launchctl', '', NO_SUCH_JOB);
        },
        'launchctl enable gui/501/com.example.node && launchctl bootstrap gui/501',
      ],
      [
        'disabled',
        () => {
          studio.programs.does(
            'launchctl',
            `[ "$1" = print-disabled ] && printf 'disabled services = {\\n\\t"com.example.node" => disabled\\n}\\n' || exit 113`,
          );
        },
        'com.example.node is disabled',
      ],
      [
        'held back',
        () => {
          studio.programs.prints('launchctl', capture('launchctl-print-pended-speculative-unknown.txt'));
        },
        'launchctl kickstart gui/501/com.example.node',
      ],
      [
        'out of the reach of launchd, for nobody is logged in',
        () => {
          studio.programs.does('launchctl', 'case $2 in system/*) exit 113;; *) exit 112;; esac');
        },
        'its user is not logged in',
      ],
      [
        'such that it cannot be started',
        () => {
          studio.programs.prints('launchctl', capture('launchctl-print-spawn-failed-exconfig-26.txt'));
        },
        'cannot be started (exit status 78: EX_CONFIG)',
      ],
    ])('one that was named by its label and never ran may be %s', async (_, prepare, words) => {
      install('com.example.node');
      studio.runs();
      prepare();
      const printed = await studio.check(['--node.launchd-label', 'com.example.node'], SOON);
      expect(printed).toMatch(/^CRITICAL - 1 of 1 node host/);
      expect(printed.replaceAll(/\s+/g, ' ')).toContain(words);
    });

    it.each([
      { pid: 94_364, state: 'alive', whose: 'it, and its launch agent tells the rest' },
      { pid: 94_999, state: 'unknown', whose: 'another, so that nobody knows whose this one is' },
    ])(
      'one whose environment macOS withholds is $state where launchd says that the process of the agent is $whose',
      async ({ pid, state }) => {
        install();
        studio.lists('mac-studio', true);
        const host = studio.nodeHost('mac-studio', { pid: 94_364, runsForMs: HOUR_MS });
        studio.runs(host);
        studio.connects(host.pid);
        studio.mac.forgetProcArgs(host.pid);
        studio.mac.procArgs(host.pid, golden('procargs2_titled_env_withheld'));
        const running = capture('launchctl-print-node-running-26.txt');
        studio.programs.prints('launchctl', running.replace('pid = 94364', `pid = ${pid}`));
        const file = join(studio.stateDir('mac-studio'), 'service-env/ai.openclaw.node.env');
        studio.programs.prints('plutil', JSON.stringify({ ProgramArguments: ['/bin/sh', file] }));
        await studio.watch({ nodes: studio.named('mac-studio') });
        const isBlind = (): boolean =>
          studio.exporter
            .snapshot()
            .sources.some((it) => it.lastError?.message.includes('environment cannot be read') === true);
        await expect.poll(isBlind, { timeout: 10_000 }).toBe(state === 'unknown');
        await expect
          .poll(() => studio.node('mac-studio').evidence.process?.pid, { timeout: 10_000 })
          .toBe(state === 'alive' ? 94_364 : undefined);
        expect(studio.node('mac-studio').state).not.toBe('down');
      },
    );

    it('one that is down and wrote its errors to /dev/null has no log, and that is said with what launchd says', async () => {
      install();
      studio.runs();
      studio.programs.prints('plutil', JSON.stringify({ StandardErrorPath: '/dev/null' }));
      studio.programs.prints('launchctl', '', NO_SUCH_JOB);
      const printed = await studio.check([], SOON);
      expect(printed.replaceAll(/\s+/g, ' ')).toContain(
        'source supervisor: log blind: ai.openclaw.node writes its errors to /dev/null',
      );
    });

    it('what cannot be seen is said: by check, on the page, in the API', async () => {
      const host = aNodeHost();
      studio.runs({ ...host, errors: '/dev/null' });
      studio.connects(host.pid);
      const words = 'log blind: process 94364 writes its errors to /dev/null';
      expect((await studio.check([])).replaceAll(/\s+/g, ' ')).toContain(`source process: ${words}`);
      await studio.watch({});
      await expect.poll(() => studio.page('/api/v1/nodes'), { timeout: 10_000 }).toContain(words);
      expect(await studio.page('/')).toContain(words);
    });

    it('without koffi there is no pulse, and that is said; the rest is seen by ps and lsof', async () => {
      studio.lists('.openclaw', true);
      const host = studio.nodeHost('.openclaw', { pid: process.pid });
      const { port } = studio;
      // `ps` of this very process, which lives.
      studio.programs.does(
        'ps',
        `case "$*" in
  *-ax*) echo '${process.pid} 1 501 S Mon Sep 21 22:36:56 2026 2:01.50 0:30.25 92160 openclaw-node' ;;
  *-E*) echo 'node x.js node run HOME=${studio.home} XPC_SERVICE_NAME=ai.openclaw.node' ;;
  *) echo openclaw-node ;;
esac`,
      );
      const errors = host.errors === '/dev/null' ? '' : (host.errors?.path ?? '');
      studio.programs.does(
        'lsof',
        `printf 'p${process.pid}\\nf2\\ntREG\\nn${errors}\\nf21\\ntIPv4\\nn127.0.0.1:51234->127.0.0.1:${port}\\nTST=ESTABLISHED\\nTQR=0\\n'`,
      );
      const printed = await studio.check([], { library: '/nowhere/libproc.dylib' });
      expect(printed).toMatch(/^OK - 1 node host alive/);
      expect(printed).toMatch(/socket +open to 127\.0\.0\.1/);
      expect(printed).toMatch(
        /source process: processes are read from ps every 5 s, and nobody feels the pulse/,
      );
      expect(printed).toMatch(/supervisor +runs ai\.openclaw\.node/);
    });
  },
);
