import type { GatewayMemory, Instant, LocalMemory, Memory, RemoteMemory } from '../core/index.ts';
import { mapInner, Moment, type SavedState } from './state-schema.ts';

/**
 * What an earlier run left, for the core to begin with: with its times on the clocks of this run, and never in the
 * future, whatever the clock did.
 */
export function rehydrate(saved: SavedState, now: Instant): Memory {
  const timed = (value: unknown): unknown => {
    if (!(value instanceof Moment)) return mapInner(value, timed);
    const ageMs = Math.max(0, now.wallMs - value.wallMs);
    return { monoMs: now.monoMs - ageMs, wallMs: now.wallMs - ageMs } satisfies Instant;
  };
  const remotes = Object.entries(saved.remotes).map(([key, remote]) => ({
    key,
    ...(timed(remote) as Omit<RemoteMemory, 'key'>),
  }));
  const gateways = Object.entries(saved.gateways).map(([name, gateway]): [string, GatewayMemory] => [
    name,
    {
      ...(timed(gateway) as Omit<GatewayMemory, 'remotes'>),
      remotes: remotes.filter(({ entry }) => entry.gateway === name),
    },
  ]);
  const locals = Object.entries(saved.locals).map(([target, { log, ...local }]): [string, LocalMemory] => {
    // Without a position the log's history is read again, and that would add up on top of this.
    const kept = saved.logs[target] === undefined || log === undefined ? local : { ...local, log };
    return [target, timed(kept) as LocalMemory];
  });
  return {
    locals: Object.fromEntries(locals),
    gateways: Object.fromEntries(gateways),
    dropped: { count: saved.dropped.count, since: saved.dropped.since },
  };
}
