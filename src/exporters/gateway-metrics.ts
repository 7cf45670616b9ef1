import {
  CALLER_ROLES,
  type GatewaySnapshot,
  NODE_KINDS,
  type Snapshot,
  STARTUP_STATUSES,
} from '../core/index.ts';
import { LABELS } from './labels.ts';
import { metricsOf, type Sample, type Subjects } from './metric.ts';
import { each, eachOrOther, NOTHING, one, oneOf, seconds, unixSeconds } from './readings.ts';

function nodesByStatus({ name }: GatewaySnapshot, nodes: Snapshot['nodes']): readonly Sample[] {
  return NODE_KINDS.flatMap((wanted) => {
    const counts = { connected: 0, disconnected: 0, unknown: 0 };
    for (const { gateway, kind, connected } of nodes) {
      if (gateway !== name || kind !== wanted) continue;
      counts[connected === undefined ? 'unknown' : connected ? 'connected' : 'disconnected'] += 1;
    }
    return each(LABELS.status.values, counts).map(({ labels, value }) => ({
      labels: [wanted, ...labels],
      value,
    }));
  });
}

const GATEWAYS: Subjects<GatewaySnapshot> = {
  labels: [LABELS.gateway],
  all: ({ gateways }) => gateways,
  names: ({ name }) => [name],
  since: ({ counters }) => counters.since,
};

/** Metrics of the gateway as seen from here. */
export const GATEWAY_METRICS = metricsOf(GATEWAYS, [
  {
    name: 'openclaw_nodehost_gateway_up',
    help: 'Whether the gateway answers the exporter, by transport; absent where that is not known',
    labels: [LABELS.transport],
    of: (gateway) => [...one(gateway.httpUp, 'http'), ...one(gateway.wsUp, 'ws')],
  },
  {
    name: 'openclaw_nodehost_gateway_rtt_seconds',
    help: 'Time that the last answer of the gateway took, by transport',
    labels: [LABELS.transport],
    of: (gateway) => [...one(seconds(gateway.httpRttMs), 'http'), ...one(seconds(gateway.wsRttMs), 'ws')],
  },
  {
    name: 'openclaw_nodehost_gateway_healthy_since_timestamp_seconds',
    help: 'Unix time since which the gateway has been healthy; absent while it is not',
    of: (gateway) => one(unixSeconds(gateway.healthySince)),
  },
  {
    name: 'openclaw_nodehost_gateway_restarts_total',
    help: 'Restarts of the gateway that the exporter saw',
    counted: 'restart',
    of: (gateway) => one(gateway.counters.restarts),
  },
  {
    name: 'openclaw_nodehost_gateway_session_closes_total',
    help: 'Sessions of this exporter with the gateway that were closed, by WebSocket close code',
    labels: [LABELS.closeCode],
    counted: 'close',
    of: (gateway) => eachOrOther(LABELS.closeCode.values, gateway.counters.sessionCloses),
  },
  {
    name: 'openclaw_nodehost_gateway_auth_failures_total',
    help: 'Refusals of the credential or the device of this exporter by the gateway, by reason',
    labels: [LABELS.countedRefusal],
    counted: 'failure',
    of: (gateway) => eachOrOther(LABELS.countedRefusal.values, gateway.counters.authFailures),
  },
  {
    name: 'openclaw_nodehost_gateway_refused_connects_total',
    help: 'Connects that the gateway refused, by its own log, for which no node could be named, by reason and by the role that was asked for; absent where its log is not read',
    labels: [LABELS.connectRefusal, LABELS.callerRole],
    counted: 'connect',
    of: ({ hasLog, counters: { refusedConnects } }) =>
      hasLog
        ? CALLER_ROLES.flatMap((role) =>
            eachOrOther(LABELS.connectRefusal.values, refusedConnects[role]).map(({ labels, value }) => ({
              labels: [...labels, role],
              value,
            })),
          )
        : NOTHING,
  },
  {
    name: 'openclaw_nodehost_gateway_token_regenerated_total',
    help: 'Times that the gateway had no token at its start and made one, by its own log; absent where that is not read',
    counted: 'regeneration',
    of: ({ hasLog, counters }) => (hasLog ? one(counters.tokensRegenerated) : NOTHING),
  },
  {
    name: 'openclaw_nodehost_gateway_nodes',
    help: 'Nodes of the gateway that are known, by whether it says that they are connected',
    labels: [LABELS.kind, LABELS.status],
    counted: 'node',
    of: (gateway, { snapshot: { nodes } }) => nodesByStatus(gateway, nodes),
  },
  {
    name: 'openclaw_nodehost_gateway_duplicate_nodes',
    help: 'Nodes of the gateway that share their kind and display name with another of it: ghosts of earlier pairings, or two that are called alike',
    counted: 'node',
    of: (gateway) => one(gateway.duplicateNodes),
  },
  {
    name: 'openclaw_nodehost_gateway_ready',
    help: 'Whether the gateway calls itself ready, which a broken chat channel prevents as well; absent where it does not say',
    of: (gateway) => one(gateway.ready),
  },
  {
    name: 'openclaw_nodehost_gateway_startup_status',
    help: 'What the gateway says of its start, 1 for the current status and 0 for the others; absent before 2026.9',
    type: 'stateset',
    labels: [LABELS.startupStatus],
    of: (gateway) => (gateway.startup === undefined ? NOTHING : oneOf(STARTUP_STATUSES, gateway.startup)),
  },
  {
    name: 'openclaw_nodehost_gateway_clock_skew_seconds',
    help: 'How far the clock of the gateway is ahead of that of the exporter, wrong by half a round trip at most',
    of: (gateway) => one(seconds(gateway.clockSkewMs)),
  },
  {
    name: 'openclaw_nodehost_gateway_certificate_expiry_timestamp_seconds',
    help: 'Unix time at which the certificate that the gateway shows expires; absent without TLS',
    of: (gateway) => one(seconds(gateway.certificateNotAfterMs)),
  },
  {
    name: 'openclaw_nodehost_gateway_info',
    help: 'Facts about the gateway, in labels; absent until it told its version',
    labels: [LABELS.gatewayVersion],
    of: (gateway) => (gateway.version === undefined ? NOTHING : one(1, gateway.version)),
  },
]);
