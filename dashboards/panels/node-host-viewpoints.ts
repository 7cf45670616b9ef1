import { DEFAULT_THRESHOLDS, PROOF_SOURCES } from '../../src/core/index.ts';
import {
  HEARTBEAT_AGE,
  HEARTBEAT_STALE_SECONDS,
  orNotSeen,
  STATE_NUMBER,
  STATE_NUMBER_BY_EXPORTER,
} from '../expressions.ts';
import { PLAIN_COLORS, STATE_LOOKS } from '../node-state-look.ts';
import { series } from '../series.ts';
import { NOT_SEEN, STATE_MAPPING, valueMapping } from './looks.ts';
import { stateTimeline, type TimelineQuery } from './state-timeline.ts';
import { joinedTable } from './table.ts';
import { timeSeries } from './time-series.ts';

const { good, notice, warning, bad } = PLAIN_COLORS;
/** Past this no healthy event loop sleeps. */
const PULSE_SILENT_SECONDS = DEFAULT_THRESHOLDS.pulseMaxMs / 1000;

interface Viewpoint {
  readonly name: string;
  /** One number; -1 is added where it says nothing. */
  readonly expr: string;
  /** What each number from 0 on means. */
  readonly says: readonly (readonly [text: string, color: string])[];
}

function pulse(): string {
  return series('openclaw_nodehost_proof_of_life_timestamp_seconds', { source: 'pulse' });
}

/** Facts of a gateway, where this node host is known there. */
function ofItsGateway(transport: 'http' | 'ws'): string {
  return `min(
  ${series('openclaw_nodehost_gateway_up', { transport })}
  and on (job, instance, gateway)
  ${series('openclaw_nodehost_state')}
)`;
}

const VIEWPOINTS: readonly Viewpoint[] = [
  {
    name: 'Process',
    expr: `max(${series('openclaw_nodehost_process_up')})`,
    says: [
      ['gone', bad],
      ['runs', good],
    ],
  },
  {
    name: 'Supervisor',
    expr: `max(${series('openclaw_nodehost_supervisor_gave_up')})`,
    says: [
      ['on duty', good],
      ['gave up', bad],
    ],
  },
  {
    name: 'Pulse',
    expr: `min(time() - ${pulse()}) > bool ${PULSE_SILENT_SECONDS}`,
    says: [
      ['beats', good],
      [`none for ${PULSE_SILENT_SECONDS} s`, bad],
    ],
  },
  {
    name: 'Socket',
    expr: `max(
  2 + 0 * (${series('openclaw_nodehost_socket_unread_bytes')} > 0)
  or
  ${series('openclaw_nodehost_socket_established')}
)`,
    says: [
      ['not connected', bad],
      ['connected', good],
      ['unread bytes', warning],
    ],
  },
  {
    name: 'Log',
    expr: `max(
  2 * (${series('openclaw_nodehost_parked')} == 1)
  or
  (sum without (reason) (increase(${series('openclaw_nodehost_reconnect_failures_total')}[$__rate_interval])) > bool 0)
  or
  ${series('openclaw_nodehost_parked')}
)`,
    says: [
      ['no failed attempt', good],
      ['attempts fail', warning],
      ['parked', STATE_LOOKS.blocked.color],
    ],
  },
  {
    name: 'Gateway',
    expr: `min(${series('openclaw_nodehost_connected')})`,
    says: [
      ['not attached', bad],
      ['attached', good],
    ],
  },
  {
    name: 'Approval',
    expr: `min(${series('openclaw_nodehost_approved')})`,
    says: [
      ['commands withheld', STATE_LOOKS.blocked.color],
      ['approved', good],
    ],
  },
  {
    name: 'Probe',
    expr: `min(${series('openclaw_nodehost_probe_success')})`,
    says: [
      ['no answer', bad],
      ['answered', good],
    ],
  },
  {
    name: 'Gateway HTTP',
    expr: ofItsGateway('http'),
    says: [
      ['no answer', bad],
      ['answers', notice],
    ],
  },
  {
    name: 'Gateway WS',
    expr: ofItsGateway('ws'),
    says: [
      ['no answer', bad],
      ['answers', notice],
    ],
  },
];

function row({ name, expr, says }: Viewpoint): TimelineQuery {
  return {
    expr: orNotSeen(expr),
    legend: name,
    mapping: valueMapping([NOT_SEEN, ...says.map(([text, color], value) => ({ value, text, color }))]),
  };
}

/** The verdict, and under it what each viewpoint said at that time. */
export function viewpoints(): ReturnType<typeof stateTimeline> {
  return stateTimeline({
    title: 'Verdict and viewpoints',
    description:
      'The verdict on top, what each viewpoint says under it. One that disagrees with the rest is the fault: a process that runs and a socket that is there, but a gateway that has no session of it, is a zombie. "not seen": this viewpoint has nothing to say, because it is blind, switched off or on another machine.',
    width: 24,
    height: 13,
    queries: [{ expr: `max(${STATE_NUMBER})`, legend: 'Verdict' }, ...VIEWPOINTS.map(row)],
    mapping: STATE_MAPPING,
    whenEmpty: 'Nothing is known of this node host in the time shown.',
  });
}

/** Why the verdict was what it was. */
export function reasons(): ReturnType<typeof stateTimeline> {
  return stateTimeline({
    title: 'Main reasons',
    description: 'When which reason was the main one of the verdict: a row a reason.',
    width: 24,
    height: 6,
    queries: [{ expr: `max by (reason) (${series('openclaw_nodehost_reason')})`, legend: '{{reason}}' }],
    mapping: valueMapping([{ value: 1, text: 'main reason', color: notice }]),
    whenEmpty: 'Nothing is known of this node host in the time shown.',
  });
}

/** Since when it has been of no use. */
export function heartbeatAge(): ReturnType<typeof timeSeries> {
  return timeSeries({
    title: 'Heartbeat age',
    description: `Time since it was last attached and proven alive. It grows from the fault on, whatever the fault; past ${HEARTBEAT_STALE_SECONDS} s nobody can use it.`,
    width: 12,
    height: 7,
    queries: [{ expr: `max(${HEARTBEAT_AGE})`, legend: 'heartbeat' }],
    unit: 's',
    lines: ['heartbeat'],
    legend: 'bottom',
    whenEmpty: 'It was never seen attached.',
  });
}

/** What its event loop still does. */
export function proofsOfLife(): ReturnType<typeof timeSeries> {
  return timeSeries({
    title: 'Proof of life age by source',
    description:
      'Time since the last proof that its event loop ran, attached or not, by what gave it: pulse (it woke), host_stats (told by the gateway, every 60 s), probe, log (a line), connect. Log and connect grow without end in a healthy one. A pulse that goes on beside a heartbeat that grows is a silent zombie.',
    width: 12,
    height: 7,
    queries: [
      {
        expr: `clamp_min(
  time() - max by (source) (${series('openclaw_nodehost_proof_of_life_timestamp_seconds')}),
  0
)`,
        legend: '{{source}}',
      },
    ],
    unit: 's',
    lines: PROOF_SOURCES,
    legend: 'bottom',
  });
}

/** What it does not read. */
export function unreadBytes(): ReturnType<typeof timeSeries> {
  return timeSeries({
    title: 'Unread bytes',
    description:
      'Bytes that arrived for it and that it has not read. A running event loop reads within milliseconds; a level that stays is one that does not run. Nothing is shown without a connection.',
    width: 24,
    height: 5,
    queries: [{ expr: `max(${series('openclaw_nodehost_socket_unread_bytes')})`, legend: 'unread' }],
    unit: 'bytes',
    legend: 'bottom',
    whenEmpty: 'No connection of it is seen.',
  });
}

/** Who says so. */
export function seenBy(): ReturnType<typeof joinedTable> {
  const by = 'job, instance, gateway, node_host';
  return joinedTable({
    title: 'Seen by',
    description:
      'Each exporter that knows this node host, with its own verdict; "local" is the one on its machine. Where they disagree, the worst is shown above.',
    width: 24,
    height: 5,
    exprs: [
      STATE_NUMBER_BY_EXPORTER,
      `max by (${by}, node_id, version, platform, scope) (${series('openclaw_nodehost_info')})`,
      `time() - max by (${by}) (${series('openclaw_nodehost_state_since_timestamp_seconds')})`,
    ],
    columns: [
      { from: { label: 'instance' }, title: 'Exporter' },
      { from: { valueOf: 'A' }, title: 'State', widthPx: 130, mapping: STATE_MAPPING, colored: true },
      { from: { valueOf: 'C' }, title: 'For', widthPx: 110, unit: 's', decimals: 1 },
      { from: { label: 'scope' }, title: 'Scope', widthPx: 90 },
      { from: { label: 'version' }, title: 'Version', widthPx: 120 },
      { from: { label: 'platform' }, title: 'Platform', widthPx: 110 },
      { from: { label: 'gateway' }, title: 'Gateway', widthPx: 190 },
      { from: { label: 'node_id' }, title: 'Node id', widthPx: 330 },
      { from: { label: 'node_host' }, title: 'Node host', widthPx: 170 },
      { from: { label: 'job' }, title: 'Job', widthPx: 140 },
    ],
    worstFirstBy: 'State',
  });
}
