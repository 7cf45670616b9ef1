import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { GivenFlag } from '../../src/config/flag-layer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { demoConfig, isAddressGiven } from '../../src/demo/demo-config.ts';

const SURROUNDINGS = {
  gatewayUrl: 'ws://127.0.0.1:21000',
  tokenFile: '/tmp/demo/gateway-token',
  nodeHosts: [
    { name: 'mac-studio', stateDir: '/tmp/demo/mac-studio/state', logPath: '/tmp/demo/mac-studio/node.log' },
  ],
  exporterStateDir: '/tmp/demo/exporter',
};

const FALLBACK = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;

async function configured(
  flags: readonly GivenFlag[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Config> {
  const loaded = await loadConfig({ flags, environment: { HOME: '/nowhere', ...environment }, cwd: '/' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

describe('the configuration of the demo', () => {
  it('pushes where the environment names a collector, and asks for what the web config file demands, as serve does', async () => {
    const real = await configured([{ flag: '--web.config.file', value: '/etc/web.yml' }], {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    });
    const { otlp, web } = demoConfig(real, SURROUNDINGS, FALLBACK);
    expect(otlp).toEqual(real.otlp);
    expect(Object.keys(otlp?.collectors ?? {})).toEqual(['metrics', 'logs', 'traces']);
    expect(web).toEqual({ ...real.web, listen: [FALLBACK] });
    expect(web.configFile).toBe('/etc/web.yml');
  });

  it('serves wherever serve would, if somebody said where', async () => {
    const addresses = ['unix:/run/demo.sock', '[::1]:9700'];
    const real = await configured(addresses.map((value) => ({ flag: '--web.listen-address', value })));
    expect(demoConfig(real, SURROUNDINGS, FALLBACK).web).toEqual(real.web);
  });

  it('is the simulated gateway and node hosts, with every viewpoint on, where nobody asks for anything', async () => {
    const config = demoConfig(await configured([]), SURROUNDINGS, FALLBACK);
    expect(config.gateway).toEqual({
      locator: { kind: 'given', url: 'ws://127.0.0.1:21000' },
      tokenFile: '/tmp/demo/gateway-token',
    });
    expect(config.nodes).toEqual([
      {
        id: 'state-dir:/tmp/demo/mac-studio/state',
        name: 'mac-studio',
        locator: { kind: 'state-dir', path: '/tmp/demo/mac-studio/state', explicit: true },
        log: { kind: 'file', path: '/tmp/demo/mac-studio/node.log' },
      },
    ]);
    expect(config.probe.enabled).toBe(true);
    expect(config.state.dir).toBe('/tmp/demo/exporter');
    expect(config.web.listen).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 0 }]);
    expect(config.log.level).toBe('error');
  });

  it('is what was asked for where something was', async () => {
    const config = demoConfig(
      await configured([
        { flag: '--web.listen-address', value: '127.0.0.1:9999' },
        { flag: '--log.level', value: 'debug' },
        { flag: '--state.dir', value: '/tmp/mine' },
        { flag: '--probe', value: false },
      ]),
      SURROUNDINGS,
      FALLBACK,
    );
    expect(config.web.listen).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 9999 }]);
    expect(config.log.level).toBe('debug');
    expect(config.state.dir).toBe('/tmp/mine');
    expect(config.probe.enabled).toBe(false);
    expect(config.nodes[0]?.name).toBe('mac-studio');
  });

  it('watches another gateway or other node hosts when flags name them', async () => {
    const config = demoConfig(
      await configured([
        { flag: '--gateway.url', value: 'ws://127.0.0.1:1' },
        { flag: '--node.state-dir', value: '/tmp/other' },
      ]),
      SURROUNDINGS,
      FALLBACK,
    );
    expect(config.gateway.locator).toMatchObject({ url: expect.stringContaining('127.0.0.1:1') as string });
    expect(config.gateway.tokenFile).toBeUndefined();
    expect(config.nodes.map((node) => node.locator)).toMatchObject([{ path: '/tmp/other' }]);
  });

  it('leaves the real gateway and node hosts of the environment alone, but not the address it asks for', async () => {
    const config = await configured([], {
      OPENCLAW_LIVENESS_GATEWAY_URL: 'ws://10.0.0.1:18789',
      OPENCLAW_LIVENESS_NODE_STATE_DIR: '/srv/openclaw',
      OPENCLAW_LIVENESS_STATE_DIR: '/var/lib/exporter',
      OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS: ':9700',
    });
    const demo = demoConfig(config, SURROUNDINGS, FALLBACK);
    expect(demo.gateway.locator).toEqual({ kind: 'given', url: 'ws://127.0.0.1:21000' });
    expect(demo.nodes.map((node) => node.name)).toEqual(['mac-studio']);
    expect(demo.state.dir).toBe('/tmp/demo/exporter');
    expect(isAddressGiven(config)).toBe(true);
    expect(demo.web.listen).toEqual([{ kind: 'tcp', port: 9700 }]);
  });
});
