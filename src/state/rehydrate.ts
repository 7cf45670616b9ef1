import type { GatewayMemory, Instant, LocalMemory, Memory, RemoteMemory } from '../core/index.ts';
import type { SavedState } from './state-schema.ts';

/**
 * What an earlier run left, for the core to begin with: with its times on the clocks of this run, and never in the
 * future, whatever the clock did.
 */
export function rehydrate(saved: SavedState, now: Instant): Memory {
  const at = (wallMs: number): Instant => {
    const ageMs = Math.max(0, now.wallMs - wallMs);
    return { monoMs: now.monoMs - ageMs, wallMs: now.wallMs - ageMs };
  };
  const remotes = Object.entries(saved.remotes).map(([key, remote]) => ({
    key,
    ...(timed(remote, at) as Omit<RemoteMemory, 'key'>),
  }));
  const gateways = Object.entries(saved.gateways).map(([name, gateway]): [string, GatewayMemory] => [
    name,
    {
      ...(timed(gateway, at) as Omit<GatewayMemory, 'remotes'>),
      remotes: remotes.filter(({ entry }) => entry.gateway === name),
    },
  ]);
  const locals = Object.entries(saved.locals).map(([target, { log, ...local }]): [string, LocalMemory] => {
    // Without a position the log's history is read again, and that would add up on top of this.
    const kept = saved.logs[target] === undefined || log === undefined ? local : { ...local, log };
    return [target, timed(kept, at) as LocalMemory];
  });
  return {
    locals: Object.fromEntries(locals),
    gateways: Object.fromEntries(gateways),
    dropped: { count: saved.dropped.count, since: saved.dropped.since },
  };
}

/** Keys of our own times, which are instants in memory; those in a gateway's row are on its clock and stay numbers. */
export const INSTANTS: ReadonlySet<string> = new Set([
  'at',
  'since:verdict',
  'heartbeat',
  'endedAt',
  'proofs',
  'lastConnect',
  'lastDisconnect',
  'lastAttached',
  'seenAt',
  'bootedAt',
  'failingSince',
  'spent',
  'lastAttempt',
  'lastClose',
  'heardAt',
  'attachedSince',
  'pairedAt',
  'byLog',
  'bySession',
]);

type ToInstant = (wallMs: number) => Instant;

/** A copy in which every time of ours is an instant. */
function timed(value: unknown, at: ToInstant, isTime = false, parent = ''): unknown {
  if (typeof value === 'number') return isTime ? at(value) : value;
  if (Array.isArray(value)) return value.map((inner) => timed(inner, at, isTime, parent));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      timed(inner, at, isTime || isOwnTime(key, parent), key),
    ]),
  );
}

/** Counters begin at a wall-clock time that stays one; a verdict's beginning is an instant. */
export function isOwnTime(key: string, parent: string): boolean {
  return INSTANTS.has(key) || INSTANTS.has(`${key}:${parent}`);
}
