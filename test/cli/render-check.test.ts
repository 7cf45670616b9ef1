import { describe, expect, it } from 'vitest';
import { renderCheckJson } from '../../src/cli/check-json.ts';
import { reportDocument, summarise, type CheckReport } from '../../src/cli/check-report.ts';
import { readNodesDocument } from '../../src/cli/read-nodes-document.ts';
import { renderCheck } from '../../src/cli/render-check.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { nodesDocument } from '../../src/document/nodes-document.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { aGateway, ago, aNode, aRemoteNode, aSnapshot, aSource, aZombie } from '../helpers/snapshots.ts';

const ZOMBIE = aZombie({
  name: 'build-box',
  version: '2026.9.6',
  heartbeat: ago(97),
  proofsOfLife: { pulse: ago(2), log: ago(97) },
  evidence: {
    process: {
      pid: 4711,
      incarnation: '4711:1',
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
    aSource({ source: 'process', note: 'process 7 writes its errors to /dev/null' }),
    aSource({
      source: 'log',
      up: false,
      lastError: { kind: 'permission', message: '/var/log/node.log: permission denied', at: ago(1) },
    }),
    aSource({ source: 'probe', enabled: false, up: false }),
  ],
});

function reportSnapshot(snapshot: Snapshot, lookedMs: number): CheckReport {
  return reportDocument(nodesDocument(snapshot), { kind: 'own-look', lookedMs });
}

const PLAIN = { columns: 80, colour: false };

describe('the table', () => {
  it('names the worst first, with why, what each viewpoint says, and what to do', () => {
    expect(renderCheck(reportSnapshot(MIXED, 6_000), PLAIN)).toBe(
      [
        'CRITICAL - 2 of 3 node hosts: build-box is zombie, phone is offline',
        '',
        'NODE HOST  STATE         FOR          WHY',
        'build-box  zombie        90 s         its process runs and its gateway is',
        '                                      healthy, but no attempt to connect came',
        '                                      for 97 s',
        '  heartbeat      attached and alive 97 s ago',
        '  proof of life  pulse 2 s ago, log line 97 s ago',
        '  process        runs, started 4 h 12 min ago, pid 4711, 0 MiB',
        '  socket         no connection to 127.0.0.1:18789',
        '  log            closed (1012): service restart, last written 97 s ago',
        '  gateway        not attached',
        '  do             Restart it: `openclaw node restart`.',
        'phone      offline       1 h          the gateway does not have it',
        '  heartbeat      never seen attached and alive',
        '  gateway        not listed',
        'attic-pi   alive         1 h          attached to its gateway',
        '  heartbeat      never seen attached and alive',
        '',
        'gateway 127.0.0.1:18789: healthy, HTTP answers and the exporter’s session is',
        'open',
        'source process: process 7 writes its errors to /dev/null',
        'source log cannot see: /var/log/node.log: permission denied (permission)',
        'looked for 6 s; an exporter that runs all the time sees more',
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

  it('of several gateways says of each node host which is its own, and how each gateway is', () => {
    const gateways = [
      aGateway({ name: 'one:1' }),
      aGateway({ name: 'two:2', health: 'down', why: 'nothing answers' }),
    ];
    const nodes = [
      aNode({ name: 'a', gateway: 'one:1', evidence: { gateway: { connected: true, rowAgeMs: 1 } } }),
      aNode({ name: 'b', gateway: 'two:2', state: 'gateway-down', ready: false }),
    ];
    const text = renderCheck(reportSnapshot(aSnapshot({ gateways, nodes }), 0), PLAIN);
    expect(text).toContain('  gateway        one:1: attached\n');
    expect(text).toContain('  gateway        two:2: says nothing\n');
    expect(text).toContain('gateway one:1: healthy, HTTP answers and the exporter’s session is open\n');
    expect(text).toContain('gateway two:2: down, nothing answers\n');
  });

  it('of a hundred node hosts at fifty gateways tells those that are well in a line each, and counts the gateways', () => {
    const gateways = Array.from({ length: 50 }, (_, index) =>
      aGateway({ name: `gw${index}:1`, health: index === 7 ? 'deaf' : 'healthy' }),
    );
    const nodes = Array.from({ length: 100 }, (_, index) =>
      index === 0 ? aZombie({ name: 'n0' }) : aNode({ name: `n${index}`, heartbeat: ago(3) }),
    );
    const text = renderCheck(reportSnapshot(aSnapshot({ gateways, nodes }), 0), PLAIN);
    expect(text.match(/^ {2}heartbeat/gm)).toHaveLength(1);
    expect(text.match(/^gateway /gm)).toHaveLength(1);
    expect(text).toContain('\n49 other gateways are healthy\n');
  });

  it('says that no node host is on this machine, and what to do if one should be', () => {
    const report = reportSnapshot(aSnapshot({ nodes: [aRemoteNode()], noNodeHostHere: true }), 0);
    const text = renderCheck(report, { columns: 120, colour: false });
    expect(text).toContain('OK - 1 node host alive');
    expect(text.replaceAll('\n', ' ')).toContain(
      'No node host was found on this machine. If one should run here, name it with --node.state-dir',
    );
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
          since: { at: '2026-11-22T02:58:30.000Z', agoSeconds: 90 },
          heartbeat: { agoSeconds: 97 },
          remedy: { kind: 'restart', scope: 'local' },
          advice: 'Restart it: `openclaw node restart`.',
        },
        { name: 'phone', status: 'warning' },
        { name: 'attic-pi', status: 'ok' },
      ],
    });
  });
});

describe('the answer of an exporter', () => {
  const via = { kind: 'exporter', url: 'http://127.0.0.1:9789' } as const;
  /** As it goes over the wire. */
  const answerTo = (snapshot: Parameters<typeof nodesDocument>[0]): unknown =>
    JSON.parse(JSON.stringify(nodesDocument(snapshot)));

  it.each([
    ['mixed', MIXED],
    ['rich', aRichSnapshot()],
  ])('reads as what its snapshot says (%s)', (_name, snapshot) => {
    const document = readNodesDocument(answerTo(snapshot));
    expect(document).toEqual(nodesDocument(snapshot));
    const report = reportDocument(document!, via);
    expect(renderCheck(report, PLAIN)).toBe(renderCheck({ ...reportSnapshot(snapshot, 0), via }, PLAIN));
  });

  it('of another version is still worth reading: what is not understood is left out', () => {
    const answer = answerTo(MIXED) as { nodes: Record<string, unknown>[] };
    answer.nodes[1]!.evidence = {
      process: { running: 'perhaps' },
      socket: { at: '127.0.0.1:18789' },
      gateway: { connected: true, rowAgeSeconds: 1 },
      supervisor: { unit: 'openclaw-node.service', standing: 'running' },
    };
    answer.nodes[0]!.new = {};
    const document = readNodesDocument(answer);
    expect(document?.nodes[1]?.evidence).toEqual({
      process: null,
      socket: null,
      log: null,
      gateway: { connected: true, rowAgeSeconds: 1 },
      probe: null,
      gatewayLog: null,
      supervisor: null,
    });
    expect(renderCheck(reportDocument(document!, via), PLAIN)).toContain('  gateway        attached\n');
  });

  it.each([
    [null],
    [{}],
    [[]],
    ['text'],
    [{ ...nodesDocument(MIXED), nodes: [{ ...nodesDocument(MIXED).nodes[0], state: 'sleepy' }] }],
    [{ ...nodesDocument(MIXED), gateways: undefined }],
    [{ at: '2026-11-22T03:00:00.000Z', nodes: [{ name: 'a' }] }],
  ])('is not %o', (document) => {
    expect(readNodesDocument(document)).toBeUndefined();
  });
});
