import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NODE_STATES } from '../../../src/core/model/node-state.ts';
import { pageHtml } from '../../../src/http/status/page.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';
import {
  aGateway,
  ago,
  anApp,
  aNode,
  aRemoteNode,
  aSnapshot,
  aSource,
  aZombie,
} from '../../helpers/snapshots.ts';
import { ask, aServer, aServerOf } from '../helpers.ts';

/** Names of the cards, in their order. */
function cardsOf(body: string): readonly string[] {
  return [...body.matchAll(/<li id="n-[^>]* data-name="([^"]*)"/g)].map(([, name = '']) => name);
}

/** The lines of the banner, as they are read. */
function linesOf(body: string): readonly string[] {
  const [, list = ''] = /<ul class="first">(.*?)<\/ul>/s.exec(body) ?? [];
  return list
    .split('</li>')
    .map((line) => line.replace(/<[^>]*>/g, '').trim())
    .filter((line) => line !== '');
}

const FLEET = [
  aNode({ name: 'well' }),
  aRemoteNode({ name: 'away', state: 'offline', ready: false, connected: false }),
  aZombie({ name: 'risen' }),
  aNode({ name: 'refused', state: 'blocked', reasons: ['refused', 'token_mismatch'], ready: false }),
];

describe('/', () => {
  it('says of each node host its state, since when, why and what to do', async () => {
    const { status, headers, body } = await ask(
      await aServerOf({ nodes: [aZombie({ name: 'NodeB' })] }),
      '/',
    );
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('NodeB is a zombie');
    expect(body).toMatch(/<span class="badge bad">zombie<\/span>\s*<h3>NodeB<\/h3>/);
    expect(body).toMatch(/for <time datetime="2026-11-22T02:58:30.000Z"[^>]*>90 s</);
    expect(body).toContain(
      'its process runs and its gateway is healthy, but no attempt to connect came for 97 s',
    );
    expect(body).toContain(
      '<b>What to do:</b> Restart it: <code>openclaw node restart</code><button type="button" class="copy" aria-label="Copy openclaw node restart">copy</button>.',
    );
  });

  it('begins with the worst', async () => {
    const { body } = await ask(await aServerOf({ nodes: FLEET }), '/');
    expect(cardsOf(body)).toEqual(['risen', 'refused', 'away', 'well']);
    expect(body).toContain('2 of 4 node hosts need attention: 1 zombie, 1 blocked');
  });

  it('says what every viewpoint says, and what closes and refusals there were', async () => {
    const rich = aRichSnapshot();
    const [node] = rich.nodes;
    const setbacks = [
      { kind: 'close', code: 1012, reason: 'service restart', wallMs: ago(60).wallMs },
      { kind: 'auth-failure', reason: 'token_mismatch' },
    ] as const;
    const { body } = await ask(await aServerOf({ ...rich, nodes: [{ ...node!, setbacks }] }), '/');
    for (const words of ['Process', 'Socket', 'Log', 'Gateway', 'Probe', 'Supervisor']) {
      expect(body).toContain(`<dt>${words}</dt>`);
    }
    expect(body).toContain('open to 127.0.0.1:18789');
    expect(body).toContain('answered within 13 ms');
    expect(body).toContain('some time ago: refused, token_mismatch');
    expect(body.replace(/<[^>]*>/g, '')).toContain(
      '60 s ago 2026-11-22 02:59:00 UTC: closed with 1012, service restart',
    );
    expect(body).toContain('Counted so far: 1011 × 1, 1012 × 1, token_mismatch × 1, scope_mismatch × 1.');
  });

  it('says how the gateway’s two sides and the exporter’s own sources are', async () => {
    const gateway = aGateway({
      health: 'deaf',
      why: 'HTTP answers, but its WebSocket side does not',
      wsUp: false,
    });
    const error = { kind: 'permission', message: 'the log cannot be read', at: ago(3) } as const;
    const sources = [
      aSource({ source: 'log', up: false, lastError: error }),
      aSource({ source: 'process', note: 'nobody feels the pulse' }),
    ];
    const { body } = await ask(await aServerOf({ gateways: [gateway], sources }), '/');
    expect(body).toMatch(/>process<\/th><td class="good">sees<.*<td>nobody feels the pulse<\/td>/s);
    expect(body).toContain('The gateway is deaf');
    expect(body).toContain('<b class="bad">WebSocket does not answer</b>');
    expect(body).toMatch(/is blind<\/td>.*permission, <time[^>]*>3 s ago<\/time>: the log cannot be read/s);
  });

  it('names the devices that wait to be approved, newest first and no more than anybody reads', async () => {
    const asking = ['a', 'b', 'c', '<d>'].map((name, index) => ({
      deviceId: String(index).repeat(64),
      at: ago(60 - index),
      ...(name !== 'c' && { name }),
      ...(name === 'b' && { requestId: 'edbec5c6-cb9a-4754-bed8-5409db922f49' }),
    }));
    const { body } = await ask(await aServerOf({ gateways: [aGateway({ asking })] }), '/');
    const lines = [...body.matchAll(/<b>Waits for its pairing:<\/b> ([^,]*)/g)].map(([, who]) => who);
    expect(lines).toEqual(['&lt;d&gt;', 'the device 222222222222…', 'b']);
    expect(body).toContain('<code>openclaw devices approve edbec5c6-cb9a-4754-bed8-5409db922f49</code>');
    expect(body).toContain('and 1 more');
  });

  // openclaw#41407: whoever looks why one app after the other is refused.
  it('says that a gateway made itself a token, and leads whoever sees a refused app to what is to be done', async () => {
    const counters = { ...aGateway().counters, tokensRegenerated: 2 };
    const app = aNode({
      kind: 'app',
      scope: 'remote',
      state: 'blocked',
      reasons: ['refused', 'token_mismatch'],
    });
    const server = await aServerOf({ gateways: [aGateway({ counters })], nodes: [app] });
    const { body } = await ask(server, '/');
    expect(body).toContain(
      '<a href="runbooks/OpenClawGatewayTokenRegenerated">had no token and made itself one, 2 times</a>',
    );
    expect(body).toContain('<a href="runbooks/OpenClawAppRefused">runbook</a>');
  });

  it('says when a node host was last attached and alive, and apart from that what proves that it runs', async () => {
    const zombie = aZombie({ heartbeat: ago(90_000), proofsOfLife: { pulse: ago(2), log: ago(90_000) } });
    const { body } = await ask(await aServerOf({ nodes: [zombie] }), '/');
    expect(body.replace(/<[^>]*>/g, '')).toContain('this machine · attached and alive 1 d 1 h ago');
    expect(body.replace(/<[^>]*>/g, '')).toContain(
      'Last sign that its event loop runs: pulse 2 s ago, log line 1 d 1 h ago',
    );
  });

  it('shows one gateway without naming it on every card', async () => {
    const { body } = await ask(await aServer(), '/');
    expect(body).toContain('<h2 id="gateways-heading">Gateway</h2>');
    expect(body).not.toContain('gateway 127.0.0.1:18789 ·');
  });

  it('shows several gateways, the worst first, with how many node hosts each has; cards say which is theirs', async () => {
    const gateways = [
      aGateway({ name: 'one:1' }),
      aGateway({ name: 'two:2', health: 'down', why: 'nothing answers' }),
    ];
    const nodes = [
      aNode({ name: 'a', gateway: 'one:1' }),
      aNode({ name: 'b', gateway: 'two:2', state: 'gateway-down', ready: false }),
      aNode({ name: 'c', gateway: 'two:2', state: 'gateway-down', ready: false }),
    ];
    const server = await aServerOf({ gateways, nodes });
    const { body } = await ask(server, '/');
    const plain = body.replace(/<[^>]*>/g, '');
    expect(body).toContain('<h2 id="gateways-heading">Gateways</h2>');
    expect([...body.matchAll(/class="panel \w+"[^>]* data-name="([^"]*)"/g)].map(([, name]) => name)).toEqual(
      ['two:2', 'one:1'],
    );
    expect(plain).toContain('Gateway two:2 is down');
    expect(plain).toContain('two:2: nothing answers. 2 of 3 node hosts wait for it');
    expect(body).toContain('<a href="?q=two%3A2">2 node hosts</a>');
    expect(plain).toContain('this machine · gateway one:1 · ');
    expect(cardsOf((await ask(server, '/?q=two%3A2')).body)).toEqual(['b', 'c']);
  });

  it('says how many nodes are left unwatched now, and nothing of those that ever were', async () => {
    const { body } = await ask(await aServerOf({ nodesUnwatched: 2, nodesDropped: 40 }), '/');
    expect(body).toContain('2 nodes are not watched: there are more than <code>limits.max_nodes</code>.');
    expect((await ask(await aServerOf({ nodesDropped: 40 }), '/')).body).not.toContain('not watched');
  });

  it('says that no node host is on this machine, and what to do if one should be', async () => {
    const { body } = await ask(await aServerOf({ nodes: [aRemoteNode()], noNodeHostHere: true }), '/');
    expect(body).toContain('<p class="notice quiet">No node host was found on this machine. If one should');
    expect(body).toContain('The node host is well');
  });

  it('shows what the address asks for, and nothing else', async () => {
    const server = await aServerOf({ nodes: FLEET });
    const { body } = await ask(server, '/?q=REF+token');
    expect(cardsOf(body)).toEqual(['refused']);
    expect(body).toContain('1 of 4 shown');
    // Each count leads to those of its state, among those that are asked for.
    expect(body).toContain('<a href="?q=REF+token&amp;state=zombie" class="bad">zombie <b>1</b></a>');
    const offline = await ask(server, '/?state=offline');
    expect(cardsOf(offline.body)).toEqual(['away']);
    expect(offline.body).toContain('<input type="hidden" name="state" value="offline">');
    expect(offline.body).toContain('class="warn" aria-current="true">offline <b>1</b></a>');
    const nonsense = await ask(server, '/?state=no-such&q=&q=x');
    expect(cardsOf(nonsense.body)).toEqual(['risen', 'refused', 'away', 'well']);
    expect((await ask(server, '/?q=%22%3E%3Cb%3E')).body).toContain('value="&quot;&gt;&lt;b&gt;"');
  });

  it('escapes all that others wrote, wherever it is shown', async () => {
    const evil = `<script>alert(1)</script>"'&\u202e`;
    const node = aNode({
      name: evil,
      key: evil,
      gateway: evil,
      why: evil,
      remedy: { kind: 'approve-device', requestId: evil, hasGivenUp: false },
      version: evil,
      platform: evil,
      transitions: [{ from: 'alive', to: 'zombie', at: ago(5), reasons: [], why: evil }],
      setbacks: [{ kind: 'close', code: 1000, reason: evil }],
      evidence: {
        socket: { endpoint: { host: evil, port: 1 }, state: 'established', unreadBytes: 0 },
        log: { readable: true, lastEvent: evil },
        supervisor: {
          service: { manager: 'systemd', unit: evil, user: true },
          standing: { kind: 'failed', lastExit: evil },
          ageMs: 1,
        },
      },
    });
    const error = { kind: 'other', message: evil, at: ago(3) } as const;
    const { body } = await ask(
      await aServerOf({
        nodes: [node],
        gateways: [aGateway({ name: evil, why: evil, version: evil }), aGateway()],
        sources: [aSource({ lastError: error, note: evil })],
        doubt: evil,
      }),
      '/',
    );
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).not.toContain('alert(1)<');
    expect(body).not.toContain('\u202e');
    expect(body.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&#39;&amp;/g)?.length).toBeGreaterThan(
      14,
    );
    expect(body).toContain('href="api/v1/nodes/%3Cscript%3E');
  });

  it('runs nothing and styles nothing but its own files', async () => {
    const { headers, body } = await ask(await aServer(), '/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'$/,
    );
    expect(policy).not.toContain('unsafe');
    expect(body).not.toMatch(/ style=| on\w+=|<style/);
  });

  it('has no address that does not begin where the page is: a proxy may put it anywhere', async () => {
    const { body } = await ask(await aServerOf({ nodes: FLEET }), '/');
    const addresses = [...body.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(15);
    expect(addresses.filter((address) => address.startsWith('runbooks/'))).toHaveLength(5);
    expect(addresses.filter((address) => /^(?:\/|https?:)/.test(address))).toEqual([]);
  });

  it('reloads itself only without a script', async () => {
    const { body } = await ask(await aServer(), '/');
    expect(body).toContain('<noscript><meta http-equiv="refresh"');
    expect(body.replace(/<noscript>.*?<\/noscript>/s, '')).not.toContain('http-equiv');
  });

  it('works before any node host was found, and links to every page', async () => {
    const { body } = await ask(await aServerOf({ nodes: [] }), '/');
    expect(body).toContain('No node host was found yet');
    for (const path of [
      'metrics',
      'livez?verbose',
      'readyz?verbose',
      'api/v1/nodes',
      'sd',
      '-/healthy',
      '-/ready',
    ]) {
      expect(body).toContain(`href="${path}"`);
    }
  });

  it('does not break on a name that is no valid Unicode', async () => {
    const server = await aServerOf({ nodes: [aNode({ name: 'a\ud800', key: 'k\ud800' })] });
    expect((await ask(server, '/')).status).toBe(200);
  });

  it('is compressed for whoever takes that: five hundred node hosts are much alike', async () => {
    const nodes = Array.from({ length: 500 }, (_, index) => ({
      ...aRichSnapshot().nodes[0]!,
      name: `node-${index}`,
      key: `key-${index}`,
    }));
    const answer = await ask(await aServerOf({ nodes }), '/', { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.raw.length).toBeLessThan(100_000);
  });
});

describe('the banner', () => {
  it('names all that are in trouble, each with what to do and its runbook; of the first alone the details are open', async () => {
    const nodes = ['a', 'b', 'c'].map((name) => aZombie({ name }));
    const { body } = await ask(await aServerOf({ nodes: [aNode(), ...nodes] }), '/');
    expect(linesOf(body)).toEqual(
      ['a', 'b', 'c'].map(
        (name) => `${name} zombie for 90 s: Restart it: openclaw node restartcopy. runbook`,
      ),
    );
    expect(body.match(/href="runbooks\/OpenClawNodeHostZombie"/g)).toHaveLength(6);
    // Also from where its card is filtered out.
    expect(body.match(/<a href="\.\/#n-[0-9a-f]{12}">[abc]</g)).toHaveLength(3);
    expect(body.match(/<details open/g)).toHaveLength(1);
    expect(body.match(/<details>/g)).toHaveLength(3);
  });

  it('names a gateway that is down beside a node host that is no better off without it', async () => {
    const nodes = [aZombie({ name: 'risen' }), aNode({ name: 'b', state: 'gateway-down', ready: false })];
    const gateways = [
      aGateway({ name: 'one:1' }),
      aGateway({ name: 'two:2', health: 'deaf', why: 'it is deaf' }),
    ];
    const { body } = await ask(await aServerOf({ gateways, nodes }), '/');
    expect(linesOf(body)).toEqual([
      'two:2: it is deaf. 0 of 2 node hosts wait for it; restarting them would not help. runbook',
      expect.stringContaining('risen zombie') as string,
    ]);
    expect(body).toContain('href="runbooks/OpenClawGatewayDeaf"');
  });

  it('of many has a line for the first twelve and names the others', async () => {
    const nodes = Array.from({ length: 70 }, (_, index) => aZombie({ name: `z${index + 10}` }));
    const lines = linesOf((await ask(await aServerOf({ nodes }), '/')).body);
    expect(lines).toHaveLength(13);
    expect(lines[12]).toMatch(/^Also: z22, z23, .*z71 and 8 more$/);
  });

  it('leads to a runbook that there is, whatever is wrong', async () => {
    const nodes = NODE_STATES.map((state) => aNode({ name: state, state }));
    const reasons = (['restart-did-not-help', 'supervisor-gave-up', 'awaiting-approval'] as const).map(
      (reason) => aNode({ name: reason, state: 'down', reasons: [reason] }),
    );
    const gateways = (['down', 'deaf'] as const).map((health) => aGateway({ name: health, health }));
    const { body } = await ask(await aServerOf({ gateways, nodes: [...nodes, ...reasons] }), '/');
    const alerts = new Set([...body.matchAll(/href="runbooks\/(\w+)"/g)].map(([, alert]) => alert));
    expect(alerts.size).toBe(11);
    for (const alert of alerts) expect(existsSync(`docs/runbooks/${alert}.md`), alert).toBe(true);
  });
});

describe('apps among the nodes', () => {
  const nodes = [
    aNode({ name: 'host' }),
    aZombie({ name: 'dead' }),
    anApp({ name: 'Phone', lastSeen: ago(600) }),
  ];

  it('are shown as such, after all that may need a hand, and are found by their kind', async () => {
    const { body } = await ask(await aServerOf({ nodes }), '/');
    const cards = [...body.matchAll(/class="card (\w+)" data-name="(\w+)"/g)].map(([, tone, name]) => [
      name,
      tone,
    ]);
    expect(cards).toEqual([
      ['dead', 'bad'],
      ['host', 'good'],
      ['Phone', 'none'],
    ]);
    expect(body).toContain('app · remote · last seen');
    expect(body).toContain('<a href="?kind=app">apps <b>1</b></a>');
  });

  it('alone are shown where that is asked for, with counts of them alone', async () => {
    const { body } = await ask(await aServerOf({ nodes }), '/?kind=app');
    expect([...body.matchAll(/data-name="(\w+)"/g)].map(([, name]) => name)).toEqual(['Phone']);
    expect(body).toContain('<a href="?kind=app" aria-current="true">apps <b>1</b></a>');
    expect(body).toContain('<a href="?kind=app" aria-current="true">all <b>1</b></a>');
    expect(body).toContain('<a href="?state=offline&amp;kind=app" class="warn">offline <b>1</b></a>');
  });

  it('where there are none, nobody is asked for a kind', async () => {
    expect((await ask(await aServerOf({ nodes: [aNode()] }), '/')).body).not.toContain('kind=');
  });
});

describe('what says nothing', () => {
  it('is told in one line, and as off where nobody asked for it', async () => {
    const node = aNode({ evidence: { process: aRichSnapshot().nodes[0]!.evidence.process! } });
    const { body } = await ask(await aServerOf({ nodes: [node] }), '/');
    expect(body.match(/<dt>/g)).toHaveLength(1);
    expect(body).toContain(
      'Socket: says nothing · Log: says nothing · Gateway: says nothing · Probe: off · Supervisor: says nothing',
    );
  });
});

describe('an exporter that makes no verdicts any more', () => {
  it('says so on its page', async () => {
    const server = await aServer({ isHealthy: () => ({ ok: false, why: 'the last verdict is 40 s old' }) });
    expect((await ask(server, '/')).body).toContain(
      'The exporter makes no verdicts at the moment (the last verdict is 40 s old)',
    );
  });
});

describe('a page of five hundred node hosts', () => {
  const nodes = Array.from({ length: 500 }, (_, index) => ({
    ...aRichSnapshot().nodes[0]!,
    name: `node-${index}`,
    key: `key-${index}`,
  }));

  it('leads from each card to its details: it is fetched every second', async () => {
    const server = await aServerOf({ nodes });
    const { body, raw } = await ask(server, '/');
    expect(body).not.toContain('<details');
    expect(body).toContain('<a href="?q=key-7">Details<span class="vh"> of node-7</span></a>');
    expect(raw.length).toBeLessThan(500_000);
    const few = await ask(server, '/?q=key-10');
    expect(cardsOf(few.body)).toHaveLength(11);
    expect(few.body.match(/<details>/g)).toHaveLength(11);
  });

  it('is made fast enough not to hold up a probe', () => {
    const options = {
      snapshot: aSnapshot({ nodes }),
      version: '1',
      choice: { q: '', state: '', kind: '' },
      health: { ok: true },
    } as const;
    const times = Array.from({ length: 10 }, () => {
      const begun = performance.now();
      pageHtml(options);
      return performance.now() - begun;
    });
    expect(Math.min(...times)).toBeLessThan(100);
  });

  it('may be left in the middle', async () => {
    const server = await aServerOf({ nodes });
    const socket = connect(server.port, server.host);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    // The server that the test made throws what no route expected.
    expect((await ask(server, '/-/healthy')).status).toBe(200);
  });
});

describe('the page’s own files', () => {
  it('are served by name with their type', async () => {
    const server = await aServer();
    expect((await ask(server, '/-/assets/status.css')).headers['content-type']).toBe(
      'text/css; charset=utf-8',
    );
    const script = await ask(server, '/-/assets/main.js');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    for (const [, name = ''] of script.body.matchAll(/from '\.\/([^']*)'/g)) {
      expect((await ask(server, `/-/assets/${name}`)).status, name).toBe(200);
    }
  });

  it.each(['/-/assets/', '/-/assets/none.js', '/-/assets/..%2f..%2fapp.ts', '/-/assets/tsconfig.json'])(
    'are no others: %s',
    async (path) => {
      expect((await ask(await aServer(), path)).status).toBe(404);
    },
  );

  it('are less than 40 kB with a page of one node host', async () => {
    const server = await aServer();
    const paths = ['/', '/-/assets/status.css', '/-/assets/main.js', '/-/assets/morph.js'];
    const sizes = await Promise.all(paths.map(async (path) => (await ask(server, path)).raw.length));
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(40_000);
  });
});
