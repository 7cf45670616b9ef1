import { describe, expect, it } from 'vitest';
import { interpretInvoke } from '../../../src/sources/gateway-session/interpret-invoke.ts';

const rejected = (message: string, details?: unknown): object =>
  interpretInvoke({ kind: 'rejected', error: { code: 'UNAVAILABLE', message, details } });

describe('a node.invoke', () => {
  it('that the node host answered proves it alive, also when it answered with an error of its own', () => {
    expect(interpretInvoke({ kind: 'ok', payload: { ok: true } })).toEqual({ kind: 'answered' });
    const nodeError = { code: 'INVALID_REQUEST', message: 'Error: bins required' };
    expect(rejected('INVALID_REQUEST: Error: bins required', { nodeError })).toEqual({ kind: 'answered' });
  });

  it('that the gateway handed over in vain is a timeout', () => {
    const nodeError = { code: 'TIMEOUT', message: 'node invoke timed out' };
    expect(rejected('TIMEOUT: node invoke timed out', { nodeError })).toEqual({ kind: 'timeout' });
    expect(rejected('TIMEOUT: x', { nodeError, nodeCommandDispatched: true })).toEqual({ kind: 'timeout' });
  });

  it('that timed out before it was handed over says nothing of the node host', () => {
    const nodeError = { code: 'TIMEOUT', message: 'node invoke timed out' };
    expect(rejected('x', { nodeError, nodeCommandDispatched: false })).toMatchObject({ kind: 'unavailable' });
  });

  it.each([
    ['2026.4 without the node', 'node not connected', { code: 'NOT_CONNECTED' }],
    [
      '2026.9 without the node',
      'node not connected',
      { code: 'NOT_CONNECTED', nodeError: { code: 'NOT_CONNECTED' } },
    ],
    ['the node gone meanwhile', 'DISCONNECTED: node disconnected', { nodeError: { code: 'DISCONNECTED' } }],
    ['a send that failed', 'UNAVAILABLE: failed to send', { nodeError: { code: 'UNAVAILABLE' } }],
    ['a node not approved', 'node pairing changed while invocation was active', { code: 'PAIRING_CHANGED' }],
    ['no scope', 'missing scope: operator.write', { code: 'MISSING_SCOPE' }],
    ['no details', 'missing scope: operator.write', undefined],
    ['a command not allowed', 'node command not allowed', { reason: 'x', command: 'system.which' }],
  ])('that met %s says nothing of the node host', (_what, message, details) => {
    expect(rejected(message, details)).toEqual({ kind: 'unavailable', message });
  });

  it('that the gateway itself left unanswered says nothing of the node host', () => {
    expect(interpretInvoke({ kind: 'timeout' })).toMatchObject({ kind: 'unavailable' });
    expect(interpretInvoke({ kind: 'closed' })).toMatchObject({ kind: 'unavailable' });
  });

  it('that failed with a page of the gateway says its first line', () => {
    expect(rejected('no\nroute '.repeat(10_000))).toEqual({
      kind: 'unavailable',
      message: 'no route '.repeat(40).slice(0, 300),
    });
  });
});
