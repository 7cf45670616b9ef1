import { describe, expect, it } from 'vitest';
import { renderCheckJson } from '../../src/cli/check-json.ts';
import { reportSnapshot, summarise } from '../../src/cli/check-report.ts';
import { readNodesDocument } from '../../src/cli/nodes-document.ts';
import { renderCheck } from '../../src/cli/render-check.ts';
import { snapshotJson } from '../../src/http/node-json.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { ago, aNode, aRemoteNode, aSnapshot, aSource, aZombie } from '../helpers/snapshots.ts';

const ZOMBIE = aZombie({
  name: 'build-box',
  version: '2026.9.6',
  evidence: {
    process: {
      pid: 4711,
      kernelState: 'sleeping',
      startedAtWallMs: ago(15_120).wallMs,
      cpuSeconds: 1,
      residentBytes: 1,
      pulseAgeMs: 2_000,
    },
    socket: { endpoint: { host: '127.0.0.1', port: 18789 }, state: 'none', unreadBytes: 0 },
    log: { readable: true, lastWriteWallMs: ago(97).wallMs, lastEvent: 'closed (1012): service restart' },
    gateway: { connected: false, rowAgeMs: 3_000 },
  },
});

const MIXED = aSnapshot({
  nodes: [
    aNode({ name: 'attic-pi' }),
    ZOMBIE,
    aRemoteNode({
      name: 'phone',
      state: 'offline',
      connected: false,
      ready: false,
      why: 'the gateway does not have it',
    }),
  ],
  sources: [
    aSource({ source: 'process' }),
    aSource({
      source: 'log',
      up: false,
      lastError: { kind: 'permission', message: '/var/log/node.log: permission denied', at: ago(1) },
    }),
    aSource({ source: 'probe', enabled: false, up: false }),
  ],
});

const PLAIN = { columns: 80, colour: false };

describe('the table', () => {
  it('names the worst first, with why, what each viewpoint says, and what to do', () => {
    expect(renderCheck(reportSnapshot(MIXED, 6_000), PLAIN)).toBe(
      [
        'CRITICAL - 2 of 3 node hosts: build-box is zombie, phone is offline',
        '',
        'NODE HOST  STATE         SINCE        WHY',
        'build-box  zombie        1m 30s ago   its process runs and its gateway is',
        '                                      healthy, but no attempt to connect came',
        '                                      for 97 s',
        '  process  pid 4711, sleeping, up 4h 12m, pulse 2s ago',
        '  socket   no connection to 127.0.0.1:18789',
        '  log      closed (1012): service restart, written 1m 37s ago',
        '  gateway  not connected (asked 3s ago)',
        '  do       Restart the node host.',
        'phone      offline       1h ago       the gateway does not have it',
        'attic-pi   alive         1h ago       attached to its gateway',
        '',
        'gateway 127.0.0.1:18789: healthy, HTTP answers and our session is open',
        'source log cannot see: /var/log/node.log: permission denied (permission)',
        'looked for 6s; an exporter that runs all the time sees more',
        '',
      ].join('\n'),
    );
  });

  it.each([60, 80, 100, 120])('fits into %i columns', (columns) => {
    const long = aNode({
      name: 'a node host with a name of more than thirty characters',
      why: 'w'.repeat(150),
    });
    const report = reportSnapshot(aSnapshot({ nodes: [long, ...MIXED.nodes], sources: MIXED.sources }), 0);
    const lines = renderCheck(report, { columns, colour: false }).split('\n');
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('is coloured only where asked, and says the same', () => {
    const report = reportSnapshot(MIXED, 6_000);
    const coloured = renderCheck(report, { columns: 80, colour: true });
    expect(coloured).toContain('\u001b[31mzombie');
    // eslint-disable-next-line no-control-regex -- colours are control characters
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(renderCheck(report, PLAIN));
    expect(renderCheck(report, PLAIN)).not.toContain('\u001b');
  });

  it('does not let a name steer the terminal', () => {
    const report = reportSnapshot(
      aSnapshot({ nodes: [aNode({ name: 'a\u001b[2Jb\nOK', why: 'x\u009b2J' })] }),
      0,
    );
    expect(renderCheck(report, PLAIN).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('says where it knows this from when an exporter was asked', () => {
    const report = {
      ...reportSnapshot(MIXED, 0),
      via: { kind: 'exporter', url: 'http://127.0.0.1:9789' } as const,
    };
    expect(renderCheck(report, PLAIN)).toContain('\nasked the exporter at http://127.0.0.1:9789\n');
  });
});

describe('the first line', () => {
  it.each([
    [[aNode()], 'OK - 1 node host alive'],
    [[aNode({ name: 'a' }), aNode({ name: 'b' })], 'OK - 2 node hosts alive'],
    [[], 'UNKNOWN - no node host found'],
    [[aNode({ ready: false })], 'WARNING - 1 of 1 node host: NodeA is alive but not ready'],
    [
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => aZombie({ name })),
      'CRITICAL - 7 of 7 node hosts: a is zombie, b is zombie, c is zombie, d is zombie, e is zombie, 2 more',
    ],
  ])('sums up', (nodes, expected) => {
    expect(summarise(reportSnapshot(aSnapshot({ nodes }), 0))).toBe(expected);
  });
});

describe('the JSON', () => {
  it('says the same to programs', () => {
    const document = JSON.parse(renderCheckJson(reportSnapshot(MIXED, 6_000))) as Record<string, unknown>;
    expect(document).toMatchObject({
      status: 'critical',
      exitCode: 2,
      summary: 'CRITICAL - 2 of 3 node hosts: build-box is zombie, phone is offline',
      nodes: [
        {
          name: 'build-box',
          state: 'zombie',
          status: 'critical',
          live: false,
          since: '2026-11-22T02:58:30.000Z',
        },
        { name: 'phone', status: 'warning' },
        { name: 'attic-pi', status: 'ok' },
      ],
    });
  });
});

describe('the answer of an exporter', () => {
  const url = 'http://127.0.0.1:9789';
  /** As it goes over the wire. */
  const answerTo = (snapshot: Parameters<typeof snapshotJson>[0]): unknown =>
    JSON.parse(JSON.stringify(snapshotJson(snapshot)));

  it.each([
    ['mixed', MIXED],
    ['rich', aRichSnapshot()],
  ])('reads as what its snapshot says (%s)', (_name, snapshot) => {
    const report = readNodesDocument(answerTo(snapshot), url);
    const expected = { ...reportSnapshot(snapshot, 0), via: { kind: 'exporter', url } as const };
    expect(report).toBeDefined();
    expect(renderCheck(report!, PLAIN)).toBe(renderCheck(expected, PLAIN));
  });

  it('of another version is still worth reading: what is not understood is left out', () => {
    const answer = answerTo(MIXED) as { nodes: Record<string, unknown>[] };
    answer.nodes[1]!.evidence = {
      process: { running: 'perhaps' },
      gateway: { connected: true, rowAgeSeconds: 1 },
    };
    answer.nodes[0]!.new = {};
    const report = readNodesDocument(answer, url);
    expect(report?.nodes[1]?.evidence).toEqual({ gateway: { connected: true, rowAgeMs: 1_000 } });
  });

  it.each([[null], [{}], [[]], ['text'], [{ at: '2026-11-22T03:00:00.000Z', nodes: [{ name: 'a' }] }]])(
    'is not %o',
    (document) => {
      expect(readNodesDocument(document, url)).toBeUndefined();
    },
  );
});
