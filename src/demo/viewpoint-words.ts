import type { Evidence } from '../core/index.ts';

/** What a viewpoint says, in a few words for a table; `?` where it says nothing (any more). */
export interface ViewpointWords {
  readonly process: string;
  readonly socket: string;
  readonly log: string;
  readonly gateway: string;
  readonly probe: string;
}

const NOT_KNOWN = '?';

export function viewpointWords(evidence: Evidence): ViewpointWords {
  return {
    process: processWords(evidence.process),
    socket: socketWords(evidence.socket),
    log: logWords(evidence.log),
    gateway: gatewayWords(evidence.gateway),
    probe: probeWords(evidence.probe),
  };
}

function processWords(process: Evidence['process']): string {
  if (process === undefined) return NOT_KNOWN;
  return process === null ? 'gone' : process.kernelState;
}

/** Bytes that came and were not read are what a node host that does not run leaves behind. */
function socketWords(socket: Evidence['socket']): string {
  if (socket === undefined) return NOT_KNOWN;
  const state = socket.state === 'established' ? 'open' : socket.state;
  return socket.unreadBytes > 0 ? `${state} +${socket.unreadBytes} B` : state;
}

function logWords(log: Evidence['log']): string {
  if (log === undefined) return NOT_KNOWN;
  if (!log.readable) return 'unreadable';
  if (log.parked !== undefined) return `parked: ${log.parked}`;
  return log.lastEvent ?? 'silent';
}

function gatewayWords(gateway: Evidence['gateway']): string {
  if (gateway === undefined) return NOT_KNOWN;
  return gateway.connected ? 'attached' : 'not attached';
}

function probeWords(probe: Evidence['probe']): string {
  if (probe === undefined) return NOT_KNOWN;
  return probe.ok ? `${Math.round(probe.durationMs)} ms` : `silent ×${probe.timeoutsInARow}`;
}
