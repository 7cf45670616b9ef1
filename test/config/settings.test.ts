import { glob, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ALL_SETTINGS, CONFIG_FILE, THRESHOLD_SETTINGS } from '../../src/config/settings.ts';

/** A value for each setting that differs from its default, as a flag or a variable would say it. */
const SAMPLES: Readonly<Record<string, string>> = {
  'web.listen_address': ':1234',
  'web.config_file': '/web.yml',
  'web.systemd_socket': 'true',
  'web.socket_mode': '600',
  'web.open_probes': 'true',
  'web.max_requests': '7',
  'web.created_timestamps': 'true',
  'web.enable_lifecycle': 'true',
  'gateway.url': 'ws://gateway:1',
  'gateway.token_file': '/token',
  'gateway.tls_fingerprint': 'ab'.repeat(32),
  'gateway.log': '/gateway.log',
  'nodes[].state_dir': '/node',
  'nodes[].pid_file': '/node.pid',
  'nodes[].systemd_unit': 'node.service',
  'nodes[].launchd_label': 'com.example.node',
  'nodes[].name': 'named',
  'nodes[].log': 'none',
  'probe.enabled': 'true',
  'probe.interval': '20s',
  'probe.timeout': '1s',
  'recovery.enabled': 'true',
  'recovery.dry_run': 'true',
  'recovery.command': '/bin/restart',
  'recovery.command_timeout': '30s',
  'recovery.held': '30s',
  'recovery.gateway_healthy': '30s',
  'recovery.wait_for_commands': '30s',
  'recovery.attach_within': '30s',
  'recovery.cooldown': '20m',
  'recovery.max_attempts': '4',
  'recovery.refill_after': '2h',
  'recovery.lock_dir': '/locks',
  'state.dir': '/state',
  'log.level': 'debug',
  'log.format': 'json',
  'limits.max_nodes': '3',
  'limits.forget_nodes_after_days': '4',
  'notify.external_url': 'https://exporter.example/openclaw',
  'thresholds.tick': '2s',
  // Not below the default of pulse_min.
  'thresholds.pulse_max': '50s',
};

const withFlag = ALL_SETTINGS.filter(({ flag }) => flag !== undefined);
const withVariable = ALL_SETTINGS.filter(({ variable }) => variable !== undefined);

function sampleOf(key: string): string {
  const sample = SAMPLES[key];
  if (sample !== undefined) return sample;
  // No threshold has this default, and each may have this value.
  const threshold = THRESHOLD_SETTINGS.find((setting) => setting.key === key);
  return threshold?.form.suffix === 'Ms' ? '25s' : '7';
}

/** The keys that `origins` names for a list entry are those of the entry. */
function originKey(key: string): string {
  return key.replace('[]', '[0]');
}

describe('every flag', () => {
  it('is one of the issue’s, or beside them', () => {
    expect([CONFIG_FILE.flag, ...withFlag.map(({ flag }) => flag)].toSorted()).toEqual(
      [
        '--config.file',
        '--web.listen-address',
        '--web.config.file',
        '--web.systemd-socket',
        '--web.open-probes',
        '--web.max-requests',
        '--web.enable-lifecycle',
        '--web.created-timestamps',
        '--gateway.url',
        '--gateway.token-file',
        '--gateway.tls-fingerprint',
        '--gateway.log',
        '--node.state-dir',
        '--node.pid-file',
        '--node.systemd-unit',
        '--node.launchd-label',
        '--node.name',
        '--node.log',
        '--probe',
        '--recovery',
        '--recovery.dry-run',
        '--state.dir',
        '--log.level',
        '--log.format',
      ].toSorted(),
    );
  });

  it.each(withFlag.map(({ flag, key, form }) => [flag, key, form.kind] as const))(
    '%s sets %s',
    async (flag, key, kind) => {
      const value = kind === 'switch' ? true : sampleOf(key);
      const loaded = await loadConfig({
        flags: [{ flag: flag ?? '', value }],
        environment: { HOME: '/home' },
      });
      expect(loaded.ok ? loaded.config.origins : loaded.problems).toEqual({
        [originKey(key)]: { kind: 'flag', flag },
      });
    },
  );

  it.each(withFlag.map(({ flag, variable }) => [flag, variable] as const))(
    '%s has the variable %s',
    (flag, variable) => {
      expect(variable).toBe(`OPENCLAW_LIVENESS_${(flag ?? '').slice(2).replace(/[.-]/g, '_').toUpperCase()}`);
    },
  );
});

describe('every variable', () => {
  it.each(withVariable.map(({ variable, key }) => [variable, key] as const))(
    '%s sets %s',
    async (variable, key) => {
      const environment = { HOME: '/home', [variable ?? '']: sampleOf(key) };
      const loaded = await loadConfig({ flags: [], environment });
      expect(loaded.ok ? loaded.config.origins : loaded.problems).toEqual({
        [originKey(key)]: { kind: 'environment', variable },
      });
    },
  );

  it('is its own', () => {
    const names = withVariable.map(({ variable }) => variable);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the settings', () => {
  it('have one for each threshold of the core, with its default', () => {
    expect(THRESHOLD_SETTINGS.map(({ name }) => name)).toEqual(Object.keys(DEFAULT_THRESHOLDS));
  });

  it('say what is allowed and why the default is what it is', () => {
    for (const { key, form, why } of ALL_SETTINGS) {
      expect(form.allowed, key).not.toBe('');
      if (!key.startsWith('thresholds.')) expect(why, key).not.toBe('');
    }
  });
});

describe('the process’s environment', () => {
  it('is read in src/config/load.ts and nowhere else', async () => {
    const readers: string[] = [];
    for await (const file of glob('src/**/*.ts')) {
      if (/process\.env\b|\benv\b[^;]*from 'node:process'/.test(await readFile(file, 'utf8')))
        readers.push(file);
    }
    // The demo's node host is a process of its own and plays OpenClaw, which reads its own variables. The other one gives
    // the official exporters, which read the environment, what OTEL_CONFIG_FILE says.
    const others = ['src/demo/simulated-node-host-process.ts', 'src/exporters/otlp/in-environment.ts'];
    expect(readers.filter((file) => !others.includes(file))).toEqual(['src/config/load.ts']);
  });
});
