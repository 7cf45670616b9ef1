import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../../src/core/model/snapshot.ts';
import { nodeDocument } from '../../src/document/nodes-document.ts';
import { heartbeatWords, proofWords, viewpointsOf, type Phrase } from '../../src/document/viewpoints.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { ago, aNode, aRemoteNode, NOW } from '../helpers/snapshots.ts';

/** As somebody reads it; `*…*` is what matters most. */
function read(phrases: readonly Phrase[]): string {
  return phrases
    .map((phrase) => {
      if (typeof phrase === 'string') return phrase;
      if ('strong' in phrase) return `*${phrase.strong}*`;
      return `${phrase.time.agoSeconds} s${phrase.form === 'ago' ? ' ago' : ''}`;
    })
    .join('');
}

function documentOf(node: Partial<NodeSnapshot>) {
  return nodeDocument(aNode(node), NOW);
}

/** What each viewpoint says, after how it looks. */
function said(node: Partial<NodeSnapshot>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    viewpointsOf(documentOf(node), NOW.wallMs).map(({ name, tone, gist, rest }) => [
      name,
      `${tone}: ${gist}${read(rest)}`,
    ]),
  );
}

const [well] = aRichSnapshot().nodes;
const log = (words: object): Partial<NodeSnapshot> => ({ evidence: { log: { readable: true, ...words } } });
const SERVICE = { manager: 'systemd', unit: 'x.service', user: true } as const;
const JOB = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' } as const;

describe('the viewpoints', () => {
  it('all look well of a node host that is', () => {
    expect(said(well!)).toEqual({
      Process: 'good: runs, started 86400 s ago, pid 4711, 118 MiB',
      Socket: 'good: open to 127.0.0.1:18789 for 3600 s',
      Log: 'good: connected, last written 3600 s ago',
      Gateway: 'good: attached',
      Probe: 'good: answered within 13 ms',
      Supervisor: 'good: runs openclaw-node.service, restarted it 2 times',
    });
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
    expect(viewpointsOf(documentOf({}), NOW.wallMs).every(({ isSilent }) => isSilent)).toBe(true);
  });

  it('of a remote node host are those that a gateway has', () => {
    const remote = nodeDocument(aRemoteNode(), NOW);
    expect(viewpointsOf(remote, NOW.wallMs).map(({ name }) => name)).toEqual(['Gateway', 'Probe']);
  });

  it.each([
    ['bad: closed (1012)', { ...log({ lastEvent: 'closed (1012)' }), connected: false }],
    ['bad: closed (1012)', log({ lastEvent: 'closed (1012)' })],
    ['none: closed (1012)', { ...log({ lastEvent: 'closed (1012)' }), connected: true }],
    ['good: connected', log({ lastEvent: 'connected' })],
    ['bad: connect failed, *1 failed attempt*', log({ lastEvent: 'connect failed', failedAttempts: 1 })],
    ['bad: parked (rate_limited), paused', log({ lastEvent: 'paused', parked: 'rate_limited' })],
    ['none: nothing about its connection', log({})],
    ['warn: cannot be read', log({ readable: false })],
  ] as const)('log: %s', (words, node) => {
    expect(said(node).Log).toBe(words);
  });

  it.each([
    ['bad: none', { process: null }, 'Process'],
    [
      'bad: half-closed: h:1 closed it, the node host did not, *7 B unread*',
      { socket: { endpoint: { host: 'h', port: 1 }, state: 'close-wait', unreadBytes: 7 } },
      'Socket',
    ],
    [
      'warn: 412 B unread, open to h:1 for 60 s',
      { socket: { endpoint: { host: 'h', port: 1 }, state: 'established', ageMs: 60_000, unreadBytes: 412 } },
      'Socket',
    ],
    [
      'none: no connection to its gateway (address not known)',
      { socket: { endpoint: null, state: 'none', unreadBytes: 0 } },
      'Socket',
    ],
    [
      'warn: attached, *waits for approval*',
      { gateway: { connected: true, approved: false, rowAgeMs: 1 } },
      'Gateway',
    ],
    ['bad: no answer, 2 times in a row', { probe: { ok: false, durationMs: 1, timeoutsInARow: 2 } }, 'Probe'],
    [
      'bad: gave up on x.service (exit status 1), restarted it 5 times',
      {
        supervisor: {
          service: SERVICE,
          standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
          restarts: 5,
          ageMs: 1,
        },
      },
      'Supervisor',
    ],
    [
      'warn: about to start ai.openclaw.node again',
      { supervisor: { service: JOB, standing: { kind: 'restarting' }, ageMs: 1 } },
      'Supervisor',
    ],
  ] as const)('%s', (words, evidence, name) => {
    expect(said({ evidence })[name]).toBe(words);
  });

  it('of a gateway that knows it and does not list it is "not listed", and of one that is not asked silence', () => {
    expect(said({ connected: false }).Gateway).toBe('bad: not listed');
    expect(said({}).Gateway).toBe('none: says nothing');
  });
});

describe('the heartbeat in words', () => {
  it('is when it was attached and alive, both at once: a pulse alone does not move it', () => {
    const zombie = documentOf({ heartbeat: ago(90_000), proofsOfLife: { pulse: ago(2), log: ago(90_000) } });
    expect(read(heartbeatWords(zombie))).toBe('attached and alive 90000 s ago');
    expect(read(proofWords(zombie))).toBe('pulse 2 s ago, log line 90000 s ago');
  });

  it('says so where nobody ever saw it', () => {
    expect(read(heartbeatWords(documentOf({})))).toBe('never seen attached and alive');
    expect(proofWords(documentOf({}))).toEqual([]);
  });
});
