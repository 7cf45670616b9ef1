import { type Caller, type CallerRole, present } from '../../core/index.ts';
import type { Scrub } from '../known-secrets.ts';

/** Tells addresses apart without naming them. */
export type Disguise = (address: string) => string;

export interface CallerContext {
  /** What somebody calls himself may be anything, also what he should have sent as his credential. */
  readonly scrub: Scrub;
  readonly disguise: Disguise;
}

/** Where somebody came from; it goes no further than this source. */
export interface Origin {
  readonly remote?: string | undefined;
  /** The gateway's own end of the connection. */
  readonly local?: string | undefined;
  /** What a proxy says. */
  readonly forwarded?: string | undefined;
}

/** What the gateway's log says of somebody, in its own words. */
export interface Claims {
  readonly role?: string | undefined;
  readonly mode?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly displayName?: string | undefined;
  readonly clientId?: string | undefined;
  readonly version?: string | undefined;
  readonly platform?: string | undefined;
}

const LIMITS = { name: 128, word: 64 } as const;

/** Who somebody says he is: bounded, without credentials and without an address. */
export function callerOf(claims: Claims, origin: Origin, { scrub, disguise }: CallerContext): Caller {
  const text = (value: string | undefined, limit: number): string | undefined => {
    const clean = scrub(value ?? '').trim();
    return clean === '' || clean === 'n/a' ? undefined : clean.slice(0, limit);
  };
  const word = (value: string | undefined): string | undefined =>
    /^[\w.+:@/-]{1,64}$/.test(value ?? '') ? text(value, LIMITS.word) : undefined;
  const deviceId = /^[0-9a-f]{64}$/.test(claims.deviceId ?? '') ? claims.deviceId : undefined;
  const from = origin.forwarded ?? origin.remote ?? '';
  return present({
    role: roleOf(claims),
    deviceId,
    instanceId: word(claims.instanceId),
    displayName: text(claims.displayName, LIMITS.name),
    clientId: word(claims.clientId),
    version: word(claims.version),
    platform: text(claims.platform, LIMITS.word),
    from: from === '' ? undefined : disguise(from),
    fromElsewhere: isElsewhere(origin) ? (true as const) : undefined,
  });
}

function roleOf({ role, mode }: Claims): CallerRole {
  if (role === 'node' || (role === undefined && mode === 'node')) return 'node';
  return role === undefined && mode === undefined ? 'unknown' : 'operator';
}

function isElsewhere({ remote, local, forwarded }: Origin): boolean {
  if (forwarded !== undefined) return true;
  return remote !== undefined && remote !== local && !/^(?:::ffff:)?127\.|^::1$/.test(remote);
}
