import { describe, expect, it } from 'vitest';
import { applicablePart, compareConfigs } from '../../src/app/config-changes.ts';
import type { Config } from '../../src/config/config.ts';
import type { FileSystem } from '../../src/config/file-system.ts';
import { loadConfig } from '../../src/config/load.ts';

async function read(yaml: string): Promise<Config> {
  const fileSystem: FileSystem = {
    kindOf: () => Promise.resolve({ error: 'ENOENT' }),
    readText: (path) => Promise.resolve(path === '/exporter.yml' ? { text: yaml } : { error: 'ENOENT' }),
    refusalOf: () => Promise.resolve(undefined),
  };
  const loaded = await loadConfig({
    flags: [],
    environment: { HOME: '/home/op', OPENCLAW_LIVENESS_CONFIG_FILE: '/exporter.yml' },
    cwd: '/',
    fileSystem,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

async function compare(before: string, after: string): Promise<ReturnType<typeof compareConfigs>> {
  return compareConfigs(await read(before), await read(after));
}

describe('what another configuration changes', () => {
  it('is nothing where it says the same in other words', async () => {
    expect(
      await compare(
        'nodes: [{ pid_file: /a }, { state_dir: /b }]\nthresholds: { tick: 2s }\n',
        '# moved\nthresholds:\n  tick: 2000ms\nnodes:\n  - state_dir: /b\n  - pid_file: /a\n    log: auto\n',
      ),
    ).toEqual({ applied: [], needsRestart: [] });
  });

  it('is told by key, from what to what', async () => {
    expect(
      await compare(
        'gateway: { url: ws://one:1 }\nlog: { level: warn }\n',
        'gateway: { url: ws://two:2, token_file: /token }\nprobe: { enabled: true }\nlog: { level: warn }\n',
      ),
    ).toEqual({
      applied: [
        'gateway.url: ws://one:1 -> ws://two:2',
        'probe.enabled: false -> true',
        'gateway.token_file: unset -> /token',
      ],
      needsRestart: [],
    });
  });

  it('tells node hosts by what finds them, not by their place in the list', async () => {
    expect(
      await compare(
        'nodes: [{ pid_file: /gone }, { pid_file: /same }, { pid_file: /named, name: old }]\n',
        'nodes: [{ pid_file: /named, name: new, log: /log }, { pid_file: /same }, { pid_file: /added }]\n',
      ),
    ).toEqual({
      applied: [
        'node host pid-file:/added is watched',
        'node host pid-file:/gone is not watched any more',
        'node host pid-file:/named: name: old -> new',
        'node host pid-file:/named: log: auto -> /log',
      ],
      needsRestart: [],
    });
  });

  it('tells gateways by name, not by their place in the list', async () => {
    expect(
      await compare(
        'gateways: [{ url: ws://gone:1 }, { name: same, url: ws://same:1 }, { name: moved, url: ws://old:1 }]\n',
        'gateways: [{ name: moved, url: wss://new, token_file: /t, probe: true }, { name: same, url: ws://same:1 }, { url: ws://added:1 }]\n',
      ),
    ).toEqual({
      applied: [
        'gateway added:1 is watched',
        'gateway gone:1 is not watched any more',
        'gateway moved: url: ws://old:1 -> wss://new',
        'gateway moved: probe: false -> true',
        'gateway moved: token_file: unset -> /t',
      ],
      needsRestart: [],
    });
  });

  it('is nothing where the list of gateways has another order, or says a default', async () => {
    expect(
      await compare(
        'gateways: [{ url: ws://a:1 }, { url: ws://b:1 }]\n',
        'gateways: [{ url: "b:1", name: "b:1", probe: false }, { url: http://a:1/ }]\n',
      ),
    ).toEqual({ applied: [], needsRestart: [] });
  });

  it('tells of a list that takes the place of the single gateway', async () => {
    expect(
      await compare(
        'gateway: { url: ws://one:1, token_file: /token }\n',
        'gateways: [{ name: one, url: ws://one:1, token_file: /token }]\n',
      ),
    ).toEqual({
      applied: [
        'gateway.url: ws://one:1 -> unset',
        'gateway.token_file: /token -> unset',
        'gateway one is watched',
      ],
      needsRestart: [],
    });
  });

  it('needs a restart where it is about sockets or the state directory; who may reload is not', async () => {
    const before = await read('state: { dir: /a }\n');
    const after = await read(
      'state: { dir: /b }\nweb: { listen_address: [":1", ":2"], open_probes: true, enable_lifecycle: true }\n',
    );
    expect(compareConfigs(before, after)).toEqual({
      applied: ['web.enable_lifecycle: false -> true'],
      needsRestart: [
        'web.listen_address: 127.0.0.1:9789 -> [":1",":2"]',
        'web.open_probes: false -> true',
        'state.dir: /a -> /b',
      ],
    });
    expect(applicablePart(before, after)).toMatchObject({
      web: { listen: before.web.listen, openProbes: false, enableLifecycle: true },
      state: { dir: '/a' },
    });
  });
});
