import { describe, expect, it } from 'vitest';
import { anApp, aNode, aRemoteNode, aZombie } from '../../helpers/snapshots.ts';
import { ask, askJson, aServer, aServerOf } from '../helpers.ts';

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

async function groupsOf(nodes: Parameters<typeof aServerOf>[0]['nodes']): Promise<readonly TargetGroup[]> {
  const server = await aServerOf({ nodes: nodes ?? [] });
  return (await askJson(server, '/sd')).json as readonly TargetGroup[];
}

describe('/sd', () => {
  it('lists each node host with what it is', async () => {
    const nodes = [
      aNode({ name: 'NodeA', nodeId: 'a1b2', version: '2026.9.6', platform: 'linux' }),
      aRemoteNode({ name: 'attic' }),
    ];
    const server = await aServerOf({ nodes });
    const { status, headers, json } = await askJson(server, '/sd');
    expect(status).toBe(200);
    // Prometheus takes this type, with or without this character set, and no other.
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json).toEqual([
      {
        targets: [`127.0.0.1:${server.port}`],
        labels: {
          __meta_openclaw_nodehost_name: 'NodeA',
          __meta_openclaw_nodehost_key: 'local:NodeA',
          __meta_openclaw_nodehost_gateway: '127.0.0.1:18789',
          __meta_openclaw_nodehost_scope: 'local',
          __meta_openclaw_nodehost_kind: 'node-host',
          __meta_openclaw_nodehost_node_id: 'a1b2',
          __meta_openclaw_nodehost_version: '2026.9.6',
          __meta_openclaw_nodehost_platform: 'linux',
          __meta_openclaw_nodehost_livez_path: '/livez/local%3ANodeA',
          __meta_openclaw_nodehost_readyz_path: '/readyz/local%3ANodeA',
        },
      },
      {
        targets: [`127.0.0.1:${server.port}`],
        labels: {
          __meta_openclaw_nodehost_name: 'attic',
          __meta_openclaw_nodehost_key: 'remote:attic',
          __meta_openclaw_nodehost_gateway: '127.0.0.1:18789',
          __meta_openclaw_nodehost_scope: 'remote',
          __meta_openclaw_nodehost_kind: 'node-host',
          __meta_openclaw_nodehost_livez_path: '/livez/remote%3Aattic',
          __meta_openclaw_nodehost_readyz_path: '/readyz/remote%3Aattic',
        },
      },
    ]);
  });

  it('is of one kind where that is asked for', async () => {
    const server = await aServerOf({ nodes: [aNode(), anApp({ name: 'Phone' })] });
    const namesOf = async (path: string): Promise<unknown> => {
      const { json } = await askJson(server, path);
      return (json as readonly TargetGroup[]).map(({ labels }) => labels.__meta_openclaw_nodehost_name);
    };
    expect(await namesOf('/sd')).toEqual(['NodeA', 'Phone']);
    expect(await namesOf('/sd?kind=app')).toEqual(['Phone']);
    expect(await namesOf('/sd?kind=node-host')).toEqual(['NodeA']);
    const { status, body } = await ask(server, '/sd?kind=phone');
    expect([status, body]).toEqual([400, 'kind must be one of node-host, app, got "phone"\n']);
  });

  it('is an empty list, not an error, without node hosts', async () => {
    expect(await groupsOf([])).toEqual([]);
  });

  it('says of each node host at which of several gateways it is', async () => {
    const nodes = [aNode({ gateway: 'one:1' }), aRemoteNode({ gateway: 'two:2' })];
    expect(await groupsOf(nodes)).toMatchObject([
      { labels: { __meta_openclaw_nodehost_name: 'NodeA', __meta_openclaw_nodehost_gateway: 'one:1' } },
      { labels: { __meta_openclaw_nodehost_name: 'Remote', __meta_openclaw_nodehost_gateway: 'two:2' } },
    ]);
  });

  it('says in a header that no node host is on this machine: the list has no room for words', async () => {
    const server = await aServerOf({ nodes: [], noNodeHostHere: true });
    const { status, headers, body } = await ask(server, '/sd');
    expect([status, JSON.parse(body)]).toEqual([200, []]);
    expect(headers['x-openclaw-liveness-note']).toMatch(/^No node host was found on this machine\. If one/);
    expect((await ask(await aServerOf({}), '/sd')).headers).not.toHaveProperty('x-openclaw-liveness-note');
  });

  it('says the same of a node host whatever its state: its series go on', async () => {
    expect(await groupsOf([aZombie({ name: 'NodeA' })])).toMatchObject([
      { labels: (await groupsOf([aNode({ name: 'NodeA' })]))[0]?.labels },
    ]);
  });

  it('fails before the first look is complete, so that Prometheus keeps the list it has', async () => {
    const server = await aServer({
      isReady: () => ({ ok: false, why: 'not every viewpoint has looked yet' }),
    });
    expect(await ask(server, '/sd')).toMatchObject({
      status: 503,
      body: 'no list yet: not every viewpoint has looked yet\n',
    });
  });

  it.each(['exporter.example:80', '[::1]:9789', 'liveness', '10.0.0.1:9789'])(
    'names the exporter as it was asked for: %s',
    async (host) => {
      const answer = await ask(await aServer(), '/sd', { headers: { host } });
      expect(JSON.parse(answer.body)).toMatchObject([{ targets: [host] }]);
    },
  );

  it.each(['a b', 'x"y', 'user@host', 'host/path', '-x', 'h:123456', '[::1', 'a\u00e9'])(
    'does not repeat a host that is none: %s',
    async (host) => {
      const server = await aServer();
      const answer = await ask(server, '/sd', { headers: { host } });
      expect(JSON.parse(answer.body)).toMatchObject([{ targets: [`127.0.0.1:${server.port}`] }]);
    },
  );

  it('has a path for every name, whatever is in it', async () => {
    const [group] = await groupsOf([aNode({ name: 'x', key: 'a/b?c#d "e" \ud800' })]);
    expect(group?.labels.__meta_openclaw_nodehost_livez_path).toBe(
      '/livez/a%2Fb%3Fc%23d%20%22e%22%20%EF%BF%BD',
    );
  });
});
