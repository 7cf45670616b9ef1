import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coreSettings } from '../../src/app/core-settings.ts';
import { dialledAfterwards, dialledBefore } from '../../src/app/dialled-before.ts';
import type { Dialled } from '../../src/app/gateway-choice.ts';
import { GatewayLinks } from '../../src/app/gateway-links.ts';
import type { Config, NamedGateway, NodeTarget } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { LivenessCore } from '../../src/core/core.ts';
import type { Endpoint, Observation, SourceReport } from '../../src/core/model/observation.ts';
import { intervalTicker } from '../../src/runtime/interval-ticker.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';

const TOKEN = 'tok-3f9c0d7e';
const OTHER_TOKEN = 'tok-77aa01b2';

let directory: string;
const endings: (() => Promise<void>)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gateway-links-'));
  await writeFile(join(directory, 'token'), TOKEN, { mode: 0o600 });
  await writeFile(join(directory, 'other-token'), OTHER_TOKEN, { mode: 0o600 });
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await rm(directory, { recursive: true });
});

async function aGateway(): Promise<FakeGateway> {
  const gateway = await FakeGateway.listen({ version: '2026.9.6' });
  endings.push(() => gateway.close());
  return gateway;
}

async function aConfig(variables: Readonly<Record<string, string>>): Promise<Config> {
  const loaded = await loadConfig({
    flags: [],
    environment: {
      HOME: directory,
      OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE: join(directory, 'token'),
      OPENCLAW_LIVENESS_STATE_DIR: join(directory, 'state'),
      ...variables,
    },
    cwd: directory,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

function aTarget(id: string): NodeTarget {
  return { id, locator: { kind: 'pid-file', path: `/${id}` }, log: { kind: 'none' } };
}

/** Nobody says where the gateways are; `ids` are the node hosts that are watched. */
async function discovering(...ids: readonly string[]): Promise<Config> {
  return { ...(await aConfig({})), nodes: ids.map(aTarget) };
}

/** The gateways under watch, as the exporter has them, and every observation of them. */
function watch(config: Config, dialled: ReadonlyMap<string, Dialled> = new Map()) {
  const seen: Observation[] = [];
  const reports: SourceReport[] = [];
  const surprises: unknown[] = [];
  const lines: string[] = [];
  const links = new GatewayLinks({
    config,
    dialled,
    watch: (gateways) => {
      core.watchGateways(gateways);
    },
    clock: systemClock,
    sink: {
      observe: (observation) => {
        seen.push(observation);
        core.observe(observation);
      },
      report: (report) => {
        reports.push(report);
        core.report(report);
      },
    },
    ticker: intervalTicker((error) => surprises.push(error)),
    telemetry: createTelemetry({ level: 'info', format: 'text', write: (line) => lines.push(line) }),
    leavesNothing: true,
  });
  const core = new LivenessCore({
    ...coreSettings(config, links.refs),
    defaultName: 'this-machine',
    startedAt: systemClock.now(),
  });
  endings.push(async () => {
    await links.stop();
    expect(surprises).toEqual([]);
  });
  links.startIfGiven();
  return {
    core,
    links,
    lines,
    /** Why our session could not be had, each time. */
    failures: (): string[] =>
      reports.flatMap(({ source, error }) =>
        source === 'gateway-session' && error !== undefined ? [error.kind] : [],
      ),
    /** What the sessions told: `opened`, `roster`, …, of one gateway where it is named. */
    kinds: (name?: string): string[] =>
      seen
        .filter((observation) => observation.source === 'gateway-session')
        .filter(({ gateway }) => name === undefined || gateway === name)
        .map(({ kind }) => kind),
    paths: (target: string) =>
      seen.filter((observation) => observation.source === 'gateway-http' && observation.target === target),
    urls: (): readonly string[] => links.refs.map(({ url }) => url),
    dials: (target: string, at: FakeGateway | Endpoint) => {
      links.dial({ kind: 'dial-gateway', target, endpoint: endpointOf(at), tls: false });
    },
    countersOf: (gateway: FakeGateway) => core.beliefs.gateways.get(nameOf(gateway))?.facts.counters,
    sessionOf: (gateway: FakeGateway) => core.beliefs.gateways.get(nameOf(gateway))?.facts.ownSession,
    reconfigure: (next: Config) => {
      core.reconfigure(coreSettings(next, links.refs), systemClock.now());
      links.reconfigure(next);
    },
  };
}

function nameOf({ url }: FakeGateway): string {
  return new URL(url).host;
}

function endpointOf(at: FakeGateway | Endpoint): Endpoint {
  if ('port' in at) return at;
  const { hostname, port } = new URL(at.url);
  return { host: hostname, port: Number(port) };
}

const calls = ({ requests }: FakeGateway, wanted: string): number =>
  requests.filter(({ method }) => method === wanted).length;
const connects = (gateway: FakeGateway): number => calls(gateway, 'connect');
const lists = (gateway: FakeGateway): number => calls(gateway, 'node.list');
/** The tokens that were shown to a gateway. */
const tokens = ({ requests }: FakeGateway): readonly unknown[] =>
  requests
    .filter(({ method }) => method === 'connect')
    .map(({ params }) => (params as { auth?: { token?: string } }).auth?.token);

describe('a session with a gateway', () => {
  it('stays open where other settings change', async () => {
    const gateway = await aGateway();
    const given = { OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url };
    const { sessionOf, reconfigure, kinds } = watch(await aConfig(given));
    await gateway.until(() => lists(gateway) > 0);
    reconfigure(
      await aConfig({
        ...given,
        OPENCLAW_LIVENESS_THRESHOLDS_DOWN_AFTER: '7s',
        OPENCLAW_LIVENESS_LIMITS_MAX_NODES: '3',
        OPENCLAW_LIVENESS_PROBE_INTERVAL: '9s',
        OPENCLAW_LIVENESS_NODE_STATE_DIR: '/another',
      }),
    );
    const before = lists(gateway);
    await gateway.until(() => lists(gateway) > before);
    expect(connects(gateway)).toBe(1);
    expect(kinds()).not.toContain('closed');
    expect(sessionOf(gateway)?.kind).toBe('open');
  });

  it.each([
    ['another token file', { OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE: 'other-token' }],
    ['probes, which need another scope', { OPENCLAW_LIVENESS_PROBE: 'true' }],
  ])('is opened anew for %s, and nobody takes that for an outage', async (_what, change) => {
    const gateway = await aGateway();
    const given = { OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url };
    const { countersOf, reconfigure, kinds } = watch(await aConfig(given));
    await gateway.until(() => lists(gateway) > 0);
    const counters = countersOf(gateway);
    reconfigure(await aConfig({ ...given, ...change }));
    const before = lists(gateway);
    await gateway.until(() => connects(gateway) === 2 && lists(gateway) > before);
    expect(kinds().filter((kind) => kind !== 'roster' && kind !== 'host-stats')).toEqual([
      'opened',
      'opened',
    ]);
    expect(counters).toBeDefined();
    expect(countersOf(gateway)).toEqual(counters);
  });

  it('that is opened anew for probes knows whom they can reach', async () => {
    const gateway = await aGateway();
    const given = {
      OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url,
      OPENCLAW_LIVENESS_PROBE_INTERVAL: '1s',
      OPENCLAW_LIVENESS_PROBE_TIMEOUT: '500ms',
    };
    const { links, reconfigure } = watch(await aConfig(given));
    await gateway.until(() => lists(gateway) > 0);
    links.probe({ kind: 'probe', gateway: nameOf(gateway), nodeIds: ['reachable'] });
    reconfigure(await aConfig({ ...given, OPENCLAW_LIVENESS_PROBE: 'true' }));
    await gateway.until(() => calls(gateway, 'node.invoke') > 0);
    expect(gateway.requests.find(({ method }) => method === 'node.invoke')?.params).toMatchObject({
      nodeId: 'reachable',
    });
  });

  it('that is opened anew goes on to look along the way of a node host', async () => {
    const gateway = await aGateway();
    const tunnel = await aGateway();
    const given = { OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url };
    const { links, reconfigure, paths } = watch(await aConfig(given));
    const endpoint = endpointOf(tunnel);
    links.tryPath({
      kind: 'try-path',
      by: 'health',
      target: 'a',
      gateway: nameOf(gateway),
      endpoint,
      tls: false,
    });
    reconfigure(await aConfig({ ...given, OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE: 'other-token' }));
    await gateway.until(() => lists(gateway) > 0);
    await expect.poll(() => paths('a').length).toBeGreaterThan(0);
    links.tryPath({
      kind: 'try-path',
      by: 'health',
      target: 'a',
      gateway: nameOf(gateway),
      endpoint: null,
      tls: false,
    });
  });

  it('is with the other gateway where another is given; back again, the first one’s counters go on', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { core, urls, countersOf, reconfigure, lines } = watch(
      await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: one.url }),
    );
    await one.until(() => lists(one) > 0);
    const since = countersOf(one)?.since;
    core.observe({
      source: 'gateway-session',
      gateway: nameOf(one),
      kind: 'closed',
      at: systemClock.now(),
      code: 1012,
      reason: '',
    });
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: two.url }));
    expect(urls()).toEqual([two.url]);
    await two.until(() => lists(two) > 0);
    expect(countersOf(one)).toBeUndefined();
    expect(countersOf(two)?.sessionCloses['1012']).toBe(0);
    expect(lines.filter((line) => line.includes('gateway_chosen'))).toHaveLength(2);
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: one.url }));
    await one.until(() => connects(one) === 2);
    expect(since).toBeDefined();
    expect(countersOf(one)).toMatchObject({ since, sessionCloses: { '1012': 1 } });
  });
});

describe('gateways that nobody gave', () => {
  it('are those that the node hosts dial, each one once', async () => {
    const { urls, dials } = watch(await discovering('a', 'b', 'c'));
    dials('b', { host: '127.0.0.1', port: 45_002 });
    dials('a', { host: '127.0.0.1', port: 45_001 });
    dials('c', { host: 'localhost', port: 45_002 });
    expect(urls()).toEqual(['ws://127.0.0.1:45001', 'ws://127.0.0.1:45002']);
  });

  it('get the credential that was found if they are the first, and no other: it was made for one', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { links, kinds, dials, sessionOf } = watch(await discovering('a', 'b'));
    dials('a', one);
    dials('b', two);
    links.start();
    await one.until(() => lists(one) > 0);
    await expect.poll(() => kinds(nameOf(two))).toContain('no-credential');
    expect(tokens(one)).toEqual([TOKEN]);
    expect(two.requests).toEqual([]);
    expect(sessionOf(one)?.kind).toBe('open');
    await expect.poll(() => links.refs.length).toBe(2);
  });

  it('are looked at from outside where we cannot log in', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { core, links, dials } = watch(await discovering('a', 'b'));
    dials('a', one);
    dials('b', two);
    links.start();
    await expect
      .poll(() => core.snapshot(systemClock.now()).gateways.map(({ httpUp }) => httpUp))
      .toEqual([true, true]);
  });

  it('are left once no node host dials them any more', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { links, urls, dials } = watch(await discovering('a'));
    dials('a', one);
    links.start();
    await one.until(() => lists(one) > 0);
    dials('a', two);
    expect(urls()).toEqual([two.url]);
    await two.until(() => lists(two) > 0);
    await one.until(() => one.connections === 0);
  });

  it('are left when the node host that dialled them is watched no more, and another one is', async () => {
    const { urls, dials, reconfigure } = watch(await discovering('a', 'b'));
    dials('a', { host: '127.0.0.1', port: 45_001 });
    dials('b', { host: '127.0.0.1', port: 45_002 });
    reconfigure(await discovering('a'));
    expect(urls()).toEqual(['ws://127.0.0.1:45001']);
  });

  it('are still where the last node host dialled, once that is watched no more', async () => {
    const { links, urls, dials, reconfigure } = watch(await discovering('a'));
    dials('a', { host: '127.0.0.1', port: 45_454 });
    reconfigure(await discovering('another'));
    expect(urls()).toEqual(['ws://127.0.0.1:45454']);
    expect(dialledAfterwards(links.dialled)).toEqual({ a: 'ws://127.0.0.1:45454' });
    dials('another', { host: '127.0.0.1', port: 45_455 });
    expect(urls()).toEqual(['ws://127.0.0.1:45455']);
    expect(dialledAfterwards(links.dialled)).toEqual({ another: 'ws://127.0.0.1:45455' });
  });

  it('are, while a node host is away, where it dialled in an earlier run', async () => {
    const dialled = dialledBefore({ a: 'wss://gw.example.net', b: 'ws://[::1]:18789' });
    const { urls, links } = watch(await discovering('a', 'b'), dialled);
    expect(links.refs).toEqual([
      {
        name: 'gw.example.net:443',
        url: 'wss://gw.example.net:443',
        address: { host: 'gw.example.net', port: 443 },
      },
      { name: '[::1]:18789', url: 'ws://[::1]:18789', address: { host: '[::1]', port: 18_789 } },
    ]);
    expect(dialledBefore(dialledAfterwards(links.dialled))).toEqual(dialled);
    expect(urls()).toHaveLength(2);
  });

  it('are a guess until somebody dials, and then none', async () => {
    const { links, dials } = watch(await discovering('a'));
    expect(links.refs).toMatchObject([
      { url: 'ws://127.0.0.1:18789', guessedFrom: expect.any(String) as string },
    ]);
    dials('a', { host: '127.0.0.1', port: 18_789 });
    expect(links.refs).toHaveLength(1);
    expect(links.refs[0]).not.toHaveProperty('guessedFrom');
  });

  it('hear nothing of us before the node hosts were looked at', async () => {
    const gateway = await aGateway();
    const { links, lines, dials } = watch(await discovering('a'));
    dials('a', gateway);
    expect(lines).toEqual([]);
    links.start();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`watching gateway ${gateway.url} (where the node host dials)`);
    await gateway.until(() => connects(gateway) === 1);
  });

  it('start at once when one is given', async () => {
    const gateway = await aGateway();
    const { reconfigure } = watch(await aConfig({}));
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url }));
    await gateway.until(() => connects(gateway) === 1);
  });

  it.each(['gw.lan:18789', 'fe80::1%eth0', 'a b', ''])(
    'are not at %j, which makes no URL: the others are watched on, and nothing is remembered of it',
    async (host) => {
      const { links, urls, dials } = watch(await discovering('a', 'b'));
      dials('b', { host: '127.0.0.1', port: 45_002 });
      dials('a', { host, port: 18_789 });
      expect(urls()).toEqual(['ws://127.0.0.1:45002']);
      links.tryPath({
        kind: 'try-path',
        by: 'health',
        target: 'a',
        gateway: '127.0.0.1:45002',
        endpoint: { host, port: 18_789 },
        tls: false,
      });
      expect(dialledAfterwards(links.dialled)).toEqual({ b: 'ws://127.0.0.1:45002' });
    },
  );

  it('are none of those that an odd address of an earlier run would name', () => {
    expect(
      dialledBefore({ a: 'ws://[gw.lan:18789]:18789', b: 'http://gw:1', c: 'ws://gw:1', d: '' }),
    ).toEqual(new Map([['c', { endpoint: { host: 'gw', port: 1 }, tls: false }]]));
  });

  it('whose source failed at one that is left do not keep that source down', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { core, links, dials } = watch(await discovering('a', 'b'));
    const isSessionUp = (): boolean | undefined =>
      core.snapshot(systemClock.now()).sources.find(({ source }) => source === 'gateway-session')?.up;
    dials('a', one);
    dials('b', two);
    links.start();
    await expect.poll(isSessionUp).toBe(false);
    await one.until(() => lists(one) > 0);
    dials('b', one);
    const before = lists(one);
    await one.until(() => lists(one) > before);
    await expect.poll(isSessionUp).toBe(true);
  });
});

describe('gateways that are listed', () => {
  function listing(config: Config, ...gateways: readonly NamedGateway[]): Config {
    return { ...config, gateways };
  }

  it('are each logged in to with their own token file, and with nothing else', async () => {
    const [one, two, three] = [await aGateway(), await aGateway(), await aGateway()];
    const { core, kinds } = watch(
      listing(
        await aConfig({ OPENCLAW_GATEWAY_TOKEN: 'tok-of-the-environment' }),
        { name: 'one', url: one.url, tokenFile: join(directory, 'token'), probe: false },
        { name: 'two', url: two.url, tokenFile: join(directory, 'other-token'), probe: false },
        { name: 'three', url: three.url, probe: false },
      ),
    );
    await one.until(() => lists(one) > 0);
    await two.until(() => lists(two) > 0);
    await expect.poll(() => kinds('three')).toContain('no-credential');
    expect([tokens(one), tokens(two), tokens(three)]).toEqual([[TOKEN], [OTHER_TOKEN], []]);
    expect(core.snapshot(systemClock.now()).gateways).toMatchObject([
      { name: 'one', url: one.url, version: '2026.9.6' },
      { name: 'two', url: two.url, version: '2026.9.6' },
      { name: 'three', url: three.url },
    ]);
  });

  it('are watched whatever the node hosts dial', async () => {
    const { urls, dials } = watch(
      listing(await discovering('a'), { name: 'one', url: 'ws://127.0.0.1:45001', probe: false }),
    );
    dials('a', { host: '127.0.0.1', port: 45_002 });
    expect(urls()).toEqual(['ws://127.0.0.1:45001']);
  });

  it('come and go one by one: the sessions of the others stay open, whatever is said of their logs', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const config = await aConfig({});
    const first: NamedGateway = {
      name: 'one',
      url: one.url,
      tokenFile: join(directory, 'token'),
      probe: false,
    };
    const second: NamedGateway = { ...first, name: 'two', url: two.url };
    const { links, reconfigure, kinds } = watch(listing(config, first));
    await one.until(() => lists(one) > 0);
    reconfigure(listing(config, second, first));
    await two.until(() => lists(two) > 0);
    reconfigure(listing(config, { ...second, log: { kind: 'none' } }));
    await one.until(() => one.connections === 0);
    const before = lists(two);
    await two.until(() => lists(two) > before);
    expect([connects(one), connects(two)]).toEqual([1, 1]);
    expect(kinds('two')).not.toContain('closed');
    expect(links.refs.map(({ name }) => name)).toEqual(['two']);
  });

  it('are probed where they ask for it', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const common = { tokenFile: join(directory, 'token') };
    const { links } = watch(
      listing(
        await aConfig({ OPENCLAW_LIVENESS_PROBE_INTERVAL: '1s', OPENCLAW_LIVENESS_PROBE_TIMEOUT: '500ms' }),
        { ...common, name: 'one', url: one.url, probe: true },
        { ...common, name: 'two', url: two.url, probe: false },
      ),
    );
    for (const gateway of ['one', 'two'])
      links.probe({ kind: 'probe', gateway, nodeIds: [`${gateway}-node`] });
    await one.until(() => calls(one, 'node.invoke') > 0);
    await two.until(() => lists(two) > 0);
    expect(calls(two, 'node.invoke')).toBe(0);
    const scopes = (gateway: FakeGateway): unknown =>
      (gateway.requests[0]?.params as { scopes?: unknown }).scopes;
    expect(scopes(one)).toContain('operator.write');
    expect(scopes(two)).not.toContain('operator.write');
  });
});

describe('a gateway that has a plain name, and no TLS', () => {
  const failuresWith = (allowed: string): Promise<() => readonly string[]> =>
    aConfig({
      OPENCLAW_LIVENESS_GATEWAY_URL: 'ws://gateway.invalid:18789',
      OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: allowed,
    }).then((config) => watch(config).failures);

  it('is dialled where OpenClaw is told to dial such a one', async () => {
    const failures = await failuresWith('1');
    await expect.poll(failures, { timeout: 20_000 }).not.toEqual([]);
    expect(failures()).not.toContain('unsupported');
  });

  it('is not dialled otherwise', async () => {
    await expect.poll(await failuresWith('0'), { timeout: 20_000 }).toContain('unsupported');
  });
});
