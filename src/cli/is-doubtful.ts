import type { NodeSnapshot, Snapshot } from '../core/index.ts';

/**
 * Whether a longer look would tell more. A fault takes its deadline to be called one, and a first look at a process
 * that was just stopped still finds everything as it was: without this a check would end well before the verdict.
 */
export function isDoubtful({ nodes, gateways }: Pick<Snapshot, 'nodes' | 'gateways'>): boolean {
  // Only a gateway may still tell of others, as soon as it lets us in.
  if (nodes.length === 0) return gateways.some(({ health }) => health === 'recovering');
  return nodes.some(isNodeDoubtful);
}

function isNodeDoubtful({ scope, state, evidence }: NodeSnapshot): boolean {
  // Whoever is known through the gateway alone will not show more of itself to us.
  if (scope === 'remote') return false;
  switch (state) {
    case 'unknown':
    case 'reconnecting':
      // A connection that lasts, or an attempt that does not come, decides.
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
    default:
      return state satisfies never;
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
