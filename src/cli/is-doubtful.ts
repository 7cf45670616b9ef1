import type { NodeSnapshot, Snapshot } from '../core/index.ts';

/**
 * Whether a longer look would tell more. A fault takes its deadline to be called one, and a first look at a process
 * that was just stopped still finds everything as it was: without this a check would end well before the verdict.
 */
export function isDoubtful({ nodes, gateway }: Pick<Snapshot, 'nodes' | 'gateway'>): boolean {
  return nodes.some((node) => isNodeDoubtful(node, gateway));
}

function isNodeDoubtful(
  { scope, state, reasons, evidence }: NodeSnapshot,
  gateway: Snapshot['gateway'],
): boolean {
  // Whoever is known through the gateway alone will not show more of itself to us.
  if (scope === 'remote') return false;
  switch (state) {
    case 'unknown':
      // There is none: only the gateway may still tell of others, as soon as it lets us in.
      return reasons.includes('no-node-host-found') ? gateway.health === 'recovering' : true;
    // A connection that lasts, or an attempt that does not come, decides.
    case 'reconnecting':
      return true;
    case 'alive':
      return contradicts(evidence);
    // Already called a fault, or nothing that a few seconds would change.
    case 'down':
    case 'wedged':
    case 'zombie':
    case 'gateway-down':
    case 'blocked':
    case 'starting':
    case 'offline':
      return false;
  }
}

/** Signs of an event loop that does not run, before the time is up after which they count. */
function contradicts({ process, socket, probe }: NodeSnapshot['evidence']): boolean {
  return (
    process === null ||
    process?.kernelState === 'stopped' ||
    (socket !== undefined && socket.unreadBytes > 0) ||
    probe?.ok === false
  );
}
