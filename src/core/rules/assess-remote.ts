import { assessment, type Assessment } from './assessment.ts';
import { isWithheld } from './assess-local.ts';
import type { RowView } from './attachment.ts';
import type { ProbeFacts } from '../facts/node-facts.ts';
import type { GatewayHealth } from '../model/snapshot.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { Instant } from '../model/time.ts';
import { wedgedRemotely } from './wedged.ts';

export interface RemoteContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly gateway: {
    readonly health: GatewayHealth;
    readonly why: string;
    readonly healthySince: Instant | undefined;
  };
  /** Absent when no roster can be believed now, or when this node host is not in it. */
  readonly row: RowView | undefined;
  readonly isRosterUsable: boolean;
  readonly probe: ProbeFacts | undefined;
  readonly trustedSince: Instant;
}

/** The verdict table of the design for a node host that is known only through the gateway. */
export function assessRemote(context: RemoteContext): Assessment {
  const { row, gateway } = context;
  if (row?.row.connected === true) {
    const wedged = wedgedRemotely({ ...context, gatewayHealthySince: gateway.healthySince, row });
    if (wedged !== undefined) return wedged;
    if (isWithheld(row)) {
      return assessment(
        'alive',
        ['attached', 'awaiting-approval'],
        'attached, but the gateway withholds its commands until an operator approves them',
      );
    }
    return {
      state: 'alive',
      reasons: ['attached'],
      why: 'the gateway holds a live session of it',
      ready: true,
    };
  }
  if (context.isRosterUsable) {
    return row === undefined
      ? assessment('offline', ['not-in-roster'], 'the gateway does not list it any more')
      : assessment('offline', ['not-connected'], 'the gateway holds no session of it');
  }
  if (gateway.health === 'down' || gateway.health === 'deaf') {
    return assessment(
      'gateway-down',
      [gateway.health === 'down' ? 'gateway-unreachable' : 'gateway-deaf'],
      gateway.why,
    );
  }
  return assessment('unknown', ['no-viewpoint'], 'the gateway has not told us about it for a while');
}
