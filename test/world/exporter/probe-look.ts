import type { Eyes } from './eyes.ts';
import type { SessionLook } from './session-look.ts';

const EVERY_MS = 4_000;
const TIMEOUT_MS = 3_000;

/** The probe viewpoint through one gateway: makes each node host that it holds answer, all the way. */
export function watchByProbe(eyes: Eyes, gateway: string, session: SessionLook): void {
  const underWay = new Set<string>();
  eyes.loop(EVERY_MS, () => {
    if (eyes.blind.has('probe')) return;
    for (const nodeId of eyes.core.probeTargets(gateway)) {
      if (underWay.has(nodeId)) continue;
      underWay.add(nodeId);
      const startedAt = eyes.now;
      session.invoke(nodeId, TIMEOUT_MS, (outcome) => {
        underWay.delete(nodeId);
        const at = eyes.now;
        const durationMs = at.monoMs - startedAt.monoMs;
        eyes.observeGateway(
          gateway,
          { source: 'probe', gateway, nodeId, at, validMs: 15_000, durationMs, outcome },
          true,
        );
        eyes.report(
          'probe',
          startedAt,
          outcome === 'unavailable' ? { kind: 'other', message: 'not connected' } : undefined,
        );
      });
    }
  });
}
