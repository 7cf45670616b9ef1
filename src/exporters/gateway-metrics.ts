import type { GatewaySnapshot, Snapshot } from '../core/index.ts';
import { LABELS } from './labels.ts';
import type { LabelDefinition, MetricDefinition, Sample } from './metric.ts';
import { countedSince, each, eachOrOther, NOTHING, one, seconds, unixSeconds } from './readings.ts';

interface GatewayMetric extends Omit<MetricDefinition, 'samples' | 'labels'> {
  /** Beyond `gateway`. */
  readonly labels?: readonly LabelDefinition[];
  /** Samples of the gateway; their labels are those beyond `gateway`. */
  readonly of: (gateway: GatewaySnapshot, snapshot: Snapshot) => readonly Sample[];
}

function perGateway({ of, labels = [], ...metric }: GatewayMetric): MetricDefinition {
  return {
    ...metric,
    labels: [LABELS.gateway, ...labels],
    samples: (snapshot) =>
      snapshot.gateways.flatMap((gateway) =>
        countedSince(
          metric.type === 'counter' ? gateway.counters.since : undefined,
          of(gateway, snapshot).map(({ labels: own, value }) => ({ labels: [gateway.name, ...own], value })),
        ),
      ),
  };
}

function nodesByStatus({ name }: GatewaySnapshot, { nodes }: Snapshot): readonly Sample[] {
  const counts = { connected: 0, disconnected: 0, unknown: 0 };
  for (const { gateway, connected } of nodes) {
    if (gateway !== name) continue;
    counts[connected === undefined ? 'unknown' : connected ? 'connected' : 'disconnected'] += 1;
  }
  return each(LABELS.status.values, counts);
}

const DECLARATIONS: readonly GatewayMetric[] = [
  {
    name: 'openclaw_nodehost_gateway_up',
    help: 'Whether the gateway answers us, by transport; absent where that is not known',
    type: 'gauge',
    labels: [LABELS.transport],
    of: (gateway) => [...one(gateway.httpUp, 'http'), ...one(gateway.wsUp, 'ws')],
  },
  {
    name: 'openclaw_nodehost_gateway_rtt_seconds',
    help: 'Time that the last answer of the gateway took, by transport',
    type: 'gauge',
    unit: 'seconds',
    labels: [LABELS.transport],
    of: (gateway) => [...one(seconds(gateway.httpRttMs), 'http'), ...one(seconds(gateway.wsRttMs), 'ws')],
  },
  {
    name: 'openclaw_nodehost_gateway_healthy_since_timestamp_seconds',
    help: 'Unix time since which the gateway has been healthy; absent while it is not',
    type: 'gauge',
    unit: 'seconds',
    of: (gateway) => one(unixSeconds(gateway.healthySince)),
  },
  {
    name: 'openclaw_nodehost_gateway_restarts_total',
    help: 'Restarts of the gateway that we saw',
    type: 'counter',
    counted: 'restart',
    of: (gateway) => one(gateway.counters.restarts),
  },
  {
    name: 'openclaw_nodehost_gateway_session_closes_total',
    help: 'Sessions of this exporter with the gateway that were closed, by WebSocket close code',
    type: 'counter',
    labels: [LABELS.closeCode],
    counted: 'close',
    of: (gateway) => eachOrOther(LABELS.closeCode.values, gateway.counters.sessionCloses),
  },
  {
    name: 'openclaw_nodehost_gateway_auth_failures_total',
    help: 'Refusals of the credential or the device of this exporter by the gateway, by reason',
    type: 'counter',
    labels: [LABELS.countedRefusal],
    counted: 'failure',
    of: (gateway) => eachOrOther(LABELS.countedRefusal.values, gateway.counters.authFailures),
  },
  {
    name: 'openclaw_nodehost_gateway_nodes',
    help: 'Node hosts of the gateway that are known, by whether it says that they are connected',
    type: 'gauge',
    labels: [LABELS.status],
    counted: 'node',
    of: nodesByStatus,
  },
  {
    name: 'openclaw_nodehost_gateway_info',
    help: 'Facts about the gateway, in labels; absent until it told its version',
    type: 'info',
    labels: [LABELS.gatewayVersion],
    of: (gateway) => (gateway.version === undefined ? NOTHING : one(1, gateway.version)),
  },
];

/** Metrics of the gateway as seen from here. */
export const GATEWAY_METRICS: readonly MetricDefinition[] = DECLARATIONS.map(perGateway);
