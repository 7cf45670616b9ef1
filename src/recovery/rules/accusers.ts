import type { NodeSnapshot } from '../../core/index.ts';

const VIEWPOINTS = ['process', 'socket', 'log', 'gateway', 'probe'] as const;
export type Viewpoint = (typeof VIEWPOINTS)[number];

/**
 * The viewpoints that speak against a node host for which a restart is the remedy. Its verdict may rest on one of them;
 * who is to end a process needs the word of another.
 */
export function accusersOf(node: NodeSnapshot): readonly Viewpoint[] {
  return VIEWPOINTS.filter((viewpoint) => accuses(viewpoint, node));
}

const OF_ITS_PROCESS = new Set(['process-stopped', 'no-pulse', 'spinning']);

function accuses(viewpoint: Viewpoint, { state, reasons, connected, evidence }: NodeSnapshot): boolean {
  switch (viewpoint) {
    case 'process':
      return reasons.some((reason) => OF_ITS_PROCESS.has(reason));
    case 'socket': {
      const { socket } = evidence;
      // Without an endpoint to look for, "no connection" is a guess.
      if (socket === undefined || socket.endpoint === null) return false;
      return socket.unreadBytes > 0 || socket.state === 'none' || socket.state === 'close-wait';
    }
    case 'log':
      // That it is silent, parked or turned away is what its log says; of a wedged one a log says nothing.
      return state === 'zombie' && evidence.log?.readable === true;
    case 'gateway':
      return connected === false || reasons.includes('host-stats-stale');
    case 'probe':
      return evidence.probe?.ok === false;
    default:
      return viewpoint satisfies never;
  }
}
