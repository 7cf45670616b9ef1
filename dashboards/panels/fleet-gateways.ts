import {
  HEARTBEAT_AGE,
  HEARTBEAT_STALE_SECONDS,
  perMinuteByOccurring,
  STATE_NUMBER,
  TIMELINE_ROWS,
  topInRange,
  WORST,
} from '../expressions.ts';
import { PLAIN_COLORS, STATE_LOOKS } from '../node-state-look.ts';
import { series } from '../series.ts';
import { valueMapping } from './looks.ts';
import { stateTimeline } from './state-timeline.ts';
import { joinedTable } from './table.ts';
import { timeSeries } from './time-series.ts';

/** Whether a gateway answers. */
export const ANSWERS = valueMapping([
  { value: 0, text: 'no answer', color: PLAIN_COLORS.bad },
  { value: 1, text: 'answers', color: PLAIN_COLORS.good },
]);

const UP = series('openclaw_nodehost_gateway_up');

/** Which gateway answered when, on which transport. */
export function gatewayAnswers(): ReturnType<typeof stateTimeline> {
  return stateTimeline({
    title: 'Gateways by transport',
    description: `Whether each gateway answers over HTTP and over WebSocket, to every exporter that asks; the ${TIMELINE_ROWS} rows with the longest silence. HTTP answers and WebSocket does not: the gateway is deaf. No WebSocket row: the exporter has no credential for it.`,
    width: 16,
    height: 8,
    queries: [
      {
        expr: topInRange(`min by (gateway, transport) (${UP})`, {
          by: 'gateway, transport',
          rank: `max by (gateway, transport) (1 - avg_over_time(${UP}[$__range] @ end()))`,
          count: TIMELINE_ROWS,
        }),
        legend: '{{gateway}} {{transport}}',
      },
    ],
    mapping: ANSWERS,
  });
}

/** How long it takes to answer. */
export function gatewayRoundTrip(): ReturnType<typeof timeSeries> {
  const rtt = series('openclaw_nodehost_gateway_rtt_seconds');
  return timeSeries({
    title: `Round trip, the ${WORST} slowest`,
    description: `Time that the gateway took to answer, by transport, as measured by the slowest exporter; the ${WORST} slowest in the time shown.`,
    width: 8,
    height: 8,
    queries: [
      {
        expr: topInRange(`max by (gateway, transport) (${rtt})`, {
          by: 'gateway, transport',
          rank: `max by (gateway, transport) (max_over_time(${rtt}[$__range] @ end()))`,
        }),
        legend: '{{gateway}} {{transport}}',
      },
    ],
    unit: 's',
    legend: 'bottom',
  });
}

function nodesThat(status: string): string {
  return `max by (gateway) (${series('openclaw_nodehost_gateway_nodes', { kind: 'node-host', status })})`;
}

/** What is known of each gateway. */
export function gatewayTable(): ReturnType<typeof joinedTable> {
  return joinedTable({
    title: 'Gateways',
    description:
      'Each gateway as of the end of the time shown, with its node hosts: how many of them are not alive, the oldest of their heartbeats, and how many it calls attached and detached itself. "Healthy for" is empty while it is not healthy; restarts are those in the time shown, rounded.',
    width: 16,
    height: 7,
    exprs: [
      nodesThat('disconnected'),
      nodesThat('connected'),
      `time() - max by (gateway) (${series('openclaw_nodehost_gateway_healthy_since_timestamp_seconds')})`,
      `max by (gateway) (increase(${series('openclaw_nodehost_gateway_restarts_total')}[$__range]))`,
      `max by (gateway, version) (topk by (gateway) (1, ${series('openclaw_nodehost_gateway_info')}))`,
      `sum by (gateway) ((${STATE_NUMBER}) != bool ${STATE_LOOKS.alive.number})`,
      `max by (gateway) (${HEARTBEAT_AGE})`,
    ],
    columns: [
      { from: { label: 'gateway' }, title: 'Gateway' },
      {
        from: { valueOf: 'F' },
        title: 'Not alive',
        widthPx: 90,
        decimals: 0,
        steps: [
          { from: null, color: 'transparent' },
          { from: 1, color: PLAIN_COLORS.bad },
        ],
        colored: true,
      },
      {
        from: { valueOf: 'G' },
        title: 'Oldest heartbeat',
        widthPx: 140,
        unit: 's',
        decimals: 1,
        steps: [
          { from: null, color: 'transparent' },
          { from: HEARTBEAT_STALE_SECONDS, color: PLAIN_COLORS.warning },
        ],
        colored: true,
      },
      { from: { valueOf: 'C' }, title: 'Healthy for', widthPx: 120, unit: 's', decimals: 1 },
      { from: { valueOf: 'D' }, title: 'Restarts', widthPx: 90, decimals: 0 },
      { from: { valueOf: 'B' }, title: 'Attached', widthPx: 90, decimals: 0 },
      { from: { valueOf: 'A' }, title: 'Detached', widthPx: 90, decimals: 0 },
      { from: { label: 'version' }, title: 'Version', widthPx: 120 },
    ],
    worstFirstBy: 'Not alive',
  });
}

/** Whether the exporters themselves get along with it. */
export function gatewaySessions(): ReturnType<typeof timeSeries> {
  return timeSeries({
    title: 'Sessions of exporters closed',
    description:
      'Sessions of the exporters with their gateways that were closed, a minute, by gateway and WebSocket close code. "none": none was closed.',
    width: 8,
    height: 7,
    queries: [
      {
        expr: perMinuteByOccurring({
          counter: 'openclaw_nodehost_gateway_session_closes_total',
          labels: ['gateway', 'code'],
        }),
        legend: '{{gateway}} {{code}}',
      },
    ],
    unit: 'cpm',
    style: 'stacked',
    legend: 'bottom',
  });
}
