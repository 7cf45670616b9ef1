import { stringify } from 'yaml';
import type { Config, NodeLocator, NodeTarget } from './config.ts';
import { rowsOf } from './fields.ts';
import type { Written } from './forms.ts';
import { givenCredential } from './given-credential.ts';
import { DEFAULT_ORIGIN, formatOrigin } from './origin.ts';

/** One value in force. */
export interface EffectiveSetting {
  readonly key: string;
  readonly value: Written;
  /** Overrides what the origins say, where a default was found out rather than written. */
  readonly from?: string;
}

/** An entry of a list, by what it is called: the order of a list means nothing. */
export interface EffectiveEntry {
  readonly subject: string;
  readonly settings: readonly EffectiveSetting[];
}

/** What is in force, by section; the values as they would be written. */
export interface EffectiveConfig {
  readonly sections: Readonly<Record<string, readonly EffectiveSetting[]>>;
  readonly gateways: readonly EffectiveEntry[];
  readonly nodes: readonly EffectiveEntry[];
}

export function effectiveConfig(config: Config): EffectiveConfig {
  const { probe, recovery, state, log, limits, notify, thresholds, gateways } = config;
  const { listen: listenAddress, inherited, ...web } = config.web;
  return {
    sections: {
      web: written('web', { ...web, listenAddress, systemdSocket: inherited !== undefined }),
      // The two exclude each other.
      ...(gateways.length === 0 && { gateway: gatewaySettings(config) }),
      probe: written('probe', probe),
      recovery: written('recovery', recovery),
      state: written('state', state),
      log: written('log', log),
      limits: written('limits', limits),
      notify: written('notify', notify),
      thresholds: written('thresholds', thresholds),
    },
    gateways: gatewayEntries(config),
    nodes: config.nodes.map(nodeEntry),
  };
}

/** Those fields that have a value, as in the file. */
function written(section: string, fields: object): readonly EffectiveSetting[] {
  const values = new Map<string, unknown>(Object.entries(fields));
  return rowsOf(section).flatMap(({ leaf: key, field, form }) => {
    const value = values.get(field);
    return value === undefined ? [] : [{ key, value: form.write?.(value) ?? (value as Written) }];
  });
}

/**
 * The configuration as it is in force: YAML that the exporter would read back, each value with where it comes from.
 * Holds no credential, only where one would be taken from.
 */
export function formatEffectiveConfig(config: Config): string {
  const { sections, gateways, nodes } = effectiveConfig(config);
  const lines = Object.entries(sections).flatMap(([section, entries]) => [
    `${section}:`,
    ...entries.map(
      (setting) => `  ${formatSetting(setting, originText(config, `${section}.${setting.key}`))}`,
    ),
  ]);
  return [
    ...lines,
    ...(gateways.length === 0 ? [] : formatList(config, 'gateways', gateways)),
    ...formatList(config, 'nodes', nodes),
    ...credentialLines(config),
    ...otlpLines(config),
    '',
  ].join('\n');
}

function formatList(config: Config, list: string, entries: readonly EffectiveEntry[]): readonly string[] {
  const lines = entries.flatMap((entry, index) =>
    entry.settings.map((setting, position) => {
      const origin = originText(config, `${list}[${index}].${setting.key}`);
      return `  ${position === 0 ? '-' : ' '} ${formatSetting(setting, origin)}`;
    }),
  );
  return [`${list}:`, ...lines];
}

/** Set by OpenTelemetry's own variables, which no file can hold. */
function otlpLines({ otlp }: Config): readonly string[] {
  if (otlp === undefined) return [];
  return Object.entries(otlp.collectors).map(
    ([signal, { protocol, endpoint }]) => `# otlp: ${signal} to ${endpoint} (${protocol})`,
  );
}

function gatewaySettings({ gateway, origins }: Config): readonly EffectiveSetting[] {
  const { locator, ...rest } = gateway;
  const isFound = origins['gateway.tls_fingerprint'] === undefined;
  return [
    locator.kind === 'given'
      ? { key: 'url', value: locator.url }
      : {
          key: 'url',
          value: locator.fallback,
          from: `${locator.from}; where the node host dials goes first`,
        },
    ...written('gateway', rest).map((setting) =>
      setting.key === 'tls_fingerprint' && isFound ? { ...setting, from: 'openclaw.json' } : setting,
    ),
  ];
}

function gatewayEntries({ gateways, origins }: Config): readonly EffectiveEntry[] {
  return gateways.map((gateway, index) => {
    const otherwise: Readonly<Record<string, string>> = {
      name: 'host and port of its url',
      probe: gateway.tokenFile === undefined ? 'no token_file to open a session with' : 'as probe.enabled',
    };
    const settings = written('gateways[]', gateway).map((setting) => {
      const from = otherwise[setting.key];
      const isSaid = from === undefined || origins[`gateways[${index}].${setting.key}`] !== undefined;
      return isSaid ? setting : { ...setting, from };
    });
    return { subject: `gateway ${gateway.name}`, settings };
  });
}

function nodeEntry({ id, locator, ...node }: NodeTarget): EffectiveEntry {
  return {
    subject: `node host ${id}`,
    settings: [...locatorSettings(locator), ...written('nodes[]', node)],
  };
}

function locatorSettings(locator: NodeLocator): readonly EffectiveSetting[] {
  switch (locator.kind) {
    case 'state-dir': {
      const from = locator.explicit ? {} : { from: 'where OpenClaw keeps its state unless told otherwise' };
      return [{ key: 'state_dir', value: locator.path, ...from }];
    }
    case 'pid-file':
      return written('nodes[]', { pidFile: locator.path });
    case 'systemd-unit':
      return written('nodes[]', { systemdUnit: locator.unit, userUnit: locator.user });
    case 'launchd-label':
      return written('nodes[]', { launchdLabel: locator.label });
    default:
      return locator satisfies never;
  }
}

function originText(config: Config, key: string): string {
  return formatOrigin(config.origins[key] ?? DEFAULT_ORIGIN);
}

function formatSetting({ key, value, from }: EffectiveSetting, origin: string): string {
  const written = Array.isArray(value) ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd();
  return `${key}: ${written}  # ${from ?? origin}`;
}

function credentialLines(config: Config): readonly string[] {
  if (config.gateways.length === 0) return [`# credential: ${describeCredential(config)}`];
  return config.gateways.map(({ name, tokenFile }) => {
    const told =
      tokenFile === undefined
        ? 'none: looked at by HTTP alone, its own view of the node hosts is missing; give it a token_file'
        : `the token in ${tokenFile}`;
    return `# credential of ${name}: ${told}`;
  });
}

function describeCredential(config: Config): string {
  const { path, credential } = config.openclaw.config;
  const given = givenCredential(config);
  if (given !== undefined) return given;
  switch (credential) {
    case 'present':
      return `in ${path} (not shown)`;
    case 'reference':
      return `a reference in ${path}, followed at run time where it names an environment variable`;
    case 'not-needed':
      return `none needed, says ${path}`;
    case 'absent':
      return 'none found: the gateway’s own view of the node hosts is missing; set gateway.token_file or OPENCLAW_GATEWAY_TOKEN';
  }
}
