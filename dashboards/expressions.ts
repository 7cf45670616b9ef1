import { DEFAULT_THRESHOLDS } from '../src/core/index.ts';
import { STATE_LOOKS } from './node-state-look.ts';
import { series } from './series.ts';

/** How many of the worst a panel about node hosts shows as lines. */
export const WORST = 10;
/** How many rows a state timeline is still read with. */
export const TIMELINE_ROWS = 25;

const NODE_HOST = 'gateway, node_host';
const SEEN_NODE_HOST = `job, instance, ${NODE_HOST}`;

/** One series a state: its number. */
const STATE_NUMBERS = Object.entries(STATE_LOOKS)
  .map(([state, { number }]) => `label_replace(vector(${number}), "state", "${state}", "", "")`)
  .join('\n    or ');

/** That an app sleeps is no trouble: these dashboards are about node hosts. */
const NO_APPS = `unless on (${SEEN_NODE_HOST}) ${series('openclaw_nodehost_info', { kind: 'app' })}`;

/** The number of the current state, as each exporter sees it. A state that this dashboard does not know gives none. */
export const STATE_NUMBER_BY_EXPORTER = `max by (${SEEN_NODE_HOST}) (
  (${series('openclaw_nodehost_state')} == 1 ${NO_APPS})
  * on (state) group_left ()
  (
    ${STATE_NUMBERS}
  )
)`;

/** The number of the current state; the worst, where several exporters see the node host. */
export const STATE_NUMBER = STATE_NUMBER_BY_EXPORTER.replace(
  `max by (${SEEN_NODE_HOST})`,
  `max by (${NODE_HOST})`,
);

/** Share of the time shown in which a node host was not alive, 0 to 1; the same at each point of the graph. */
const SHARE_NOT_ALIVE = `max by (${NODE_HOST}) (
  1 - avg_over_time(${series('openclaw_nodehost_state', { state: 'alive' })}[$__range] @ end())
  ${NO_APPS}
)`;

/**
 * {@link STATE_NUMBER} of those that were not alive all the time, the worst {@link TIMELINE_ROWS} of them, filled up to
 * {@link WORST} rows with any others: a small fleet is shown whole, a large one by what is wrong with it.
 */
export const STATE_NUMBER_OF_THE_WORST = `${STATE_NUMBER}
and on (${NODE_HOST})
(
  topk(${TIMELINE_ROWS}, ${SHARE_NOT_ALIVE} > 0)
  or
  topk(${WORST}, ${SHARE_NOT_ALIVE})
)`;

/** Seconds since the newest change of state that any exporter saw. */
export const SECONDS_IN_STATE = `time() - max by (${NODE_HOST}) (${series(
  'openclaw_nodehost_state_since_timestamp_seconds',
)})`;

/** The heartbeat of a healthy node host is younger. */
export const HEARTBEAT_STALE_SECONDS = DEFAULT_THRESHOLDS.pulseMaxMs / 1000;
/** OpenClawNodeHostHeartbeatStale fires for one that is older, but for an offline one. */
export const HEARTBEAT_ALERT_SECONDS = HEARTBEAT_STALE_SECONDS + 180;

/**
 * Seconds since any exporter last knew the node host attached and alive; clocks may differ a little, hence never below zero.
 */
export const HEARTBEAT_AGE = `clamp_min(
  time() - max by (${NODE_HOST}) (
    ${series('openclaw_nodehost_heartbeat_timestamp_seconds')} ${NO_APPS}
  ),
  0
)`;

/** The reason as told by the exporter whose verdict is shown. */
export const REASON = `max by (${NODE_HOST}, reason) (
  topk by (${NODE_HOST}) (1,
    ${series('openclaw_nodehost_reason')}
    * on (${SEEN_NODE_HOST}) group_left ()
    ${STATE_NUMBER_BY_EXPORTER}
  )
)`;

/** Facts as told by one exporter, that of its own machine where there is one. */
export const FACTS = `max by (${NODE_HOST}, version, platform, scope, instance) (
  topk by (${NODE_HOST}) (1,
    2 * ${series('openclaw_nodehost_info', { scope: 'local' })}
    or
    ${series('openclaw_nodehost_info')}
  )
)`;

/**
 * Only those of `by` for which `rank` was highest in the time shown. Ranked at its end, so that the lines of a graph do
 * not come and go.
 *
 * @param rank an expression without `@`-less ranges: the same at each point
 */
export function topInRange(
  expression: string,
  { by, rank, count = WORST }: { readonly by: string; readonly rank: string; readonly count?: number },
): string {
  return `${expression}\nand on (${by})\ntopk(${count}, ${rank})`;
}

/** Events a minute, by `by`. */
export function perMinute(counter: string, by: string): string {
  return `60 * sum by (${by}) (rate(${series(counter)}[$__rate_interval]))`;
}

/** Events in the time shown, by `by`; the same at each point of a graph. */
export function totalInRange(counter: string, by: string): string {
  return `sum by (${by}) (increase(${series(counter)}[$__range] @ end()))`;
}

/** A line that says `none`, so that nothing having happened is seen and is not mistaken for not knowing. */
function orNone(expression: string, { counter, labels }: Events): string {
  return orNoneOf(expression, labels[0] ?? '', `rate(${series(counter)}[$__rate_interval])`);
}

/** The same where what may have happened has no series everywhere. @param known what is there wherever an exporter is */
export function orNoneOf(expression: string, label: string, known: string): string {
  return `(${expression})
or on ()
label_replace(0 * sum(${known}), "${label}", "none", "", "")`;
}

/** A counter and the labels that tell its events apart. */
export interface Events {
  readonly counter: string;
  readonly labels: readonly string[];
}

/** Events a minute by their labels, of those kinds that occurred in the time shown. */
export function perMinuteByOccurring(events: Events): string {
  const by = events.labels.join(', ');
  const rate = perMinute(events.counter, by);
  return orNone(`${rate}\nand on (${by})\n(${totalInRange(events.counter, by)} > 0)`, events);
}

/** Events in the time shown by their labels, of those kinds that occurred. */
export function totalByOccurring(events: Events): string {
  return orNone(`${totalInRange(events.counter, events.labels.join(', '))} > 0`, events);
}

/** `expression` about a scrape target, of our exporters only: those that were seen to be one in the time shown. */
export function ofExporters(expression: string): string {
  return `${expression}
and on (job, instance)
max_over_time(${series('openclaw_nodehost_exporter_build_info')}[$__range] @ end())`;
}

/** `expression`, or -1 while it says nothing about a node host that is known: a viewpoint that is blind, or elsewhere. */
export function orNotSeen(expression: string): string {
  return `${expression}\nor on ()\n(-1 * max(${series('openclaw_nodehost_state')}))`;
}
