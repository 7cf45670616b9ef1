import { stringify } from 'yaml';
import type { Config, NodeLocator, NodeLog, NodeTarget } from './config.ts';
import { formatDuration } from './duration.ts';
import { formatListenAddress } from './listen-address.ts';
import { DEFAULT_ORIGIN, formatOrigin } from './origin.ts';
import { THRESHOLD_SETTINGS } from './settings.ts';

/** One value in force. */
export interface EffectiveSetting {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
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
  const { probe, state, log, limits, notify, gateways } = config;
  return {
    sections: {
      web: webSettings(config),
      // The two exclude each other.
      ...(gateways.length === 0 && { gateway: gatewaySettings(config) }),
      probe: settings({
        enabled: probe.enabled,
        interval: formatDuration(probe.intervalMs),
        timeout: formatDuration(probe.timeoutMs),
      }),
      recovery: recoverySettings(config),
      state: settings({ dir: state.dir }),
      log: settings({ level: log.level, format: log.format }),
      limits: settings({
        max_nodes: limits.maxNodes,
        forget_nodes_after_days: limits.forgetNodesAfterMs / 86_400_000,
      }),
      notify: settings({
        webhook_url_file: notify.webhookUrlFile,
        program: notify.program,
        repeat_interval: formatDuration(notify.repeatMs),
        dead_man_url_file: notify.deadManUrlFile,
      }),
      thresholds: thresholdSettings(config),
    },
    gateways: gatewayEntries(config),
    nodes: config.nodes.map(nodeEntry),
  };
}

/** Those that have a value. */
function settings(
  values: Readonly<Record<string, EffectiveSetting['value'] | undefined>>,
): readonly EffectiveSetting[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
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

function webSettings({ web }: Config): readonly EffectiveSetting[] {
  const addresses = web.listen.map(formatListenAddress);
  return settings({
    listen_address: addresses.length > 1 ? addresses : addresses[0],
    config_file: web.configFile,
    systemd_socket: web.inherited !== undefined,
    socket_mode: web.socketMode.toString(8).padStart(3, '0'),
    open_probes: web.openProbes,
    max_requests: web.maxRequests,
    created_timestamps: web.createdTimestamps,
    enable_lifecycle: web.enableLifecycle,
  });
}

function recoverySettings({ recovery }: Config): readonly EffectiveSetting[] {
  return settings({
    enabled: recovery.enabled,
    dry_run: recovery.dryRun,
    command: recovery.command,
    command_timeout: formatDuration(recovery.commandTimeoutMs),
    held: formatDuration(recovery.heldMs),
    gateway_healthy: formatDuration(recovery.gatewayHealthyMs),
    wait_for_commands: formatDuration(recovery.childrenMs),
    attach_within: formatDuration(recovery.attachWithinMs),
    cooldown: formatDuration(recovery.cooldownMs),
    max_attempts: recovery.maxAttempts,
    refill_after: formatDuration(recovery.refillAfterMs),
    lock_dir: recovery.lockDir,
  });
}

function gatewaySettings({ gateway, origins }: Config): readonly EffectiveSetting[] {
  const { target, tokenFile, tlsFingerprint, log } = gateway;
  const isFound = origins['gateway.tls_fingerprint'] === undefined;
  return [
    target.kind === 'given'
      ? { key: 'url', value: target.url }
      : { key: 'url', value: target.fallback, from: `${target.from}; where the node host dials goes first` },
    ...settings({ token_file: tokenFile }),
    ...settings({ tls_fingerprint: tlsFingerprint }).map((setting) =>
      isFound ? { ...setting, from: 'openclaw.json' } : setting,
    ),
    ...settings({ log: log && logText(log) }),
  ];
}

function gatewayEntries({ gateways, origins }: Config): readonly EffectiveEntry[] {
  return gateways.map(({ name, url, tokenFile, tlsFingerprint, log, probe }, index) => {
    const otherwise = (key: string, from: string): Pick<EffectiveSetting, 'from'> =>
      origins[`gateways[${index}].${key}`] === undefined ? { from } : {};
    const probed = tokenFile === undefined ? 'no token_file to open a session with' : 'as probe.enabled';
    return {
      subject: `gateway ${name}`,
      settings: [
        { key: 'name', value: name, ...otherwise('name', 'host and port of its url') },
        ...settings({
          url,
          token_file: tokenFile,
          tls_fingerprint: tlsFingerprint,
          log: log && logText(log),
        }),
        { key: 'probe', value: probe, ...otherwise('probe', probed) },
      ],
    };
  });
}

function thresholdSettings({ thresholds }: Config): readonly EffectiveSetting[] {
  return THRESHOLD_SETTINGS.map(({ key, name, form }) => ({
    key: key.replace('thresholds.', ''),
    value: form === 'duration' ? formatDuration(thresholds[name]) : thresholds[name],
  }));
}

function nodeEntry({ id, name, nodeId, locator, log }: NodeTarget): EffectiveEntry {
  return {
    subject: `node host ${id}`,
    settings: [...locatorSettings(locator), ...settings({ name, node_id: nodeId, log: logText(log) })],
  };
}

function locatorSettings(locator: NodeLocator): readonly EffectiveSetting[] {
  switch (locator.kind) {
    case 'state-dir': {
      const from = locator.explicit ? {} : { from: 'where OpenClaw keeps its state unless told otherwise' };
      return [{ key: 'state_dir', value: locator.path, ...from }];
    }
    case 'pid-file':
      return settings({ pid_file: locator.path });
    case 'systemd-unit':
      return settings({ systemd_unit: locator.unit, user_unit: locator.user });
    case 'launchd-label':
      return settings({ launchd_label: locator.label });
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

/** Where the credential is taken from: the first of these that has one. */
function describeCredential({ gateway, openclaw }: Config): string {
  const { environment, config } = openclaw;
  if (gateway.tokenFile !== undefined) return `the token in ${gateway.tokenFile}`;
  if (environment.gatewayToken !== undefined) return 'OPENCLAW_GATEWAY_TOKEN (not shown)';
  if (environment.gatewayTokenFile !== undefined) {
    return `the token in ${environment.gatewayTokenFile} (OPENCLAW_GATEWAY_TOKEN_FILE)`;
  }
  if (environment.gatewayPassword !== undefined) return 'OPENCLAW_GATEWAY_PASSWORD (not shown)';
  switch (config.credential) {
    case 'present':
      return `in ${config.path} (not shown)`;
    case 'reference':
      return `a reference in ${config.path}, followed at run time where it names an environment variable`;
    case 'not-needed':
      return `none needed, says ${config.path}`;
    case 'absent':
      return 'none found: the gateway’s own view of the node hosts is missing; set gateway.token_file or OPENCLAW_GATEWAY_TOKEN';
  }
}

function logText(log: NodeLog): string {
  return log.kind === 'file' ? log.path : log.kind;
}
