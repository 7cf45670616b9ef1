import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { flagOf, merged, mountsOf, readCompose, readRepositoryYaml, ROOT } from './compose-file.ts';

/*
 * There is no Docker where these tests run. What can go wrong without one is tested: a path that moved, a port that two
 * files no longer agree on, a door that is open to the network. promtool and amtool read the mounted files in
 * test/e2e/compose.test.ts.
 */

const LINUX = readCompose('compose.yaml');
const DESKTOP = merged(LINUX, readCompose('compose.desktop.yaml'));
const BOTH = [
  ['compose.yaml', LINUX],
  ['with compose.desktop.yaml', DESKTOP],
] as const;

const DEFAULT_LISTEN = String(ALL_SETTINGS.find(({ key }) => key === 'web.listen_address')?.default);

function service(name: string, file = LINUX) {
  const found = file.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

describe.each(BOTH)('%s', (_, file) => {
  it('mounts only what is there, and lets no container write into the checkout', () => {
    const mounts = Object.values(file.services).flatMap(mountsOf);
    expect(mounts.length).toBeGreaterThan(5);
    for (const { source, isReadOnly } of mounts) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(isReadOnly, source).toBe(true);
    }
  });

  it('pins every image to a version', () => {
    for (const { image } of Object.values(file.services)) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+$/);
  });

  it('keeps what is written in volumes that it declares', () => {
    const named = Object.values(file.services)
      .flatMap(({ volumes = [] }) => volumes)
      .map((text) => text.split(':')[0] ?? '')
      .filter((source) => /^\w/.test(source));
    expect(named.sort()).toEqual(Object.keys(file.volumes ?? {}).sort());
  });

  it('Prometheus finds its configuration, its rules and its exporters where they are mounted', () => {
    const targets = mountsOf(service('prometheus', file)).map(({ target }) => target);
    const config = flagOf(service('prometheus', file), 'config.file');
    expect(targets).toContain(config);
    const { rule_files: rules, scrape_configs: jobs } = readRepositoryYaml(
      'deploy/prometheus/prometheus.yml',
    ) as {
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly {
        readonly file_sd_configs?: readonly { readonly files: readonly string[] }[];
      }[];
    };
    expect(rules).toEqual(['alerts/*.rules.yml']);
    expect(targets).toContain('/etc/prometheus/alerts');
    const lists = jobs.flatMap(({ file_sd_configs: lists = [] }) => lists.flatMap(({ files }) => files));
    expect(lists).toEqual(['exporters.yml']);
    expect(targets).toContain('/etc/prometheus/exporters.yml');
  });

  it('Alertmanager finds its configuration where it is mounted', () => {
    const targets = mountsOf(service('alertmanager', file)).map(({ target }) => target);
    expect(targets).toContain(flagOf(service('alertmanager', file), 'config.file'));
  });

  it('Grafana finds dashboards where its provider looks, and opens one of them', () => {
    const targets = mountsOf(service('grafana', file)).map(({ target }) => target);
    const { providers } = readRepositoryYaml(
      'deploy/grafana/provisioning/dashboards/openclaw-nodehost.yml',
    ) as {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    };
    const path = providers[0]?.options.path ?? '';
    expect(targets).toEqual(expect.arrayContaining([`${path}/fleet.json`, `${path}/node-host.json`]));
    expect(targets).toContain('/etc/grafana/provisioning');
    expect(targets).toContain(
      service('grafana', file).environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH,
    );
  });
});

describe('on Linux', () => {
  it('every server shares the machine’s network and listens on 127.0.0.1 only', () => {
    for (const [name, { network_mode: mode }] of Object.entries(LINUX.services))
      expect(mode, name).toBe('host');
    expect(flagOf(service('prometheus'), 'web.listen-address')).toBe('127.0.0.1:9090');
    expect(flagOf(service('alertmanager'), 'web.listen-address')).toBe('127.0.0.1:9093');
    // Its gossip would listen on every address.
    expect(flagOf(service('alertmanager'), 'cluster.listen-address')).toBe('');
    expect(service('grafana').environment?.GF_SERVER_HTTP_ADDR).toBe('127.0.0.1');
  });

  it('scrapes the exporter where it listens unless told otherwise', () => {
    expect(readRepositoryYaml('deploy/prometheus/exporters.yml')).toEqual([{ targets: [DEFAULT_LISTEN] }]);
  });
});

describe('on Docker Desktop', () => {
  it('the three share one network, and only 127.0.0.1 of the machine leads into it', () => {
    expect(service('prometheus', DESKTOP).network_mode).toBe('bridge');
    expect(service('alertmanager', DESKTOP).network_mode).toBe('service:prometheus');
    expect(service('grafana', DESKTOP).network_mode).toBe('service:prometheus');
    const ports = Object.values(DESKTOP.services).flatMap(({ ports = [] }) => ports);
    expect(ports).toEqual(['127.0.0.1:9090:9090', '127.0.0.1:9093:9093', '127.0.0.1:3000:3000']);
  });

  it('names services that compose.yaml has, and no others', () => {
    expect(Object.keys(readCompose('compose.desktop.yaml').services).sort()).toEqual(
      Object.keys(LINUX.services).sort(),
    );
  });

  it('runs the same servers: only where they listen differs', () => {
    for (const name of ['prometheus', 'alertmanager']) {
      const without = (command: readonly string[] | undefined) =>
        command?.filter((word) => !word.startsWith('--web.listen-address='));
      expect(without(service(name, DESKTOP).command)).toEqual(without(service(name).command));
    }
  });

  it('scrapes the exporter of the machine', () => {
    const port = DEFAULT_LISTEN.split(':').at(-1) ?? '';
    expect(readRepositoryYaml('deploy/prometheus/exporters.desktop.yml')).toEqual([
      { targets: [`host.docker.internal:${port}`] },
    ]);
  });
});

describe('the three find each other', () => {
  it('on the ports that they listen on', () => {
    const config = readRepositoryYaml('deploy/prometheus/prometheus.yml') as {
      readonly alerting: {
        readonly alertmanagers: readonly {
          readonly static_configs: readonly { readonly targets: readonly string[] }[];
        }[];
      };
    };
    const [alertmanager] = config.alerting.alertmanagers.flatMap(({ static_configs: lists }) =>
      lists.flatMap(({ targets }) => targets),
    );
    expect(alertmanager).toBe('localhost:9093');
    const { datasources } = readRepositoryYaml('deploy/grafana/provisioning/datasources/prometheus.yml') as {
      readonly datasources: readonly {
        readonly url: string;
        readonly jsonData: { readonly timeInterval: string };
      }[];
    };
    expect(new URL(datasources[0]?.url ?? '').port).toBe('9090');
  });

  it('Grafana knows how often Prometheus scrapes', () => {
    const { global } = readRepositoryYaml('deploy/prometheus/prometheus.yml') as {
      readonly global: { readonly scrape_interval: string };
    };
    const { datasources } = readRepositoryYaml('deploy/grafana/provisioning/datasources/prometheus.yml') as {
      readonly datasources: readonly { readonly jsonData: { readonly timeInterval: string } }[];
    };
    expect(datasources[0]?.jsonData.timeInterval).toBe(global.scrape_interval);
  });
});
