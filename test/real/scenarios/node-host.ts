import { claimHeartbeatStopped, claimVerdict, settleAlive } from '../claims.ts';
import { openClawVersions } from '../harness/installation.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { attachedNodeHost, exporterFor, healthyGateway, reconnectsByItself } from './world.ts';

const STOPPED = 'Stopped';
const SPINNING = 'Spinning';
const SILENT = 'Silent';
/** After this long the pulse's own rhythm is known. */
const PULSE_TRUSTED_MS = 305_000;

/** What befalls the node host itself. Three of them on one machine, told apart by their state directories. */
export const nodeHostScenario: Scenario = {
  name: 'node-host',
  versions: openClawVersions,
  shortVersions: ['2026.4.15', '2026.9.6'],
  async run(context) {
    const { isShort } = context;
    const isCurrent = reconnectsByItself(context);
    const gateway = await healthyGateway(context);
    const stopped = await attachedNodeHost(context, gateway, { displayName: STOPPED });
    const spinning = await attachedNodeHost(context, gateway, {
      displayName: SPINNING,
      preload: 'busy-loop',
    });
    const silent = isCurrent
      ? await attachedNodeHost(context, gateway, { displayName: SILENT, preload: 'lost-timer' })
      : undefined;
    const hosts = [stopped, spinning, ...(silent === undefined ? [] : [silent])];

    const knowing = await exporterFor(context, gateway, { hosts, token: gateway.token });
    const blind = await exporterFor(context, gateway, { hosts });
    const probing = await exporterFor(context, gateway, {
      hosts: [spinning],
      token: gateway.token,
      probe: true,
    });
    const both = [
      { exporter: knowing, as: '' },
      { exporter: blind, as: ', no credential' },
    ];
    const watchedSince = monotonicMs();
    for (const { displayName } of hosts) {
      await settleAlive(knowing, displayName);
      await settleAlive(blind, displayName);
    }
    await settleAlive(probing, SPINNING);
    // Two turns of the probe, so that it is the running one that stops.
    await sleep(10_000);

    const stoppedAt = monotonicMs();
    stopped.freeze();
    await Promise.all(
      both.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: STOPPED,
          fault: `SIGSTOP of the node host${as}`,
          state: 'wedged',
          livez: 503,
          withinSeconds: 7,
          sinceMs: stoppedAt,
        }),
      ),
    );
    for (const { exporter, as } of both) {
      const fault = `SIGSTOP of the node host${as}`;
      await claimHeartbeatStopped(context, { exporter, node: STOPPED, fault, sinceMs: stoppedAt });
    }
    const continuedAt = monotonicMs();
    stopped.thaw();
    await Promise.all(
      both.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: STOPPED,
          fault: `SIGCONT${as}`,
          state: 'alive',
          livez: 200,
          withinSeconds: 10,
          sinceMs: continuedAt,
        }),
      ),
    );

    const isPulseTrusted = isCurrent && !isShort;
    if (isPulseTrusted) await sleep(Math.max(0, watchedSince + PULSE_TRUSTED_MS - monotonicMs()));
    const spunAt = monotonicMs();
    spinning.blockEventLoop();
    await Promise.all([
      ...both.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: SPINNING,
          fault: `event loop blocked${isPulseTrusted ? ', pulse watched for 5 min' : ''}${as}`,
          state: 'wedged',
          livez: 503,
          withinSeconds: isPulseTrusted ? 25 : 45,
          sinceMs: spunAt,
        }),
      ),
      claimVerdict(context, {
        exporter: probing,
        node: SPINNING,
        fault: 'event loop blocked, --probe',
        state: 'wedged',
        livez: 503,
        withinSeconds: 15,
        sinceMs: spunAt,
      }),
    ]);
    for (const { exporter, as } of both) {
      const fault = `event loop blocked${as}`;
      await claimHeartbeatStopped(context, { exporter, node: SPINNING, fault, sinceMs: spunAt });
    }
    const restartedAt = monotonicMs();
    spinning.crash();
    await gateway.waitAttached(SPINNING, 60_000);
    await claimVerdict(context, {
      exporter: knowing,
      node: SPINNING,
      fault: 'the blocked one restarted',
      state: 'alive',
      livez: 200,
      withinSeconds: 60,
      sinceMs: restartedAt,
    });

    if (silent !== undefined) {
      silent.loseTimers();
      await sleep(500);
      const hungUpAt = monotonicMs();
      await gateway.restart({ outageMs: 2_000 });
      // Counted from the moment at which anybody could attach again: HTTP answers seconds before, on a busy machine many.
      await gateway.waitForOperator();
      const answersAt = monotonicMs();
      await Promise.all(
        both.map(({ exporter, as }) =>
          claimVerdict(context, {
            exporter,
            node: SILENT,
            fault: `lost timer, from the gateway's return${as}`,
            state: 'zombie',
            reason: 'silent',
            livez: 503,
            // Without a session of its own an exporter cannot know when the gateway lets somebody in.
            withinSeconds: exporter === knowing ? 14 : 24,
            sinceMs: answersAt,
          }),
        ),
      );
      const otherwise = knowing.since(STOPPED, answersAt).every((sample) => sample.livez === 200);
      context.record({
        fault: 'lost timer: its neighbours on the same machine',
        verdict: '/livez 200',
        passed: otherwise,
        seen: [...new Set(knowing.since(STOPPED, answersAt).map((sample) => sample.state))].join(', '),
      });

      for (const { exporter, as } of both) {
        const fault = `lost timer${as}`;
        await claimHeartbeatStopped(context, { exporter, node: SILENT, fault, sinceMs: hungUpAt });
      }

      await knowing.end('SIGKILL');
      await knowing.launch();
      const relaunchedAt = monotonicMs();
      await claimVerdict(context, {
        exporter: knowing,
        node: SILENT,
        fault: 'exporter killed and started again beside the zombie',
        state: 'zombie',
        livez: 503,
        withinSeconds: 10,
        sinceMs: relaunchedAt,
      });
      await claimHeartbeatStopped(context, {
        exporter: knowing,
        node: SILENT,
        fault: 'lost timer, exporter killed and started again',
        sinceMs: hungUpAt,
      });
    }

    await gateway.waitAttached(STOPPED, 60_000);
    await settleAlive(knowing, STOPPED);
    const killedAt = monotonicMs();
    await stopped.kill();
    await waitUntil(() => stopped.pids.length === 0, { timeoutMs: 10_000, what: 'the node host to be gone' });
    await Promise.all(
      both.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: STOPPED,
          fault: `node host killed, nobody restarts it${as}`,
          state: 'down',
          livez: 503,
          withinSeconds: 20,
          sinceMs: killedAt,
        }),
      ),
    );
    for (const { exporter, as } of both) {
      const fault = `node host killed${as}`;
      await claimHeartbeatStopped(context, { exporter, node: STOPPED, fault, sinceMs: killedAt });
    }
  },
};
