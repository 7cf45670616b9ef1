import type { Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { nodesDocument } from '../../../src/document/nodes-document.ts';
import { nodesRoute } from '../../../src/http/routes/nodes.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';
import { aGateway, anApp, aNode, aSnapshot, aZombie } from '../../helpers/snapshots.ts';
import { ask, askJson, aServer, aServerOf, someDependencies } from '../helpers.ts';

describe('/api/v1/nodes', () => {
  it('is the snapshot in a stable shape: times as ISO strings and seconds, what is not known as null', async () => {
    const { status, headers, json } = await askJson(await aServerOf({ nodes: [aNode()] }), '/api/v1/nodes');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json).toMatchObject({
      at: '2026-11-22T03:00:00.000Z',
      observedSince: { at: '2026-11-21T03:00:00.000Z', agoSeconds: 86_400 },
      doubt: null,
      noNodeHostHere: false,
      nodesUnwatched: 0,
      nodesDropped: 0,
      gateways: [
        {
          name: '127.0.0.1:18789',
          health: 'healthy',
          healthySince: { agoSeconds: 7200 },
          http: { up: true, rttSeconds: null },
          version: null,
        },
      ],
    });
    const [node] = (json as { nodes: readonly unknown[] }).nodes;
    expect(node).toEqual({
      key: 'local:NodeA',
      name: 'NodeA',
      kind: 'node-host',
      namesakes: 0,
      lastSeen: null,
      scope: 'local',
      gateway: '127.0.0.1:18789',
      nodeId: null,
      version: null,
      platform: null,
      state: 'alive',
      since: { at: '2026-11-22T02:00:00.000Z', agoSeconds: 3600 },
      reasons: ['attached'],
      why: 'attached to its gateway',
      advice: '',
      remedy: { kind: 'none' },
      live: true,
      ready: true,
      connected: null,
      approved: null,
      heartbeat: null,
      proofsOfLife: { pulse: null, host_stats: null, probe: null, log: null, connect: null },
      lastConnect: null,
      lastDisconnect: null,
      parked: null,
      restartBudgetExhausted: false,
      recovery: null,
      evidence: {
        process: null,
        socket: null,
        log: null,
        gateway: null,
        probe: null,
        gatewayLog: null,
        supervisor: null,
      },
      counters: expect.objectContaining({ connects: 0 }) as object,
    });
  });

  it.each([0, 1, 3])('of %i node hosts reads as if it had been written in one piece', async (count) => {
    const nodes = aRichSnapshot().nodes.slice(0, count);
    const snapshot = aSnapshot({ nodes });
    const { body } = await ask(await aServerOf({ nodes }), '/api/v1/nodes');
    expect(body).toBe(`${JSON.stringify(nodesDocument(snapshot), null, 2)}\n`);
  });

  it('of 1,000 node hosts lets others run in between', async () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => aNode({ key: `local:${index}` }));
    const sent = Promise.withResolvers<Buffer>();
    const response = { status: () => response, type: () => response, send: sent.resolve };
    let turns = 0;
    let isDone = false;
    const countTurns = (): void => {
      turns += 1;
      if (!isDone) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    const route = nodesRoute(someDependencies({ snapshot: () => aSnapshot({ nodes }) }));
    void route(
      Object.assign(Object.create(null), { query: {} }) as Request,
      response as unknown as Response,
      () => undefined,
    );
    expect((await sent.promise).length).toBeGreaterThan(1_000_000);
    isDone = true;
    expect(turns).toBeGreaterThan(2);
  });

  it('shows the evidence of each viewpoint', async () => {
    const { json } = await askJson(await aServer({ snapshot: aRichSnapshot }), '/api/v1/nodes');
    const [alive, parked] = (json as { nodes: readonly { evidence: unknown }[] }).nodes;
    expect(alive?.evidence).toEqual({
      process: {
        running: true,
        pid: 4711,
        kernelState: 'sleeping',
        startedAt: '2026-11-21T03:00:00.000Z',
        cpuSeconds: 12.34,
        residentBytes: 123_456_789,
        voluntarySwitches: 4242,
        pulseAgeSeconds: 2.5,
      },
      socket: {
        endpoint: { host: '127.0.0.1', port: 18789 },
        state: 'established',
        ageSeconds: 3600,
        unreadBytes: 0,
      },
      log: {
        readable: true,
        lastWrite: '2026-11-22T02:00:00.000Z',
        lastEvent: 'connected',
        failedAttempts: 0,
        parked: null,
      },
      gateway: {
        connected: true,
        approved: true,
        hostStatsAgeSeconds: 31,
        hostStats: expect.objectContaining({ cpuCount: 2, memoryFreeBytes: 22_275_567_616 }) as object,
        commands: 13,
        rowAgeSeconds: 0.9,
      },
      probe: { ok: true, durationSeconds: 0.013, timeoutsInARow: 0 },
      gatewayLog: null,
      supervisor: {
        service: { manager: 'systemd', unit: 'openclaw-node.service', user: true },
        standing: 'running',
        gaveUpBecause: null,
        notLoadedBecause: null,
        lastExit: null,
        restarts: 2,
        ageSeconds: 12,
      },
    });
    expect(parked?.evidence).toMatchObject({
      process: { running: false },
      socket: { endpoint: null },
      log: { lastWrite: null, parked: 'pairing_required' },
      supervisor: {
        standing: 'gave-up',
        gaveUpBecause: 'restart-limit',
        notLoadedBecause: null,
        lastExit: 'exit status 1',
        restarts: null,
      },
    });
  });

  it('never tells a credential of the URL, nor what was added to the snapshot behind its back', async () => {
    const nodes = [{ ...aNode(), pathEnv: 'SECRET-PATH', remoteIp: '203.0.113.9' }];
    const gateway = aGateway({
      url: 'wss://user:SECRET-PASSWORD@gateway.example:8443/x?token=SECRET-TOKEN#SECRET',
    });
    const { body } = await askJson(await aServerOf({ gateways: [gateway], nodes }), '/api/v1/nodes');
    expect(body).toContain('"wss://gateway.example:8443"');
    expect(body).not.toMatch(/SECRET|203\.0\.113/);
  });

  it('tells every gateway, and of each node host at which it is', async () => {
    const gateways = [aGateway({ name: 'one:1' }), aGateway({ name: 'two:2', health: 'down' })];
    const nodes = [aNode({ gateway: 'two:2', state: 'gateway-down' })];
    const { json } = await askJson(await aServerOf({ gateways, nodes }), '/api/v1/nodes');
    expect(json).toMatchObject({
      gateways: [
        { name: 'one:1', health: 'healthy' },
        { name: 'two:2', health: 'down' },
      ],
      nodes: [{ gateway: 'two:2' }],
    });
  });

  it('tells what would help as data, and in a sentence', async () => {
    const service = { manager: 'systemd', unit: 'openclaw-node.service', user: true } as const;
    const nodes = [
      aZombie({ name: 'a', remedy: { kind: 'restart', scope: 'local', pid: 4711, service } }),
      aNode({ name: 'b', remedy: { kind: 'approve-device', requestId: 'r-1', hasGivenUp: false } }),
    ];
    const { json } = await askJson(await aServerOf({ nodes }), '/api/v1/nodes');
    expect(json).toMatchObject({
      nodes: [
        {
          advice: 'Restart it: `openclaw node restart`.',
          remedy: { kind: 'restart', scope: 'local', pid: 4711, service },
        },
        {
          advice: expect.stringContaining('openclaw devices approve r-1') as string,
          remedy: { kind: 'approve-device', requestId: 'r-1', hasGivenUp: false },
        },
      ],
    });
  });

  it('says that no node host is on this machine, and lists none', async () => {
    const { json } = await askJson(await aServerOf({ nodes: [], noNodeHostHere: true }), '/api/v1/nodes');
    expect(json).toMatchObject({ noNodeHostHere: true, nodes: [] });
  });

  it('survives a clock that makes no sense', async () => {
    const since = { monoMs: 0, wallMs: 9e15 };
    const { json } = await askJson(await aServerOf({ nodes: [aNode({ since })] }), '/api/v1/nodes');
    expect(json).toMatchObject({ nodes: [{ since: { at: null } }] });
  });

  it('leaves transitions to the page of one node host, which has them', async () => {
    const server = await aServer({ snapshot: aRichSnapshot });
    const { json } = await askJson(server, '/api/v1/nodes');
    for (const node of (json as { nodes: readonly object[] }).nodes)
      expect(node).not.toHaveProperty('transitions');
    expect((await askJson(server, '/api/v1/nodes/NodeA')).json).toMatchObject({
      name: 'NodeA',
      transitions: [
        {
          from: 'reconnecting',
          to: 'alive',
          at: '2026-11-22T02:00:00.000Z',
          agoSeconds: 3600,
          reasons: ['attached'],
          why: 'it attached again',
        },
      ],
    });
  });

  it('knows one node host by its key, and says which there are otherwise', async () => {
    const server = await aServerOf({
      nodes: [aNode({ key: 'k1', name: 'mac#1' }), aNode({ key: 'k2', name: 'mac#2' })],
    });
    expect((await askJson(server, '/api/v1/nodes/k2')).json).toMatchObject({ name: 'mac#2' });
    expect(await ask(server, '/api/v1/nodes/nobody')).toMatchObject({
      status: 404,
      body: 'no node host "nobody"; known: "mac#1", "mac#2"\n',
    });
    expect(await ask(server, '/api/v1/nodes/mac')).toMatchObject({
      status: 409,
      body: '"mac" names several node hosts: "mac#1", "mac#2"\n',
    });
  });
});

describe('what every answer has', () => {
  it.each(['/', '/metrics', '/livez', '/nowhere', '/api/v1/nodes', '/sd', '/-/assets/main.js'])(
    '%s: is not cached, sniffed or signed',
    async (path) => {
      const { headers } = await ask(await aServer(), path);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers.etag).toBeUndefined();
    },
  );

  it('an unknown path is 404 and names the pages', async () => {
    const answer = await ask(await aServer(), '/nowhere%0aforged');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.body).toContain('/livez/<node>');
    expect(answer.body.split('\n')).toHaveLength(2);
  });

  it.each([
    '/',
    '/metrics',
    '/livez',
    '/livez/x',
    '/readyz',
    '/-/healthy',
    '/api/v1/nodes',
    '/sd',
    '/-/assets/main.js',
  ])('a POST to %s is 405 and names what is allowed', async (path) => {
    const answer = await ask(await aServer(), path, { method: 'POST' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  });
});

describe('/api/v1/nodes?kind=', () => {
  it('leaves out the nodes of the other kind, and refuses a kind that there is not', async () => {
    const server = await aServerOf({ nodes: [aNode(), anApp()] });
    const namesOf = async (path: string): Promise<readonly string[]> => {
      const { json } = await askJson(server, path);
      return (json as { readonly nodes: readonly { readonly name: string }[] }).nodes.map(({ name }) => name);
    };
    expect(await namesOf('/api/v1/nodes')).toEqual(['NodeA', 'Phone']);
    expect(await namesOf('/api/v1/nodes?kind=app')).toEqual(['Phone']);
    expect(await namesOf('/api/v1/nodes?kind=node-host')).toEqual(['NodeA']);
    const refused = await ask(server, '/api/v1/nodes?kind=app&kind=node-host');
    expect([refused.status, refused.body]).toEqual([
      400,
      'kind must be one of node-host, app, got several\n',
    ]);
  });
});
