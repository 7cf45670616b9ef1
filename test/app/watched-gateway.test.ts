import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coreSettings } from '../../src/app/core-settings.ts';
import { chooseGateway, gatewayRef } from '../../src/app/gateway-choice.ts';
import { WatchedGateway } from '../../src/app/watched-gateway.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { LivenessCore } from '../../src/core/core.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { intervalTicker } from '../../src/runtime/interval-ticker.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { Telemetry } from '../../src/telemetry/telemetry.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';

let directory: string;
const endings: (() => Promise<void>)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watched-gateway-'));
  await writeFile(join(directory, 'token'), 'tok-3f9c0d7e', { mode: 0o600 });
  await writeFile(join(directory, 'other-token'), 'tok-77aa01b2', { mode: 0o600 });
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

/** A gateway under watch, as the exporter has it, and every observation of it. */
function watch(config: Config) {
  const choice = chooseGateway(config.gateway.target, [], undefined);
  const core = new LivenessCore({
    ...coreSettings(config),
    gateway: gatewayRef(choice),
    defaultName: 'this-machine',
    startedAt: systemClock.now(),
  });
  const seen: Observation[] = [];
  const surprises: unknown[] = [];
  const lines: string[] = [];
  const watched = new WatchedGateway({
    config,
    choice,
    saved: undefined,
    core,
    clock: systemClock,
    sink: {
      observe: (observation) => {
        seen.push(observation);
        core.observe(observation);
      },
      report: (report) => {
        core.report(report);
      },
    },
    ticker: intervalTicker((error) => surprises.push(error)),
    telemetry: new Telemetry({ level: 'info', format: 'text', write: (line) => lines.push(line) }),
    leavesNothing: true,
  });
  endings.push(async () => {
    await watched.stop();
    expect(surprises).toEqual([]);
  });
  watched.startIfGiven();
  const kinds = (): string[] =>
    seen.flatMap((observation) => (observation.source === 'gateway-session' ? [observation.kind] : []));
  return {
    core,
    watched,
    kinds,
    lines,
    reconfigure: (next: Config) => {
      core.reconfigure(coreSettings(next), systemClock.now());
      watched.reconfigure(next);
    },
  };
}

const connects = ({ requests }: FakeGateway): number =>
  requests.filter(({ method }) => method === 'connect').length;
const lists = ({ requests }: FakeGateway): number =>
  requests.filter(({ method }) => method === 'node.list').length;

describe('a session with the gateway', () => {
  it('stays open where other settings change', async () => {
    const gateway = await aGateway();
    const given = { OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url };
    const { core, reconfigure, kinds } = watch(await aConfig(given));
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
    expect(core.gateway.session.kind).toBe('open');
  });

  it.each([
    ['another token file', { OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE: 'other-token' }],
    ['probes, which need another scope', { OPENCLAW_LIVENESS_PROBE: 'true' }],
  ])('is opened anew for %s, and nobody takes that for an outage', async (_what, change) => {
    const gateway = await aGateway();
    const given = { OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url };
    const { core, reconfigure, kinds } = watch(await aConfig(given));
    await gateway.until(() => lists(gateway) > 0);
    const counters = core.gateway.counters;
    reconfigure(await aConfig({ ...given, ...change }));
    const before = lists(gateway);
    await gateway.until(() => connects(gateway) === 2 && lists(gateway) > before);
    expect(kinds().filter((kind) => kind !== 'roster' && kind !== 'host-stats')).toEqual([
      'opened',
      'opened',
    ]);
    expect(core.gateway.counters).toEqual(counters);
  });

  it('is with the other gateway where another is given; back again, the first one’s counters go on', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { core, watched, reconfigure, lines } = watch(
      await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: one.url }),
    );
    await one.until(() => lists(one) > 0);
    const { since } = core.gateway.counters;
    core.observe({
      source: 'gateway-session',
      kind: 'closed',
      at: systemClock.now(),
      code: 1012,
      reason: '',
    });
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: two.url }));
    expect(watched.url).toBe(two.url);
    await two.until(() => lists(two) > 0);
    expect(core.gateway.counters.sessionCloses['1012']).toBe(0);
    expect(lines.filter((line) => line.includes('gateway_chosen'))).toHaveLength(2);
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: one.url }));
    await one.until(() => connects(one) === 2);
    expect(core.gateway.counters).toMatchObject({ since, sessionCloses: { '1012': 1 } });
  });
});

describe('a gateway that nobody gave', () => {
  it('is still where the last node host dialled, once that is watched no more', async () => {
    const { core, watched, reconfigure } = watch(await aConfig({}));
    const [target = ''] = core.beliefs.locals.keys();
    core.observe({
      source: 'process',
      target,
      at: systemClock.now(),
      process: {
        pid: 7,
        incarnation: '7:1',
        kernelState: 'sleeping',
        uptimeMs: 1,
        cpuSeconds: 0,
        residentBytes: 1,
      },
      hints: { endpoint: { host: '127.0.0.1', port: 45_454 } },
    });
    watched.followHints();
    expect(watched.url).toBe('ws://127.0.0.1:45454');
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_NODE_STATE_DIR: '/another' }));
    expect(watched.url).toBe('ws://127.0.0.1:45454');
    expect(watched.dialledUrl).toBe('ws://127.0.0.1:45454');
  });

  it('starts at once when one is given', async () => {
    const gateway = await aGateway();
    const { reconfigure } = watch(await aConfig({}));
    reconfigure(await aConfig({ OPENCLAW_LIVENESS_GATEWAY_URL: gateway.url }));
    await gateway.until(() => connects(gateway) === 1);
  });
});
