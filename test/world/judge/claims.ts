import type { Said } from '../exporter/core.ts';
import type { Site } from '../layout.ts';
import type { NodeHost } from '../node-host/node-host.ts';

/** A sentence of a verdict that can be held against the truth. */
export interface Claim {
  readonly words: string;
  isMade(said: Said): boolean;
  isTrue(host: NodeHost, site: Site): boolean;
  /** How long it may be repeated after it has become untrue; the slowest viewpoint that could tell. */
  readonly graceMs: number;
}

/**
 * Of a refusal: nobody sees that it was repaired before the next attempt. The log of 2026.4 tells of refusals and of no
 * session after them: once that one has ended, it may be what it ends with.
 */
function wasRefused(host: NodeHost): boolean {
  const { runner } = host;
  return (
    runner?.lastBlock !== undefined ||
    runner?.stage.kind === 'parked' ||
    runner?.stage.kind === 'booting' ||
    runner?.stage.kind === 'dialling' ||
    host.lastBlock !== undefined ||
    (runner === undefined && host.habits.exitsAfterClose && host.wasEverBlocked)
  );
}

/** Between two looks at processes, and the one that confirms. */
const PROCESS_LOOK_MS = 2_500;
/** Between two tries of a WebSocket along a node host's own way, the last one's answer included; there may be no other. */
const CHALLENGE_MS = 60_000;

export const CLAIMS: readonly Claim[] = [
  {
    words: 'the gateway refused it',
    isMade: ({ state, reasons }) => state === 'blocked' && reasons.includes('refused'),
    isTrue: wasRefused,
    // For as long as a start may take, and a blink, a new process may meet what the one before it met.
    graceMs: 75_000,
  },
  {
    words: 'the gateway holds a live session of it',
    isMade: ({ state, reasons }) => state === 'alive' && reasons.includes('attached'),
    isTrue: (host, { gateway }) => gateway.sessionOf(host.deviceId) !== undefined,
    graceMs: 25_000,
  },
  {
    words: 'its process is gone',
    isMade: ({ reasons }) => reasons.includes('no-process') || reasons.includes('process-restarting'),
    // Of one that ends every few seconds each look may find that it has just ended.
    isTrue: ({ runner, endedMs, machine }) =>
      runner === undefined || machine.timeline.nowMs - endedMs < PROCESS_LOOK_MS,
    graceMs: 8_000,
  },
  {
    words: 'its process is stopped',
    isMade: ({ reasons }) => reasons.includes('process-stopped'),
    isTrue: (host) => host.process?.plight === 'stopped',
    graceMs: 8_000,
  },
  {
    words: 'it was never attached yet',
    isMade: ({ reasons }) => reasons.includes('never-attached-yet'),
    isTrue: ({ runner }) => runner?.everAttached !== true,
    graceMs: 25_000,
  },
  {
    words: 'nothing answers where it dials',
    isMade: ({ reasons }) => reasons.includes('endpoint-unreachable'),
    isTrue: ({ path }, { gateway }) => path.reach('health').kind !== 'there' || !gateway.letsIn,
    graceMs: CHALLENGE_MS,
  },
  {
    words: 'the gateway does not answer',
    isMade: ({ reasons }) => reasons.includes('gateway-unreachable') || reasons.includes('gateway-deaf'),
    isTrue: (_host, { gateway, exporterPath }) =>
      !gateway.letsIn ||
      exporterPath.reach('health').kind !== 'there' ||
      exporterPath.reach('upgrade').kind !== 'there',
    graceMs: CHALLENGE_MS,
  },
];
