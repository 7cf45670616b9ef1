import { CLOSE_CODES } from '../../src/core/index.ts';
import { perMinuteByOccurring, TIMELINE_ROWS, topInRange, WORST } from '../expressions.ts';
import { PLAIN_COLORS } from '../node-state-look.ts';
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
  return `max by (gateway) (${series('openclaw_nodehost_gateway_nodes', { status })})`;
}

/** What is known of each gateway. */
export function gatewayTable(): ReturnType<typeof joinedTable> {
  return joinedTable({
    title: 'Gateways',
    description:
      'Each gateway as of the end of the time shown. "Healthy for" is empty while it is not healthy; restarts are those in the time shown, rounded; attached and detached are node hosts by the word of the gateway.',
    width: 16,
    height: 7,
    exprs: [
      nodesThat('disconnected'),
      nodesThat('connected'),
      `time() - max by (gateway) (${series('openclaw_nodehost_gateway_healthy_since_timestamp_seconds')})`,
      `max by (gateway) (increase(${series('openclaw_nodehost_gateway_restarts_total')}[$__range]))`,
      `max by (gateway, version) (topk by (gateway) (1, ${series('openclaw_nodehost_gateway_info')}))`,
    ],
    columns: [
      { from: { label: 'gateway' }, title: 'Gateway' },
      { from: { valueOf: 'C' }, title: 'Healthy for', widthPx: 120, unit: 's', decimals: 1 },
      { from: { valueOf: 'D' }, title: 'Restarts', widthPx: 90, decimals: 0 },
      { from: { valueOf: 'B' }, title: 'Attached', widthPx: 90, decimals: 0 },
      { from: { valueOf: 'A' }, title: 'Detached', widthPx: 90, decimals: 0 },
      { from: { label: 'version' }, title: 'Version', widthPx: 120 },
    ],
    worstFirstBy: 'Detached',
  });
}

/** Whether the exporters themselves get along with it. */
export function gatewaySessions(): ReturnType<typeof timeSeries> {
  return timeSeries({
    title: 'Sessions of exporters closed',
    description:
      'Sessions of the exporters with their gateway that were closed, a minute, by WebSocket close code. "none": none was closed.',
    width: 8,
    height: 7,
    queries: [
      {
        expr: perMinuteByOccurring({
          counter: 'openclaw_nodehost_gateway_session_closes_total',
          labels: ['code'],
        }),
        legend: '{{code}}',
      },
    ],
    unit: 'cpm',
    lines: ['none', ...CLOSE_CODES],
    style: 'stacked',
    legend: 'bottom',
  });
}
