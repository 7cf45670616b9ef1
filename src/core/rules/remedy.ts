import { SUPERVISOR_REASONS } from '../facts/supervisor.ts';
import type { Remedy } from '../model/remedy.ts';
import type { NodeKind } from '../model/node-kind.ts';
import type { NodeScope, NodeState } from '../model/node-state.ts';
import type { Service } from '../model/observation.ts';
import type { Reason } from '../model/reason.ts';

/** What a remedy rests on. */
export interface Remediable {
  readonly state: NodeState;
  readonly reasons: readonly Reason[];
  readonly scope: NodeScope;
  readonly kind: NodeKind;
  readonly service: Service | undefined;
  readonly pid: number | undefined;
  /** Of a device that waits to be approved, where its gateway's log told it. */
  readonly requestId?: string;
  /** Nobody can read the token that its gateway compares with. */
  readonly isTokenUnreadable: boolean;
}

/** What would help one node with such a verdict. */
export function remedyFor(node: Remediable): Remedy {
  const { state, reasons, scope, kind } = node;
  if (reasons.includes('restart-did-not-help')) return { kind: 'investigate' };
  switch (state) {
    case 'alive':
      return reasons.includes('awaiting-approval') ? { kind: 'approve-commands' } : { kind: 'none' };
    case 'down':
      return reasons.includes('cannot-start')
        ? { kind: 'repair-service', ...serviceOf(node) }
        : { kind: 'start', ...thenOf(node) };
    case 'wedged':
      return reasons.includes('process-stopped')
        ? { kind: 'continue', ...whereOf(node) }
        : { kind: 'restart', scope, ...whereOf(node) };
    case 'zombie':
      return { kind: 'restart', scope, ...whereOf(node) };
    case 'gateway-down':
      return { kind: reasons.includes('endpoint-unreachable') ? 'repair-path' : 'repair-gateway' };
    case 'blocked':
      return remedyForBlock(node);
    case 'offline':
      if (reasons.includes('not-in-roster')) return { kind: 'pair-again' };
      // Its device sleeps, or somebody has closed it: it comes back when it is used.
      return { kind: kind === 'app' ? 'none' : 'look-there' };
    case 'unknown':
      return remedyForDoubt(reasons);
    case 'starting':
    case 'reconnecting':
      return { kind: 'none' };
    default:
      return state satisfies never;
  }
}

function remedyForDoubt(reasons: readonly Reason[]): Remedy {
  if (reasons.includes('just-started')) return { kind: 'none' };
  if (reasons.includes('no-node-host-found')) return { kind: 'name-node-host' };
  if (reasons.includes('ambiguous')) return { kind: 'tell-apart' };
  return { kind: reasons.includes('gateway-guessed') ? 'name-gateway' : 'add-viewpoint' };
}

function remedyForBlock(node: Remediable): Remedy {
  const { reasons, requestId } = node;
  if (reasons.includes('tls')) return { kind: 'repair-certificate' };
  if (reasons.includes('dns')) return { kind: 'repair-name' };
  if (reasons.includes('http-4xx')) return { kind: 'repair-proxy' };
  if (reasons.includes('client_version_mismatch') || reasons.includes('protocol_mismatch')) {
    return { kind: 'match-versions' };
  }
  const then = thenOf(node);
  if (reasons.includes('pairing_required'))
    return { kind: 'approve-device', ...(requestId !== undefined && { requestId }), ...then };
  if (reasons.includes('rate_limited')) return { kind: 'wait-out-lock-out', ...then };
  const isForToken = reasons.includes('token_mismatch') || reasons.includes('token_missing');
  if (isForToken && node.isTokenUnreadable) return { kind: 'set-gateway-token', ...then };
  return { kind: 'give-credential', ...then };
}

function thenOf(node: Remediable): {
  readonly service?: Service;
  readonly hasGivenUp: boolean;
  readonly isUnloaded?: true;
  readonly isApp?: true;
} {
  const isUnloaded = node.reasons.includes('supervisor-not-loaded');
  const hasGivenUp = SUPERVISOR_REASONS.some((reason) => node.reasons.includes(reason));
  return {
    ...serviceOf(node),
    hasGivenUp,
    ...(isUnloaded && { isUnloaded }),
    ...(node.kind === 'app' && { isApp: true }),
  };
}

function serviceOf({ service }: Remediable): { readonly service?: Service } {
  return service === undefined ? {} : { service };
}

function whereOf(node: Remediable): { readonly service?: Service; readonly pid?: number } {
  return { ...serviceOf(node), ...(node.pid !== undefined && { pid: node.pid }) };
}
