import type { Claim } from '../claim.ts';
import { makeZombies, waitForState } from '../harness/faults.ts';
import { startStack } from '../harness/stack.ts';

const ZOMBIE = 'mac-studio';
const PAGE_TIMEOUT_MS = 90_000;

export const deadExporterKeepsThePage: Claim = {
  name: 'dead-exporter-keeps-the-page',
  says: 'an exporter that dies in mid-incident takes no page with it, and is paged itself',
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'quick',
      nodeHosts: [{ name: ZOMBIE }],
    });
    const { receiver, exporter, prometheus, alertmanager } = stack;
    const zombie = { alertname: 'OpenClawNodeHostZombie', node_host: ZOMBIE };
    await makeZombies(stack, [ZOMBIE]);
    const { alert } = await receiver.waitFor('firing', zombie, { timeoutMs: PAGE_TIMEOUT_MS });

    await exporter.end('SIGKILL');
    const dead = await receiver.waitFor(
      'firing',
      { alertname: 'OpenClawExporterDown' },
      { timeoutMs: PAGE_TIMEOUT_MS },
    );
    context.record({
      what: 'the dead exporter is paged',
      passed: dead.alert.labels.instance === stack.instance,
      seen: JSON.stringify(dead.alert.labels),
    });
    const gone = await prometheus.query('openclaw_nodehost_state');
    const [held] = await prometheus.active(zombie.alertname, 'firing');
    context.record({
      what: 'Prometheus has no verdict any more, and still holds the zombie',
      passed: gone.length === 0 && held?.labels.node_host === ZOMBIE,
      seen: `${gone.length} series of state; ${held === undefined ? 'no alert' : `firing since ${held.activeAt}`}`,
    });
    const inAlertmanager = (await alertmanager.alerts()).find(
      ({ labels }) => labels.alertname === zombie.alertname,
    );
    context.record({
      what: 'Alertmanager holds it, not inhibited by the dead exporter',
      passed: inAlertmanager?.status.state === 'active',
      seen: JSON.stringify(inAlertmanager?.status),
    });

    await stack.relaunchExporter();
    await receiver.waitFor('resolved', { alertname: 'OpenClawExporterDown' }, { timeoutMs: PAGE_TIMEOUT_MS });
    await waitForState(stack, ZOMBIE, 'zombie');
    const resolved = receiver.pages
      .flatMap((page) => page.alerts)
      .filter(({ status, labels }) => status === 'resolved' && labels.alertname === zombie.alertname);
    const [still] = await prometheus.active(zombie.alertname, 'firing');
    context.record({
      what: 'its return neither resolves the page nor sends it anew: the same alert goes on',
      passed: resolved.length === 0 && still !== undefined && still.activeAt === held?.activeAt,
      seen: `${resolved.length} resolved; firing since ${still?.activeAt ?? 'never'} (first told ${alert.startsAt})`,
    });

    const healedMs = Date.now();
    await stack.site.nodeHost(ZOMBIE).restart();
    await receiver.waitFor('resolved', zombie, { timeoutMs: PAGE_TIMEOUT_MS, sinceWallMs: healedMs });
    context.record({
      what: 'the restarted exporter resolves it once the node host is alive',
      passed: true,
      seen: 'resolved',
    });
  },
};
