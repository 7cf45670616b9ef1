import {
  claimHeartbeatFresh,
  claimHeartbeatStopped,
  claimNeverAccused,
  claimVerdict,
  settleAlive,
} from '../claims.ts';
import { openClawVersions, type OpenClawVersion } from '../harness/installation.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario } from '../scenario.ts';
import { attachedNodeHost, exporterFor, healthyGateway } from './world.ts';

const NODE = 'NodeA';
const HEALTHY_MS = { short: 30_000, long: 600_000 };
interface Outage {
  readonly seconds: number;
  readonly signal: 'SIGTERM' | 'SIGKILL';
}
const OUTAGES: readonly Outage[] = [0.5, 2, 7, 15, 31, 62].flatMap((seconds) => [
  { seconds, signal: 'SIGTERM' },
  { seconds, signal: 'SIGKILL' },
]);
/** One that is over before the first attempt, one that costs some. */
const SHORT_OUTAGE: Readonly<Record<OpenClawVersion, Outage>> = {
  '2026.4.15': { seconds: 0.5, signal: 'SIGKILL' },
  '2026.7.1': { seconds: 2, signal: 'SIGKILL' },
  '2026.9.6': { seconds: 7, signal: 'SIGTERM' },
};
/** The backoff's cap and a boot: what a node host may take to come back by itself. */
const RECOVERY_MS = 120_000;
/** How long a false verdict may hide after a recovery. */
const AFTERMATH_MS = 15_000;

/** What befalls the gateway is not the node host's fault. */
export const gatewayScenario: Scenario = {
  name: 'gateway',
  versions: openClawVersions,
  shortVersions: ['2026.4.15', '2026.9.6'],
  async run(context) {
    const { isShort } = context;
    const gateway = await healthyGateway(context);
    const host = await attachedNodeHost(context, gateway, { displayName: NODE });
    const knowing = await exporterFor(context, gateway, { hosts: [host], token: gateway.token });
    const blind = await exporterFor(context, gateway, { hosts: [host] });
    const exporters = [
      { exporter: knowing, as: '' },
      { exporter: blind, as: ', no credential' },
    ];
    await settleAlive(knowing, NODE);
    await settleAlive(blind, NODE);

    const healthyMs = isShort ? HEALTHY_MS.short : HEALTHY_MS.long;
    const healthySince = monotonicMs();
    await sleep(healthyMs);
    for (const { exporter, as } of exporters) {
      claimNeverAccused(context, {
        exporter,
        node: NODE,
        fault: `healthy, ${healthyMs / 60_000} min${as}`,
        sinceMs: healthySince,
      });
      claimHeartbeatFresh(context, { exporter, node: NODE, fault: `healthy${as}`, sinceMs: healthySince });
    }

    for (const { seconds, signal } of isShort ? [SHORT_OUTAGE[context.version]] : OUTAGES) {
      const since = monotonicMs();
      await gateway.restart({ outageMs: seconds * 1_000, signal });
      await gateway.waitAttached(NODE, RECOVERY_MS);
      await sleep(AFTERMATH_MS);
      for (const { exporter, as } of exporters) {
        claimNeverAccused(context, {
          exporter,
          node: NODE,
          fault: `gateway restarted, ${signal}, ${seconds} s of outage${as}`,
          sinceMs: since,
        });
      }
    }

    // Without the gateway's word or a `connected` line a new session is known once it has outlived every connect deadline.
    for (const { exporter } of exporters) await settleAlive(exporter, NODE);
    const frozenAt = monotonicMs();
    gateway.freeze();
    await Promise.all(
      exporters.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: NODE,
          fault: `gateway stopped by SIGSTOP${as}`,
          state: 'gateway-down',
          livez: 200,
          withinSeconds: 15,
          sinceMs: frozenAt,
        }),
      ),
    );
    await sleep(Math.max(0, frozenAt + 75_000 - monotonicMs()));
    for (const { exporter, as } of exporters) {
      const fault = `gateway stopped by SIGSTOP for 75 s${as}`;
      await claimHeartbeatStopped(context, { exporter, node: NODE, fault, sinceMs: frozenAt });
    }
    gateway.thaw();
    await gateway.waitAttached(NODE, RECOVERY_MS);
    await settleAlive(knowing, NODE);
    await sleep(AFTERMATH_MS);
    for (const { exporter, as } of exporters) {
      claimNeverAccused(context, {
        exporter,
        node: NODE,
        fault: `gateway frozen for 75 s and its return${as}`,
        sinceMs: frozenAt,
      });
    }

    if (isShort) return;
    for (const { exporter } of exporters) await settleAlive(exporter, NODE);
    const downAt = monotonicMs();
    await gateway.stop('SIGTERM');
    await Promise.all(
      exporters.map(({ exporter, as }) =>
        claimVerdict(context, {
          exporter,
          node: NODE,
          fault: `gateway down${as}`,
          state: 'gateway-down',
          livez: 200,
          withinSeconds: 15,
          sinceMs: downAt,
        }),
      ),
    );
    await sleep(Math.max(0, downAt + 180_000 - monotonicMs()));
    for (const { exporter, as } of exporters) {
      const fault = `gateway down for 3 min${as}`;
      await claimHeartbeatStopped(context, { exporter, node: NODE, fault, sinceMs: downAt });
    }
    await gateway.boot();
    await gateway.waitAttached(NODE, RECOVERY_MS);
    await sleep(AFTERMATH_MS);
    for (const { exporter, as } of exporters) {
      claimNeverAccused(context, {
        exporter,
        node: NODE,
        fault: `gateway down for 3 min and its return${as}`,
        sinceMs: downAt,
      });
    }
  },
};
