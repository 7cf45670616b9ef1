import type { Claim } from '../claim.ts';
import { makeZombies } from '../harness/faults.ts';
import { startStack } from '../harness/stack.ts';

const ZOMBIE = 'mac-studio';
const FROZEN = 'build-box';
const PAGE_TIMEOUT_MS = 90_000;

export const recoveryResolvesThePage: Claim = {
  name: 'recovery-resolves-the-page',
  says: 'a page is resolved once its node host is alive again, by a restart or by itself',
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'quick',
      nodeHosts: [{ name: ZOMBIE }, { name: FROZEN }],
    });
    const { receiver, site } = stack;
    const zombie = { alertname: 'OpenClawNodeHostZombie', node_host: ZOMBIE };
    const frozen = { alertname: 'OpenClawNodeHostWedged', node_host: FROZEN };
    await makeZombies(stack, [ZOMBIE]);
    site.nodeHost(FROZEN).freeze();
    await receiver.waitFor('firing', frozen, { timeoutMs: PAGE_TIMEOUT_MS });
    await receiver.waitFor('firing', zombie, { timeoutMs: PAGE_TIMEOUT_MS });

    const healedMs = Date.now();
    site.nodeHost(FROZEN).continue();
    await site.nodeHost(ZOMBIE).restart();
    for (const [how, labels] of [
      ['restarted', zombie],
      ['continued', frozen],
    ] as const) {
      const { page } = await receiver.waitFor('resolved', labels, {
        timeoutMs: PAGE_TIMEOUT_MS,
        sinceWallMs: healedMs,
      });
      context.record({
        what: `${labels.alertname} is resolved after its node host was ${how}`,
        passed: true,
        seen: `${((page.atWallMs - healedMs) / 1_000).toFixed(1)} s after, at the quick pace`,
      });
      const early = receiver.pages.filter(
        ({ atWallMs, alerts }) =>
          atWallMs < healedMs &&
          alerts.some((alert) => alert.status === 'resolved' && alert.labels.node_host === labels.node_host),
      );
      context.record({
        what: `${labels.alertname} was not resolved before`,
        passed: early.length === 0,
        seen: `${early.length} such notifications`,
      });
    }
    const left = (await stack.prometheus.alerts()).filter(({ labels }) => labels.node_host !== undefined);
    context.record({
      what: 'no alert about a node host is left',
      passed: left.length === 0,
      seen: left.map(({ labels, state }) => `${labels.alertname ?? '?'} ${state}`).join(', ') || 'none',
    });
  },
};
