import {
  FACTS,
  HEARTBEAT_AGE,
  REASON,
  SECONDS_IN_STATE,
  STATE_NUMBER,
  STATE_NUMBER_OF_THE_WORST,
  TIMELINE_ROWS,
  WORST,
} from '../expressions.ts';
import { NODE_HOST_OF_LINE, nodeHostOfRow } from '../links.ts';
import { PLAIN_COLORS, STATE_LOOKS, STATES_WORST_FIRST } from '../node-state-look.ts';
import { refId } from '../query.ts';
import { STATE_MAPPING, thresholds } from './looks.ts';
import { statTiles } from './stat.ts';
import { stateTimeline } from './state-timeline.ts';
import { joinedTable } from './table.ts';

type Panel<F extends (options: never) => unknown> = ReturnType<F>;

/** How many there are. */
export function fleetSize(): Panel<typeof statTiles> {
  return statTiles({
    title: 'Node hosts',
    description:
      'Node hosts that are known, each counted once however many exporters see it. One that no exporter has seen for 30 days is forgotten.',
    width: 3,
    height: 4,
    queries: [{ expr: `count(${STATE_NUMBER})`, legend: 'node hosts' }],
    unit: 'none',
    decimals: 0,
    steps: [{ from: null, color: 'text' }],
    colored: 'nothing',
  });
}

/** How many of them are fine, 0 to 1. */
export function shareAlive(): Panel<typeof statTiles> {
  return statTiles({
    title: 'Alive',
    description:
      'Share of the node hosts whose state is alive: attached to their gateway, by every exporter that sees them.',
    width: 3,
    height: 4,
    queries: [{ expr: `avg((${STATE_NUMBER}) == bool ${STATE_LOOKS.alive.number})`, legend: 'alive' }],
    unit: 'percentunit',
    decimals: 0,
    steps: [
      { from: null, color: PLAIN_COLORS.bad },
      { from: 0.9, color: PLAIN_COLORS.warning },
      { from: 1, color: PLAIN_COLORS.good },
    ],
  });
}

/** A tile a state, the worst first. */
export function stateCounts(): Panel<typeof statTiles> {
  return statTiles({
    title: 'Node hosts by state',
    description:
      'Now. zombie, wedged and down want a restart of the node host; blocked wants a person: a restart does not help. Where several exporters see a node host, the worst state counts.',
    width: 18,
    height: 4,
    queries: STATES_WORST_FIRST.map((state) => ({
      expr: `sum((${STATE_NUMBER}) == bool ${STATE_LOOKS[state].number})`,
      legend: STATE_LOOKS[state].text,
    })),
    unit: 'none',
    decimals: 0,
    steps: [{ from: null, color: PLAIN_COLORS.quiet }],
    byQuery: Object.fromEntries(
      STATES_WORST_FIRST.map((state, index) => [
        refId(index),
        [
          {
            id: 'thresholds',
            value: thresholds([
              { from: null, color: 'transparent' },
              { from: 1, color: STATE_LOOKS[state].color },
            ]).build(),
          },
        ],
      ]),
    ),
    show: 'value_and_name',
    colored: 'background',
  });
}

/** What happened to those with whom anything was wrong. */
export function stateTimelineOfTheWorst(): Panel<typeof stateTimeline> {
  return stateTimeline({
    title: `States, the ${TIMELINE_ROWS} longest not alive`,
    description: `Node hosts that were not alive all the time shown, the ${TIMELINE_ROWS} with the longest trouble; filled up to ${WORST} rows with others, so that a small fleet is always shown whole. A gap: no exporter could be scraped. A click on a row opens the node host.`,
    width: 24,
    height: 10,
    queries: [{ expr: STATE_NUMBER_OF_THE_WORST, legend: '{{node_host}}' }],
    mapping: STATE_MAPPING,
    link: NODE_HOST_OF_LINE,
    whenEmpty: 'No node host is known: is the exporter scraped?',
  });
}

/** Everybody, the worst first. */
export function worstFirst(): Panel<typeof joinedTable> {
  return joinedTable({
    title: 'Node hosts, the worst first',
    description:
      'Every node host as of the end of the time shown. The reason is that of the exporter whose verdict counts; the facts are those of the exporter on its own machine, where there is one. A click on a name opens the node host.',
    width: 24,
    height: 10,
    exprs: [STATE_NUMBER, REASON, SECONDS_IN_STATE, HEARTBEAT_AGE, FACTS],
    columns: [
      {
        from: { label: 'node_host' },
        title: 'Node host',
        link: nodeHostOfRow({ gateway: 'Gateway', nodeHost: 'Node host' }),
      },
      { from: { valueOf: 'A' }, title: 'State', widthPx: 130, mapping: STATE_MAPPING, colored: true },
      { from: { valueOf: 'C' }, title: 'For', widthPx: 110, unit: 's', decimals: 1 },
      { from: { label: 'reason' }, title: 'Reason', widthPx: 190 },
      { from: { valueOf: 'D' }, title: 'Heartbeat age', widthPx: 130, unit: 's', decimals: 1 },
      { from: { label: 'version' }, title: 'Version', widthPx: 110 },
      { from: { label: 'platform' }, title: 'Platform', widthPx: 100 },
      { from: { label: 'scope' }, title: 'Scope', widthPx: 90 },
      { from: { label: 'gateway' }, title: 'Gateway', widthPx: 180 },
      { from: { label: 'instance' }, title: 'Exporter', widthPx: 180 },
    ],
    worstFirstBy: 'State',
    whenEmpty: 'No node host is known: is the exporter scraped?',
  });
}
