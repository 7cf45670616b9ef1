import {
  HEARTBEAT_AGE,
  HEARTBEAT_STALE_SECONDS,
  orNoneOf,
  perMinute,
  perMinuteByOccurring,
  STATE_NUMBER,
  TIMELINE_ROWS,
  topInRange,
  totalInRange,
  WORST,
} from '../expressions.ts';
import { PLAIN_COLORS, STATE_LOOKS } from '../node-state-look.ts';
import { series } from '../series.ts';
import { bars } from './bars.ts';
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
      'Each gateway as of the end of the time shown, with its node hosts: how many of them are not alive, the oldest of their heartbeats, and how many it calls attached and detached itself. "Healthy for" is empty while it is not healthy; restarts, and tokens that it made itself, are those in the time shown, rounded; "called alike" are nodes of one kind that share a name. Of tokens only the gateway’s own log tells.',
    width: 24,
    height: 7,
    exprs: [
      nodesThat('disconnected'),
      nodesThat('connected'),
      `time() - max by (gateway) (${series('openclaw_nodehost_gateway_healthy_since_timestamp_seconds')})`,
      `max by (gateway) (increase(${series('openclaw_nodehost_gateway_restarts_total')}[$__range]))`,
      `max by (gateway, version) (topk by (gateway) (1, ${series('openclaw_nodehost_gateway_info')}))`,
      `sum by (gateway) ((${STATE_NUMBER}) != bool ${STATE_LOOKS.alive.number})`,
      `max by (gateway) (${HEARTBEAT_AGE})`,
      `max by (gateway) (${series('openclaw_nodehost_gateway_clock_skew_seconds')})`,
      `max by (gateway) (increase(${series('openclaw_nodehost_gateway_token_regenerated_total')}[$__range])) or 0 * max by (gateway) (${UP})`,
      `max by (gateway) (${series('openclaw_nodehost_gateway_duplicate_nodes')})`,
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
      { from: { valueOf: 'J' }, title: 'Called alike', widthPx: 100, decimals: 0 },
      { from: { valueOf: 'H' }, title: 'Clock ahead', widthPx: 110, unit: 's', decimals: 1 },
      {
        from: { valueOf: 'I' },
        title: 'Tokens made',
        widthPx: 110,
        decimals: 0,
        steps: [
          { from: null, color: 'transparent' },
          { from: 1, color: PLAIN_COLORS.bad },
        ],
        colored: true,
      },
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
    width: 6,
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

const BY_NODE = 'gateway, node_host';

/** Apps beside the node hosts, of which all other panels are. */
export function appsByState(): ReturnType<typeof bars> {
  const state = `max by (${BY_NODE}, state) (${series('openclaw_nodehost_state')} == 1 and on (job, instance, ${BY_NODE}) ${series('openclaw_nodehost_info', { kind: 'app' })})`;
  return bars({
    title: 'Apps by state',
    description:
      'Companion apps (macOS, iOS, Android, Windows) that are known to a gateway, by state. One that sleeps is offline, which is no trouble; one that is blocked is refused again and again. "none": no app is known.',
    width: 6,
    height: 7,
    query: {
      expr: orNoneOf(`sum by (state) (${state})`, 'state', series('openclaw_nodehost_gateway_up')),
      legend: '{{state}}',
    },
    unit: 'none',
    color: PLAIN_COLORS.notice,
  });
}

/** Whether one was left behind by an update. */
export function versions(): ReturnType<typeof bars> {
  const version = `max by (${BY_NODE}, version) (${series('openclaw_nodehost_info', { kind: 'node-host' })})`;
  return bars({
    title: 'Node hosts by version',
    description:
      'How many node hosts run which version of OpenClaw; those of their gateways are in the table above. "not told": nobody has told it yet.',
    width: 6,
    height: 7,
    query: {
      expr: `sum by (version) (label_replace(${version}, "version", "not told", "version", ""))`,
      legend: '{{version}}',
    },
    unit: 'none',
    color: PLAIN_COLORS.notice,
  });
}

const REFUSED = 'openclaw_nodehost_gateway_refused_connects_total';

/** Who is refused without a name. */
export function refusedOfOthers(): ReturnType<typeof timeSeries> {
  const rate = `${perMinute(REFUSED, 'reason')}\nand on (reason)\n(${totalInRange(REFUSED, 'reason')} > 0)`;
  return timeSeries({
    title: 'Refused, nobody knows who',
    description:
      'Connects that gateways refused, a minute, where no node could be named, by reason; told by the log of a gateway of the exporter’s own machine. Node hosts and apps that have a name are under "Auth failures by reason". "none": nobody was, or no log tells.',
    width: 6,
    height: 7,
    queries: [
      { expr: orNoneOf(rate, 'reason', series('openclaw_nodehost_gateway_up')), legend: '{{reason}}' },
    ],
    unit: 'cpm',
    style: 'stacked',
    legend: 'bottom',
  });
}
