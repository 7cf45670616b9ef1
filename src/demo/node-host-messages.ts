/** What the demo tells a simulated node host to do to itself, over the IPC channel. */
export type NodeHostOrder =
  /** From now on no `setTimeout` fires: the next reconnect is never planned. */
  | { readonly order: 'lose-timers' }
  /** The event loop spins and does not turn again. */
  | { readonly order: 'busy-loop' };

export function isNodeHostOrder(message: unknown): message is NodeHostOrder {
  return (
    typeof message === 'object' &&
    message !== null &&
    'order' in message &&
    (message.order === 'lose-timers' || message.order === 'busy-loop')
  );
}

/** What a launcher tells once: the pid of the node host itself. */
export interface NodeHostBirth {
  readonly born: number;
}

export function isNodeHostBirth(message: unknown): message is NodeHostBirth {
  return (
    typeof message === 'object' && message !== null && 'born' in message && typeof message.born === 'number'
  );
}
