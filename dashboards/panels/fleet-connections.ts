import { LABELS } from '../../src/exporters/labels.ts';
import {
  HEARTBEAT_AGE,
  perMinute,
  perMinuteByOccurring,
  topInRange,
  totalByOccurring,
  totalInRange,
  WORST,
} from '../expressions.ts';
import { NODE_HOST_OF_LINE } from '../links.ts';
import { PLAIN_COLORS, STATE_LOOKS } from '../node-state-look.ts';
import { series } from '../series.ts';
import { bars } from './bars.ts';
import { timeSeries } from './time-series.ts';

type TimeSeries = ReturnType<typeof timeSeries>;
type Bars = ReturnType<typeof bars>;

const BY = 'gateway, node_host';

/** Who has been of no use for the longest. */
export function heartbeatAge(): TimeSeries {
  return timeSeries({
    title: `Heartbeat age, the ${WORST} oldest`,
    description: `Time since the node host was last attached and proven alive, as far as any exporter knows; the ${WORST} that were the oldest in the time shown. A healthy one is under 40 s where its process is seen, under 65 s where only its gateway tells. It grows with every fault: a silent zombie, a frozen one, a dead one, a refusal, a gateway that is away.`,
    width: 12,
    height: 8,
    queries: [
      {
        expr: topInRange(HEARTBEAT_AGE, {
          by: BY,
          rank: `min by (${BY}) (max_over_time(${series('openclaw_nodehost_heartbeat_age_seconds')}[$__range] @ end()))`,
        }),
        legend: '{{node_host}}',
      },
    ],
    unit: 's',
    link: NODE_HOST_OF_LINE,
  });
}

/** Who tries to attach, and how often. */
export function reconnectAttempts(): TimeSeries {
  const counter = 'openclaw_nodehost_reconnect_attempts_total';
  return timeSeries({
    title: `Reconnect attempts, the ${WORST} busiest`,
    description: `Attempts a minute to attach again, successful or not; the ${WORST} with the most in the time shown. A node host tries after 1, 2, 4 … 30 s, then twice a minute: more is a storm. Counted only from the machine of the node host.`,
    width: 12,
    height: 8,
    queries: [
      {
        expr: topInRange(perMinute(counter, BY), { by: BY, rank: totalInRange(counter, BY) }),
        legend: '{{node_host}}',
      },
    ],
    unit: 'cpm',
    link: NODE_HOST_OF_LINE,
  });
}

const CLOSES = 'openclaw_nodehost_closes_total';

/** When connections were closed. */
export function closesOverTime(): TimeSeries {
  return timeSeries({
    title: 'Closes by code',
    description:
      'Connections of node hosts that were closed, a minute, by WebSocket close code. 1012: the gateway restarts, which is normal; 1006: cut without a word; 1008: refused; 1000 and 1005: closed on purpose. An attempt that failed is none. "none": nothing was closed.',
    width: 16,
    height: 8,
    queries: [{ expr: perMinuteByOccurring({ counter: CLOSES, labels: ['code'] }), legend: '{{code}}' }],
    unit: 'cpm',
    lines: ['none', ...LABELS.closeCode.values],
    style: 'stacked',
  });
}

/** How many of each code. */
export function closesTotal(): Bars {
  return bars({
    title: 'Closes in the time shown',
    description:
      'How many connections of node hosts were closed with each code in the time shown, as far as counters tell: rounded.',
    width: 8,
    height: 8,
    query: { expr: totalByOccurring({ counter: CLOSES, labels: ['code'] }), legend: '{{code}}' },
    unit: 'none',
    color: PLAIN_COLORS.notice,
  });
}

/** Why attempts fail. */
export function failuresOverTime(): TimeSeries {
  return timeSeries({
    title: 'Failed attempts by reason',
    description:
      'Attempts of node hosts to attach that failed, a minute, by reason. "refused" and "timeout" are the way to the gateway, "auth" and "pairing" the gateway itself. "none": no attempt failed.',
    width: 16,
    height: 8,
    queries: [
      {
        expr: perMinuteByOccurring({
          counter: 'openclaw_nodehost_reconnect_failures_total',
          labels: ['reason'],
        }),
        legend: '{{reason}}',
      },
    ],
    unit: 'cpm',
    lines: ['none', ...LABELS.failureReason.values],
    style: 'stacked',
  });
}

/** Who flaps. */
export function mostTransitions(): Bars {
  return bars({
    title: `Changes of state, the ${WORST} most restless`,
    description: `Changes of state in the time shown, by node host; the ${WORST} with the most. Many in one that is alive just now: it flaps.`,
    width: 8,
    height: 8,
    query: {
      expr: `topk(${WORST}, max by (${BY}) (sum by (job, instance, ${BY}) (increase(${series('openclaw_nodehost_transitions_total')}[$__range]))))`,
      legend: '{{node_host}}',
    },
    unit: 'none',
    color: PLAIN_COLORS.notice,
    link: NODE_HOST_OF_LINE,
  });
}

const REFUSALS = 'openclaw_nodehost_auth_failures_total';

/** When and why the gateway refuses node hosts. */
export function refusalsOverTime(): TimeSeries {
  return timeSeries({
    title: 'Auth failures by reason',
    description:
      'Refusals of the credential or the device of node hosts, a minute, by reason. token_mismatch and pairing_required in turns are one fault (openclaw#41407). "none": nothing was refused.',
    width: 8,
    height: 8,
    queries: [
      { expr: perMinuteByOccurring({ counter: REFUSALS, labels: ['reason'] }), legend: '{{reason}}' },
    ],
    unit: 'cpm',
    lines: ['none', ...LABELS.countedRefusal.values],
    style: 'stacked',
    legend: 'bottom',
  });
}

/** How many for each reason. */
export function refusalsTotal(): Bars {
  return bars({
    title: 'Auth failures in the time shown',
    description:
      'How many refusals of node hosts there were for each reason in the time shown, as far as counters tell: rounded.',
    width: 8,
    height: 8,
    query: { expr: totalByOccurring({ counter: REFUSALS, labels: ['reason'] }), legend: '{{reason}}' },
    unit: 'none',
    color: STATE_LOOKS.blocked.color,
  });
}

/** Who waits for a person. */
export function blockedNow(): Bars {
  const blocked = `max by (${BY}, reason) (${series('openclaw_nodehost_blocked')})`;
  return bars({
    title: 'Blocked now, by reason',
    description:
      'Node hosts that are refused now or cannot get through, by reason. A restart does not help: the credential must be changed, the device approved, or a certificate, a name or a proxy repaired. "none": none is blocked.',
    width: 8,
    height: 8,
    query: {
      expr: `sum by (reason) (${blocked}) > 0
or on ()
label_replace(sum(${blocked}), "reason", "none", "", "")`,
      legend: '{{reason}}',
    },
    unit: 'none',
    color: STATE_LOOKS.blocked.color,
  });
}
