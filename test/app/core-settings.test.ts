import { describe, expect, it } from 'vitest';
import { coreSettings } from '../../src/app/core-settings.ts';
import type { Config, NamedGateway } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';

async function aConfig(change: Partial<Config> = {}): Promise<Config> {
  const loaded = await loadConfig({ flags: [], environment: { HOME: '/home/op' }, cwd: '/' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { ...loaded.config, ...change };
}

const GATEWAY: NamedGateway = { name: 'one', url: 'ws://one:1', probe: false };

describe('the sources that are switched on', () => {
  it('are all but those that somebody has to ask for, or that nobody can use', async () => {
    expect(coreSettings(await aConfig(), []).enabledSources).toEqual([
      'process',
      'socket',
      'log',
      'gateway-http',
      'gateway-session',
    ]);
    const { nodes } = await aConfig();
    const logless = nodes.map((node) => ({ ...node, log: { kind: 'none' } as const }));
    expect(coreSettings(await aConfig({ nodes: logless }), []).enabledSources).not.toContain('log');
  });

  it('have the probe among them where one of several gateways is to be probed by', async () => {
    const silent = await aConfig({ gateways: [GATEWAY] });
    const probing = await aConfig({ gateways: [GATEWAY, { ...GATEWAY, name: 'two', probe: true }] });
    expect(coreSettings(silent, []).enabledSources).not.toContain('probe');
    expect(coreSettings(probing, []).enabledSources).toContain('probe');
  });
});
