import type { DialFailure } from '../network/connection.ts';
import type { Version } from '../version.ts';

/** What a node host writes to its standard error, word by word as in the captures of both versions. */
export function connectedLine(url: string): string {
  return `node host gateway connected: ${url}`;
}

export function failedLine(message: string): string {
  return `node host gateway connect failed: ${message}`;
}

/** The logger's copy of a failure that came after the connect frame. */
export function loggedLine(error: 'Error' | 'GatewayClientRequestError', message: string): string {
  return `gateway connect failed: ${error}: ${message}`;
}

export function closedLine(code: number, reason: string): string {
  return `node host gateway closed (${code}): ${reason}`;
}

export function pausedLine(code: number, reason: string, detail: string, isExiting: boolean): string {
  const next = isExiting ? 'exiting for supervisor restart' : 'waiting for operator action';
  return `node host gateway reconnect paused after close (${code}): ${reason === '' ? 'no close reason' : reason} detail=${detail}; ${next}`;
}

export function awaitingApprovalLine(requestId: string): string {
  return `node host runner inventory publish failed: GatewayClientRequestError: node capability surface is awaiting operator approval; run \`openclaw nodes approve ${requestId}\` (see \`openclaw nodes pending\`), then this node retries automatically`;
}

export const STATS_REFUSED_LINE =
  'node host stats publish failed: GatewayClientRequestError: node pairing changed while invocation was active';
export const STATS_TIMED_OUT_LINE =
  'node host stats publish failed: Error: gateway request timeout for node.event';
export const PLUGIN_LINE =
  'node host plugin tool publish failed: GatewayClientRequestError: node pairing changed before request dispatch';
export const HANDSHAKE_TIMEOUT = 'Opening handshake has timed out';

export function challengeTimeout(waitedMs: number, limitMs: number): string {
  return `gateway connect challenge timeout (waited ${waitedMs}ms, limit ${limitMs}ms)`;
}

/** The words of a dial that failed before the WebSocket was open. */
export function failureText(
  failure: DialFailure,
  { version, host, port }: { readonly version: Version; readonly host: string; readonly port: number },
): string {
  switch (failure.kind) {
    case 'refused':
      return `connect ECONNREFUSED ${host}:${port}`;
    case 'no-answer':
      return `connect ETIMEDOUT ${host}:${port}`;
    case 'hung-up':
      return 'socket hang up';
    case 'no-name':
      return `getaddrinfo ENOTFOUND ${host}`;
    case 'tls':
      return 'self-signed certificate in certificate chain';
    case 'http':
      return version === '2026.4.15'
        ? `Unexpected server response: ${failure.status}`
        : `gateway rejected websocket upgrade (HTTP ${failure.status})`;
    default:
      return failure satisfies never;
  }
}
