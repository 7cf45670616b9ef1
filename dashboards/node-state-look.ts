import type { NodeState } from '../src/core/index.ts';

/** How a dashboard shows one state of a node host. */
export interface StateLook {
  /** What stands for it in a query: the higher the worse, so that `max` picks the worst and tables sort by it. */
  readonly number: number;
  readonly text: string;
  /** Told apart with every common kind of colour blindness (a test computes it); the text stands in each cell anyway. */
  readonly color: string;
}

/**
 * Several exporters may see one node host, one of them from its own machine. Then the highest number counts: the states
 * that only its own machine can tell stand above `offline`, which is all that the others can say.
 */
export const STATE_LOOKS: Readonly<Record<NodeState, StateLook>> = {
  alive: { number: 1, text: 'alive', color: '#0AAB66' },
  unknown: { number: 2, text: 'unknown', color: '#7D7D7D' },
  offline: { number: 3, text: 'offline', color: '#BDBDBD' },
  starting: { number: 4, text: 'starting', color: '#60B9F5' },
  reconnecting: { number: 5, text: 'reconnecting', color: '#F0E442' },
  'gateway-down': { number: 6, text: 'gateway down', color: '#0072B2' },
  blocked: { number: 7, text: 'blocked', color: '#C384B9' },
  down: { number: 8, text: 'down', color: '#F39100' },
  wedged: { number: 9, text: 'wedged', color: '#862F42' },
  zombie: { number: 10, text: 'zombie', color: '#D55E00' },
};

/** All states, the worst first. */
export const STATES_WORST_FIRST: readonly NodeState[] = (
  Object.entries(STATE_LOOKS) as [NodeState, StateLook][]
)
  .sort(([, one], [, other]) => other.number - one.number)
  .map(([state]) => state);

/** What is not about a state: a viewpoint that says yes, one that says no, one that says nothing. */
export const PLAIN_COLORS = {
  good: STATE_LOOKS.alive.color,
  notice: STATE_LOOKS.starting.color,
  warning: STATE_LOOKS.down.color,
  bad: STATE_LOOKS.zombie.color,
  quiet: STATE_LOOKS.unknown.color,
} as const;

/** Okabe and Ito's colours, grey for black: for lines, together with {@link LINE_DASHES}. */
export const LINE_COLORS = [
  '#E69F00',
  '#56B4E9',
  '#009E73',
  '#F0E442',
  '#999999',
  '#0072B2',
  '#D55E00',
  '#CC79A7',
] as const;

/** Lengths of dash and gap; a line is told apart by these, too, once the colours begin again. */
export const LINE_DASHES: readonly (readonly number[])[] = [[], [10, 10], [2, 6]];
