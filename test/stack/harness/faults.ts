import { waitUntil } from '../../real/harness/wait-until.ts';
import type { Stack } from './stack.ts';

/** Short enough that nothing but the zombie notices for long, long enough for refused attempts. */
const RESTART_OUTAGE_MS = 4_000;

/**
 * Makes zombies the way openclaw#69800 did: they lose the timer of their next attempt, and the gateway restarts. Answers
 * with the wall clock of the fault, when the gateway closed their connections; resolves when the gateway is back.
 */
export async function makeZombies(stack: Stack, names: readonly string[]): Promise<number> {
  for (const name of names) stack.site.nodeHost(name).loseTimers();
  await waitUntil(
    async () => {
      const series = await stack.prometheus.query('openclaw_nodehost_connected == 1');
      return names.every((name) => series.some(({ labels }) => labels.node_host === name));
    },
    { timeoutMs: 60_000, what: 'zombies-to-be to be connected before the fault' },
  );
  const faultMs = Date.now();
  await stack.site.gateway.restart({ outageMs: RESTART_OUTAGE_MS });
  return faultMs;
}

/** Waits until the exporter itself says so. */
export async function waitForState(
  stack: Stack,
  name: string,
  state: string,
  timeoutMs = 120_000,
): Promise<void> {
  await stack.exporter.waitFor(name, {
    fits: (sample) => sample.state === state,
    sinceMs: performance.now(),
    timeoutMs,
    what: `to be ${state}`,
  });
}
