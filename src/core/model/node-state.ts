/** The states of section 5 of the design, in the order in which they are decided. */
export const NODE_STATES = [
  'unknown',
  'down',
  'wedged',
  'alive',
  'gateway-down',
  'blocked',
  'starting',
  'reconnecting',
  'zombie',
  'offline',
] as const;
export type NodeState = (typeof NODE_STATES)[number];

export type NodeScope = 'local' | 'remote';

/** States in which a restart of the node host would help. Only these fail `/livez`, and only these outlive the exporter. */
export const FAULTS = ['down', 'wedged', 'zombie'] as const satisfies readonly NodeState[];
export type Fault = (typeof FAULTS)[number];

/** Whether a restart of a node host in this state would bring it back. */
export function wouldRestartHelp(state: NodeState): state is Fault {
  return (FAULTS as readonly NodeState[]).includes(state);
}

/**
 * ### Legal transitions
 *
 * A verdict is recomputed from what is known, so almost any state may follow any other; what may not is a matter of
 * scope. Local: every state but `offline`. Remote: only `unknown`, `alive`, `wedged`, `gateway-down`, `blocked` (by the
 * log of its gateway), `offline`. A node host never changes from remote to local under the same key.
 */
const LEGAL_STATES: Readonly<Record<NodeScope, ReadonlySet<NodeState>>> = {
  local: new Set<NodeState>([
    'unknown',
    'down',
    'wedged',
    'alive',
    'gateway-down',
    'blocked',
    'starting',
    'reconnecting',
    'zombie',
  ]),
  remote: new Set<NodeState>(['unknown', 'wedged', 'alive', 'gateway-down', 'blocked', 'offline']),
};

/** Whether a node of this scope can be in this state at all. */
export function isLegalState(scope: NodeScope, state: NodeState): boolean {
  return LEGAL_STATES[scope].has(state);
}

/** The states that a node of this scope can be in, in the order of all. */
export function statesOf(scope: NodeScope): readonly NodeState[] {
  return STATES_OF[scope];
}

const STATES_OF: Readonly<Record<NodeScope, readonly NodeState[]>> = {
  local: NODE_STATES.filter((state) => isLegalState('local', state)),
  remote: NODE_STATES.filter((state) => isLegalState('remote', state)),
};
