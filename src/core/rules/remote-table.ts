import type { Held } from '../model/held.ts';
import type { Instant } from '../model/time.ts';
import type { ProbeFacts } from '../facts/probe.ts';
import { assessment, type Assessment } from './assessment.ts';
import type { RowView } from './row-view.ts';
import { ATTACHED, AWAITING_APPROVAL, isWithheld } from './attached.ts';
import type { GatewayView } from './context.ts';
import { isApprovedSince, refusedRemotely, type RefusedContext } from './refused-remotely.ts';
import { wedgedRemotely } from './wedged.ts';

export interface RemoteContext extends RefusedContext {
  readonly gateway: GatewayView;
  /** Absent when no roster can be believed now, or when this node is not in it. */
  readonly row: RowView | undefined;
  readonly probe: Held<ProbeFacts> | undefined;
  readonly trustedSince: Instant;
}

function whyOffline({ kind, calls }: RemoteContext): string {
  const none = 'the gateway holds no session of it';
  if (kind === 'app') return `${none}, as of any app that sleeps or is closed`;
  return isApprovedSince(calls)
    ? `${none}; its device was approved after it had been refused, and it may have to be restarted to try again`
    : none;
}

/** The verdict table of the design for a node that is known only through its gateway. */
export function assessRemote(context: RemoteContext): Assessment {
  const { row, gateway, kind, calls } = context;
  if (row?.row.connected === true) {
    // An app that its system suspends keeps its session for a while, and nobody can restart it from afar.
    const wedged =
      kind === 'app'
        ? undefined
        : wedgedRemotely({ ...context, gatewayHealthySince: gateway.healthySince, row });
    if (wedged !== undefined) return wedged;
    return isWithheld(row) ? AWAITING_APPROVAL : ATTACHED;
  }
  const blocked = refusedRemotely(context);
  if (context.isRosterUsable) {
    if (blocked !== undefined) return blocked;
    return row === undefined
      ? assessment('offline', ['not-in-roster'], 'the gateway does not list it any more')
      : assessment('offline', ['not-connected'], whyOffline(context));
  }
  if (gateway.health === 'down' || gateway.health === 'deaf') {
    return assessment(
      'gateway-down',
      [gateway.health === 'down' ? 'gateway-unreachable' : 'gateway-deaf'],
      gateway.why,
    );
  }
  if (blocked !== undefined) return blocked;
  if (calls?.attachedSince !== undefined) {
    const why = 'the gateway’s log told that it was let in, and of no end of it';
    return { ...assessment('alive', ['attached-by-log'], why), ready: true };
  }
  return assessment('unknown', ['no-viewpoint'], 'the gateway has not mentioned it for a while');
}
