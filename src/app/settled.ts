import type { Snapshot } from '../core/index.ts';
import type { Monitor } from '../monitor.ts';

/** Waits until every viewpoint has looked once and no verdict is provisional, or the time is up. */
export async function settled(monitor: Monitor, timeoutMs: number): Promise<Snapshot> {
  const deadline = performance.now() + timeoutMs;
  const isProvisional = (): boolean =>
    !monitor.isWarm() || monitor.snapshot().nodes.some((node) => node.reasons.includes('just-started'));
  while (isProvisional() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return monitor.snapshot();
}
