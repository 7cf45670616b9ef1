import { increment, incrementBy, type NodeCounters } from '../model/counters.ts';
import type { Caller, PairingRequest } from '../model/gateway-record.ts';
import { omit } from '../model/omit.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { closeCodeLabel, type AuthReason } from '../model/vocabulary.ts';

/** What the gateway's log has told of one node that only its gateway knows. */
export interface Calls {
  /** Names of the callers that this node is known to be. */
  readonly callers: readonly string[];
  /** No roster has ever listed it: it is known by the log alone. */
  readonly isUnlisted?: true;
  /** The log last spoke of it. */
  readonly heardAt: Instant;
  /** Callers from its address have this in common; see {@link Caller.from}. */
  readonly from?: string;
  /** The device that it is, as far as the log let anybody find out. */
  readonly deviceId?: string;
  readonly refusal?: {
    readonly auth: AuthReason;
    readonly at: Instant;
    /** What is to be approved, where it was refused for that. */
    readonly pairing?: PairingRequest;
  };
  /** Its device was last approved. */
  readonly pairedAt?: Instant;
  /** Of its commands so many are none that its gateway's configuration let it offer with its last connect. */
  readonly withheld?: { readonly commands: number; readonly at: Instant };
  /** Since when it has been attached, where the log is verbose. */
  readonly attachedSince?: Instant;
}

/** What one caller is called here. Two of one name are told apart by their installation, else by where they come from. */
export function callerName({ instanceId, displayName, clientId, from }: Caller): string | undefined {
  if (instanceId !== undefined) return `instance:${instanceId}`;
  return displayName === undefined ? undefined : `caller:${displayName}/${clientId ?? ''}/${from ?? ''}`;
}

/** A name that only one installation has. */
export function isInstance(name: string): boolean {
  return name.startsWith('instance:');
}

/** A node with what the log has told of it. */
export interface Called {
  readonly calls: Calls;
  readonly counters: NodeCounters;
}

/** The gateway refused it. */
export function noteRefusal(
  { calls, counters }: Called,
  refusal: {
    readonly auth: AuthReason;
    readonly at: Instant;
    readonly times: number;
    readonly pairing?: PairingRequest;
    readonly caller: Caller;
  },
): Called {
  const { auth, at, times, pairing, caller } = refusal;
  const { from, deviceId } = caller;
  const isStale = calls.refusal !== undefined && elapsedMs(calls.refusal.at, at) < 0;
  return {
    calls: {
      ...calls,
      heardAt: later(calls.heardAt, at) ?? at,
      refusal: isStale ? calls.refusal : { auth, at, ...(pairing !== undefined && { pairing }) },
      ...(from !== undefined && { from }),
      ...(deviceId !== undefined && { deviceId }),
    },
    counters: { ...counters, authFailures: incrementBy(counters.authFailures, auth, times) },
  };
}

/** It was let in. */
export function noteAttached({ calls, counters }: Called, at: Instant): Called {
  return {
    calls: { ...offeredAnew(calls, at), heardAt: later(calls.heardAt, at) ?? at, attachedSince: at },
    counters,
  };
}

/** What a gateway withholds it writes down before it lets the node in, and gives that so long (2026.9). */
const HANDSHAKE_MS = 15_000;

/** It connected: what was withheld from an earlier connection is not from this one, of which the log would tell anew. */
export function offeredAnew(calls: Calls, connectedAt: Instant | undefined): Calls {
  const { withheld } = calls;
  if (withheld === undefined || connectedAt === undefined) return calls;
  return elapsedMs(withheld.at, connectedAt) > HANDSHAKE_MS ? omit(calls, 'withheld') : calls;
}

/** A connection of it that had been let in was closed. */
export function noteDetached({ calls, counters }: Called, at: Instant, code: number): Called {
  return {
    calls: { ...omit(calls, 'attachedSince'), heardAt: later(calls.heardAt, at) ?? at },
    counters: { ...counters, closes: increment(counters.closes, closeCodeLabel(code)) },
  };
}

/** Two turned out to be one node. */
export function joinCalls(a: Calls | undefined, b: Calls): Calls {
  if (a === undefined) return b;
  const refusal = last(a.refusal, b.refusal);
  const withheld = last(a.withheld, b.withheld);
  const attachedSince = later(a.attachedSince, b.attachedSince);
  const pairedAt = later(a.pairedAt, b.pairedAt);
  const deviceId = b.deviceId ?? a.deviceId;
  const from = b.from ?? a.from;
  return {
    callers: [...new Set([...a.callers, ...b.callers])],
    heardAt: later(a.heardAt, b.heardAt) ?? b.heardAt,
    ...(from !== undefined && { from }),
    ...(refusal !== undefined && { refusal }),
    ...(attachedSince !== undefined && { attachedSince }),
    ...(pairedAt !== undefined && { pairedAt }),
    ...(deviceId !== undefined && { deviceId }),
    ...(withheld !== undefined && { withheld }),
  };
}

function last<T extends { readonly at: Instant }>(one: T | undefined, other: T | undefined): T | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return elapsedMs(one.at, other.at) < 0 ? one : other;
}
