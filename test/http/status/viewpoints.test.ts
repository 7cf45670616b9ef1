import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../../../src/core/model/snapshot.ts';
import { viewpointsOf } from '../../../src/http/status/viewpoints.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';
import { aNode, aRemoteNode, NOW } from '../../helpers/snapshots.ts';

/** What each viewpoint says, without markup, after how it looks. */
function said(node: Partial<NodeSnapshot>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    viewpointsOf(aNode(node), NOW).map(({ name, tone, html }) => [
      name,
      `${tone}: ${html.replace(/<[^>]*>/g, '')}`,
    ]),
  );
}

const [well] = aRichSnapshot().nodes;
const log = (words: object): Partial<NodeSnapshot> => ({ evidence: { log: { readable: true, ...words } } });

describe('the viewpoints', () => {
  it('all look well of a node host that is', () => {
    const tones = Object.values(said(well!)).map((words) => words.split(':')[0]);
    expect(tones).toEqual(['good', 'good', 'good', 'good', 'good', 'good']);
  });

  it('of a zombie disagree: its process is well, its socket and the gateway are not', () => {
    const zombie = said({
      ...well!,
      connected: false,
      evidence: {
        ...well!.evidence,
        socket: { endpoint: { host: 'h', port: 1 }, state: 'none', unreadBytes: 0 },
        gateway: { connected: false, rowAgeMs: 1 },
      },
    });
    expect(zombie.Process).toMatch(/^good: runs/);
    expect(zombie.Socket).toBe('bad: no connection to h:1');
    expect(zombie.Gateway).toMatch(/^bad: not attached/);
  });

  it('say nothing where they know nothing, which looks neither well nor bad', () => {
    expect(new Set(Object.values(said({})))).toEqual(new Set(['none: says nothing']));
  });

  it('of a remote node host are those that a gateway has', () => {
    expect(viewpointsOf(aRemoteNode(), NOW).map(({ name }) => name)).toEqual(['Gateway', 'Probe']);
  });

  it.each([
    ['bad: closed (1012)', { ...log({ lastEvent: 'closed (1012)' }), connected: false }],
    ['bad: closed (1012)', log({ lastEvent: 'closed (1012)' })],
    ['none: closed (1012)', { ...log({ lastEvent: 'closed (1012)' }), connected: true }],
    ['good: connected', log({ lastEvent: 'connected' })],
    ['bad: connect failed, 1 failed attempt', log({ lastEvent: 'connect failed', failedAttempts: 1 })],
    ['bad: paused, parked: rate_limited', log({ lastEvent: 'paused', parked: 'rate_limited' })],
    ['warn: cannot be read', log({ readable: false })],
  ] as const)('log: %s', (words, node) => {
    expect(said(node).Log).toBe(words);
  });

  it.each([
    ['bad: there is none', { process: null }, 'Process'],
    [
      'bad: the other end, h:1, hung up; it did not, 7 bytes unread',
      { socket: { endpoint: { host: 'h', port: 1 }, state: 'close-wait', unreadBytes: 7 } },
      'Socket',
    ],
    [
      'warn: attached, waits for approval',
      { gateway: { connected: true, approved: false, rowAgeMs: 1 } },
      'Gateway',
    ],
    [
      'bad: 2 without an answer in a row',
      { probe: { ok: false, durationMs: 1, timeoutsInARow: 2 } },
      'Probe',
    ],
    [
      'bad: gave up on x.service (exit status 1), restarted it 5 times',
      {
        supervisor: {
          unit: { unit: 'x.service', user: true },
          standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
          restarts: 5,
          ageMs: 1,
        },
      },
      'Service manager',
    ],
  ] as const)('%s', (words, evidence, name) => {
    expect(said({ evidence })[name]).toBe(words);
  });
});
