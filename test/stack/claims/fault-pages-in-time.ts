import type { Claim, ClaimContext } from '../claim.ts';
import { makeZombies } from '../harness/faults.ts';
import { followPage, type Followed } from '../harness/follow-page.ts';
import { ALWAYS_FIRING } from '../harness/page-receiver.ts';
import { startStack } from '../harness/stack.ts';
import { partsOf } from '../path-to-page.ts';

/** What an operator is promised. */
const PROMISED_SECONDS = 120;
/** How much longer to look, so that a broken promise says by how much. */
const EXTRA_PATIENCE_MS = 90_000;

const ZOMBIE = 'mac-studio';
const FROZEN = 'build-box';
const KILLED = 'attic-pi';
const SURVIVOR = 'lobby-mini';

/** At the shipped pace: the only place where the time itself is the claim. */
export const faultPagesInTime: Claim = {
  name: 'fault-pages-in-time',
  says: `a zombie, a frozen and a dead node host are paged within ${PROMISED_SECONDS} s of the fault, at shipped defaults`,
  run: async (context) => {
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'shipped',
      nodeHosts: [ZOMBIE, FROZEN, KILLED, SURVIVOR].map((name) => ({ name })),
    });
    const zombieMs = await makeZombies(stack, [ZOMBIE]);
    const frozenMs = Date.now();
    stack.site.nodeHost(FROZEN).freeze();
    const killedMs = Date.now();
    await stack.site.nodeHost(KILLED).kill();

    const faults: readonly (Followed & { readonly fault: string })[] = [
      {
        fault: 'gateway restarts (4 s), the node host has lost its timer',
        nodeHost: ZOMBIE,
        state: 'zombie',
        alertname: 'OpenClawNodeHostZombie',
        faultMs: zombieMs,
      },
      {
        fault: 'the node host is stopped (SIGSTOP)',
        nodeHost: FROZEN,
        state: 'wedged',
        alertname: 'OpenClawNodeHostWedged',
        faultMs: frozenMs,
      },
      {
        fault: 'the node host is killed, and nobody restarts it',
        nodeHost: KILLED,
        state: 'down',
        alertname: 'OpenClawNodeHostDown',
        faultMs: killedMs,
      },
    ];
    await Promise.all(
      faults.map(async (followed) => {
        const timeoutMs = PROMISED_SECONDS * 1_000 + EXTRA_PATIENCE_MS;
        const moments = await followPage(stack, followed, timeoutMs);
        const { verdict, scrape, evaluation, hold, notification, total } = partsOf(moments);
        const parts = { verdict, scrape, evaluation, hold, notification };
        context.measured({ fault: followed.fault, alertname: followed.alertname, moments });
        context.record({
          what: `${followed.fault}: ${followed.alertname} within ${PROMISED_SECONDS} s`,
          passed: total <= PROMISED_SECONDS,
          seen: `${total.toFixed(1)} s (${Object.entries(parts)
            .map(([part, seconds]) => `${part} ${seconds.toFixed(1)}`)
            .join(', ')})`,
        });
      }),
    );
    recordNobodyElse(
      context,
      stack.receiver.pages.flatMap((page) => page.alerts),
    );
  },
};

/** The one that came back by itself, and the gateway, are nobody's page. */
function recordNobodyElse(
  context: ClaimContext,
  alerts: readonly { readonly labels: Readonly<Record<string, string>> }[],
): void {
  const others = alerts
    .map(({ labels }) => labels)
    .filter(({ alertname, node_host: nodeHost }) => {
      if (alertname !== undefined && ALWAYS_FIRING.includes(alertname)) return false;
      return nodeHost === undefined || nodeHost === SURVIVOR;
    })
    .map(({ alertname, node_host: nodeHost }) => `${alertname ?? '?'} ${nodeHost ?? ''}`);
  context.record({
    what: 'neither the gateway nor the node host that came back by itself is paged',
    passed: others.length === 0,
    seen: others.length === 0 ? 'no such page' : [...new Set(others)].join(', '),
  });
}
