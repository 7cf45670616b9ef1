import type { NodeSnapshot, NodeState } from '../../core/index.ts';
import type { Tone } from '../../document/tone.ts';

/** How much a node host concerns whoever looks at the page. */
export interface Concern {
  readonly tone: Tone;
  /** Least is worst; the order of the page. */
  readonly rank: number;
}

/** From what wants hands now to what wants nothing. */
const BY_STATE: Readonly<Record<NodeState, Tone>> = {
  zombie: 'bad',
  wedged: 'bad',
  down: 'bad',
  blocked: 'bad',
  'gateway-down': 'warn',
  offline: 'warn',
  unknown: 'warn',
  reconnecting: 'warn',
  starting: 'warn',
  alive: 'good',
};

/** States in the order in which they are shown. */
export const STATES_WORST_FIRST = Object.keys(BY_STATE) as readonly NodeState[];

/** How a state looks, wherever it is shown. */
export function toneOfState(state: NodeState): Tone {
  return BY_STATE[state];
}

/** How a node host looks, and where it stands on the page. */
export function concernOf({ state, reasons, kind }: NodeSnapshot): Concern {
  const isHeld = reasons.includes('restart-did-not-help');
  const awaitsApproval = reasons.includes('awaiting-approval');
  const tone = awaitsApproval ? 'warn' : kind === 'app' ? toneOfApp(state) : BY_STATE[state];
  // Restarts did not help: no machine will try any more, so it comes first.
  const rank =
    tone === 'none'
      ? STATES_WORST_FIRST.length * 2
      : STATES_WORST_FIRST.indexOf(state) * 2 + (isHeld || awaitsApproval ? 0 : 1);
  return { tone, rank };
}

/** That an app sleeps is nothing to look at, and nobody is woken for one that is refused. */
function toneOfApp(state: NodeState): Tone {
  if (state === 'offline') return 'none';
  return BY_STATE[state] === 'bad' ? 'warn' : BY_STATE[state];
}

/** Worst first, then by name. */
export function worstFirst(nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  return nodes.toSorted(
    (a, b) => concernOf(a).rank - concernOf(b).rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
