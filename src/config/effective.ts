import { stringify } from 'yaml';
import type { Config, NodeLocator, NodeTarget } from './config.ts';
import { formatDuration } from './duration.ts';
import { formatListenAddress } from './listen-address.ts';
import { DEFAULT_ORIGIN, formatOrigin } from './origin.ts';
import { THRESHOLD_SETTINGS } from './settings.ts';

/** One line of the effective configuration. */
interface Line {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  /** Overrides what the origins say, where a default was found out rather than written. */
  readonly from?: string;
}

/**
 * The configuration as it is in force: YAML that the exporter would read back, each value with where it comes from.
 * Holds no credential, only where one would be taken from.
 */
export function formatEffectiveConfig(config: Config): string {
  const sections: readonly (readonly [string, readonly Line[]])[] = [
    ['web', webLines(config)],
    // The two exclude each other.
    ...(config.gateways.length === 0 ? [['gateway', gatewayLines(config)] as const] : []),
    [
      'probe',
      [
        { key: 'enabled', value: config.probe.enabled },
        { key: 'interval', value: formatDuration(config.probe.intervalMs) },
        { key: 'timeout', value: formatDuration(config.probe.timeoutMs) },
      ],
    ],
    ['state', [{ key: 'dir', value: config.state.dir }]],
    [
      'log',
      [
        { key: 'level', value: config.log.level },
        { key: 'format', value: config.log.format },
      ],
    ],
    [
      'limits',
      [
        { key: 'max_nodes', value: config.limits.maxNodes },
        { key: 'forget_nodes_after_days', value: config.limits.forgetNodesAfterMs / 86_400_000 },
      ],
    ],
    ['thresholds', thresholdLines(config)],
  ];
  const lines = sections.flatMap(([section, entries]) => [
    `${section}:`,
    ...entries.map((line) => `  ${formatLine(line, originText(config, `${section}.${line.key}`))}`),
  ]);
  return [
    ...lines,
    ...(config.gateways.length === 0 ? [] : formatList(config, 'gateways', gatewayEntries(config))),
    ...formatList(config, 'nodes', config.nodes.map(nodeLines)),
    ...credentialLines(config),
    ...otlpLines(config),
    '',
  ].join('\n');
}

function formatList(config: Config, list: string, entries: readonly (readonly Line[])[]): readonly string[] {
  const lines = entries.flatMap((entry, index) =>
    entry.map((line, position) => {
      const origin = originText(config, `${list}[${index}].${line.key}`);
      return `  ${position === 0 ? '-' : ' '} ${formatLine(line, origin)}`;
    }),
  );
  return [`${list}:`, ...lines];
}

/** Set by OpenTelemetry's own variables, which no file can hold. */
function otlpLines({ otlp }: Config): readonly string[] {
  if (otlp === undefined) return [];
  return Object.entries(otlp.targets).map(
    ([signal, { protocol, endpoint }]) => `# otlp: ${signal} to ${endpoint} (${protocol})`,
  );
}

function webLines({ web }: Config): readonly Line[] {
  const addresses = web.listen.map(formatListenAddress);
  const [only] = addresses;
  return [
    ...(only === undefined
      ? []
      : [{ key: 'listen_address', value: addresses.length === 1 ? only : addresses }]),
    ...(web.configFile === undefined ? [] : [{ key: 'config_file', value: web.configFile }]),
    { key: 'systemd_socket', value: web.inherited !== undefined },
    { key: 'socket_mode', value: web.socketMode.toString(8).padStart(3, '0') },
    { key: 'open_probes', value: web.openProbes },
    { key: 'max_requests', value: web.maxRequests },
    { key: 'created_timestamps', value: web.createdTimestamps },
    { key: 'enable_lifecycle', value: web.enableLifecycle },
  ];
}

function gatewayLines({ gateway, origins }: Config): readonly Line[] {
  const { target, tokenFile, tlsFingerprint } = gateway;
  const url: Line =
    target.kind === 'given'
      ? { key: 'url', value: target.url }
      : { key: 'url', value: target.fallback, from: `${target.from}; where the node host dials goes first` };
  return [
    url,
    ...(tokenFile === undefined ? [] : [{ key: 'token_file', value: tokenFile }]),
    ...(tlsFingerprint === undefined
      ? []
      : [
          {
            key: 'tls_fingerprint',
            value: tlsFingerprint,
            ...(origins['gateway.tls_fingerprint'] === undefined && { from: 'openclaw.json' }),
          },
        ]),
  ];
}

function gatewayEntries({ gateways, origins }: Config): readonly (readonly Line[])[] {
  return gateways.map(({ name, url, tokenFile, tlsFingerprint, probe }, index) => {
    const otherwise = (key: string, from: string): Pick<Line, 'from'> =>
      origins[`gateways[${index}].${key}`] === undefined ? { from } : {};
    const probed = tokenFile === undefined ? 'no token_file to open a session with' : 'as probe.enabled';
    return [
      { key: 'name', value: name, ...otherwise('name', 'host and port of its url') },
      { key: 'url', value: url },
      ...(tokenFile === undefined ? [] : [{ key: 'token_file', value: tokenFile }]),
      ...(tlsFingerprint === undefined ? [] : [{ key: 'tls_fingerprint', value: tlsFingerprint }]),
      { key: 'probe', value: probe, ...otherwise('probe', probed) },
    ];
  });
}

function thresholdLines({ thresholds }: Config): readonly Line[] {
  return THRESHOLD_SETTINGS.map(({ key, name, form }) => ({
    key: key.replace('thresholds.', ''),
    value: form === 'duration' ? formatDuration(thresholds[name]) : thresholds[name],
  }));
}

function nodeLines({ name, nodeId, locator, log }: NodeTarget): readonly Line[] {
  return [
    ...locatorLines(locator),
    ...(name === undefined ? [] : [{ key: 'name', value: name }]),
    ...(nodeId === undefined ? [] : [{ key: 'node_id', value: nodeId }]),
    { key: 'log', value: log.kind === 'file' ? log.path : log.kind },
  ];
}

function locatorLines(locator: NodeLocator): readonly Line[] {
  switch (locator.kind) {
    case 'state-dir': {
      const from = locator.explicit ? {} : { from: 'where OpenClaw keeps its state unless told otherwise' };
      return [{ key: 'state_dir', value: locator.path, ...from }];
    }
    case 'pid-file':
      return [{ key: 'pid_file', value: locator.path }];
    case 'systemd-unit':
      return [
        { key: 'systemd_unit', value: locator.unit },
        { key: 'user_unit', value: locator.user },
      ];
    case 'launchd-label':
      return [{ key: 'launchd_label', value: locator.label }];
    default:
      return locator satisfies never;
  }
}

function originText(config: Config, key: string): string {
  return formatOrigin(config.origins[key] ?? DEFAULT_ORIGIN);
}

function formatLine({ key, value, from }: Line, origin: string): string {
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
