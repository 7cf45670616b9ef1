import { dirname, join, resolve } from 'node:path';
import type { TargetId } from '../core/index.ts';
import type { Config, GatewayLocator, NamedGateway, NodeLocator, NodeLog, NodeTarget } from './config.ts';
import { discoverGateway, expandPath, openclawStateDir } from './discover.ts';
import { present } from '../runtime/present.ts';
import { firstSeen } from './gateway-list.ts';
import { gatewayLabel } from './gateway-url.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { parseListenAddress, type ListenAddress } from './listen-address.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';
import { problemAt, type Origin } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import type { NodeSettings, Settings } from './schema.ts';
import { defaultOf } from './settings.ts';
import { formatKey, type KeyPath } from './key-path.ts';

const DAY_MS = 86_400_000;

/** What is needed beside the settings to make them absolute. */
export interface ResolveContext {
  readonly cwd: string;
  readonly environment: OpenclawEnvironment;
  readonly openclawConfig: OpenclawConfigView;
  /** The state directory when nobody set one. */
  readonly defaultStateDir: string;
  readonly inheritedSockets: InheritedSockets;
  readonly originOf: (path: KeyPath) => Origin;
  readonly origins: Config['origins'];
}

/** Settings with paths made absolute and what was not said filled in from OpenClaw's own. */
export function resolveConfig(settings: Settings, context: ResolveContext): Config {
  const { environment, openclawConfig } = context;
  const target: GatewayLocator =
    settings.gateway.url === undefined
      ? discoverGateway(openclawConfig, environment)
      : { kind: 'given', url: settings.gateway.url };
  // A pin belongs to the gateway it was made for.
  const discoveredPin = target.kind === 'discover' ? openclawConfig.tlsFingerprint : undefined;
  const tlsFingerprint = settings.gateway.tls_fingerprint ?? discoveredPin;
  return {
    web: resolveWeb(settings.web, context),
    gateway: present({
      target,
      tokenFile: optionalPath(settings.gateway.token_file, ['gateway', 'token_file'], context),
      tlsFingerprint,
      log: optionalLog(settings.gateway.log, ['gateway', 'log'], context),
    }),
    gateways: resolveGateways(settings, context),
    nodes: resolveNodes(settings.nodes, context),
    probe: {
      enabled: settings.probe.enabled,
      intervalMs: settings.probe.interval,
      timeoutMs: settings.probe.timeout,
    },
    recovery: resolveRecovery(settings.recovery, context),
    state: { dir: optionalPath(settings.state.dir, ['state', 'dir'], context) ?? context.defaultStateDir },
    log: settings.log,
    limits: {
      maxNodes: settings.limits.max_nodes,
      forgetNodesAfterMs: settings.limits.forget_nodes_after_days * DAY_MS,
    },
    notify: resolveNotify(settings.notify, context),
    thresholds: settings.thresholds,
    openclaw: { environment, config: openclawConfig },
    origins: context.origins,
  };
}

function resolveRecovery(recovery: Settings['recovery'], context: ResolveContext): Config['recovery'] {
  return present({
    enabled: recovery.enabled,
    dryRun: recovery.dry_run,
    command: recovery.command,
    commandTimeoutMs: recovery.command_timeout,
    heldMs: recovery.held,
    gatewayHealthyMs: recovery.gateway_healthy,
    childrenMs: recovery.wait_for_commands,
    attachWithinMs: recovery.attach_within,
    cooldownMs: recovery.cooldown,
    maxAttempts: recovery.max_attempts,
    refillAfterMs: recovery.refill_after,
    lockDir: optionalPath(recovery.lock_dir, ['recovery', 'lock_dir'], context),
  });
}

function resolveWeb(web: Settings['web'], context: ResolveContext): Config['web'] {
  const { listen_address: written, config_file: configFile, systemd_socket: isActivated } = web;
  // With sockets from systemd the default address is not wanted; one that somebody gave is.
  const listen = written ?? (isActivated ? [] : [defaultListenAddress()]);
  return {
    listen: listen.map((address) =>
      address.kind === 'unix'
        ? { ...address, path: absolute(address.path, ['web', 'listen_address'], context) }
        : address,
    ),
    ...present({ configFile: optionalPath(configFile, ['web', 'config_file'], context) }),
    ...(isActivated && { inherited: context.inheritedSockets }),
    socketMode: web.socket_mode,
    openProbes: web.open_probes,
    maxRequests: web.max_requests,
    createdTimestamps: web.created_timestamps,
    enableLifecycle: web.enable_lifecycle,
  };
}

function resolveNotify(notify: Settings['notify'], context: ResolveContext): Config['notify'] {
  const path = (key: 'webhook_url_file' | 'program' | 'dead_man_url_file'): string | undefined =>
    optionalPath(notify[key], ['notify', key], context);
  return present({
    webhookUrlFile: path('webhook_url_file'),
    program: path('program'),
    repeatMs: notify.repeat_interval,
    deadManUrlFile: path('dead_man_url_file'),
  });
}

function defaultListenAddress(): ListenAddress {
  const address = parseListenAddress(defaultOf('web.listen_address'));
  if (address === undefined) throw new Error('the default of web.listen_address is no address');
  return address;
}

/** A path in the file is relative to the file; any other to the working directory. */
function absolute(path: string, key: KeyPath, { cwd, environment, originOf }: ResolveContext): string {
  const origin = originOf(key);
  const directory = origin.kind === 'file' ? dirname(resolve(cwd, origin.file)) : cwd;
  return expandPath(path, { home: environment.home, directory });
}

function optionalPath(path: string | undefined, key: KeyPath, context: ResolveContext): string | undefined {
  return path === undefined ? undefined : absolute(path, key, context);
}

function resolveGateways({ gateways, probe }: Settings, context: ResolveContext): readonly NamedGateway[] {
  return gateways.map((written, index) =>
    present({
      name: written.name ?? gatewayLabel(written.url),
      url: written.url,
      tokenFile: optionalPath(written.token_file, ['gateways', index, 'token_file'], context),
      tlsFingerprint: written.tls_fingerprint,
      log: optionalLog(written.log, ['gateways', index, 'log'], context),
      probe: (written.probe ?? probe.enabled) && written.token_file !== undefined,
    }),
  );
}

function resolveNodes(nodes: readonly NodeSettings[], context: ResolveContext): readonly NodeTarget[] {
  const listed = nodes.length > 0 ? nodes : [{ log: 'auto' }];
  return listed.map((node, index) => resolveNode(node, index, context));
}

function resolveNode(node: NodeSettings, index: number, context: ResolveContext): NodeTarget {
  const locator = resolveLocator(node, index, context);
  return present({
    id: targetId(locator),
    name: node.name,
    nodeId: node.node_id,
    locator,
    log: resolveLog(node.log, ['nodes', index, 'log'], context),
  });
}

function resolveLocator(node: NodeSettings, index: number, context: ResolveContext): NodeLocator {
  const key = (field: string): KeyPath => ['nodes', index, field];
  if (node.pid_file !== undefined) {
    return { kind: 'pid-file', path: absolute(node.pid_file, key('pid_file'), context) };
  }
  if (node.systemd_unit !== undefined) {
    return { kind: 'systemd-unit', unit: node.systemd_unit, user: node.user_unit ?? true };
  }
  if (node.launchd_label !== undefined) return { kind: 'launchd-label', label: node.launchd_label };
  if (node.state_dir !== undefined) {
    return { kind: 'state-dir', path: absolute(node.state_dir, key('state_dir'), context), explicit: true };
  }
  return { kind: 'state-dir', path: openclawStateDir(context.environment), explicit: false };
}

function optionalLog(where: string | undefined, key: KeyPath, context: ResolveContext): NodeLog | undefined {
  return where === undefined ? undefined : resolveLog(where, key, context);
}

function resolveLog(where: string, key: KeyPath, context: ResolveContext): NodeLog {
  switch (where) {
    case 'auto':
    case 'journal':
    case 'none':
      return { kind: where };
    default:
      return { kind: 'file', path: absolute(where, key, context) };
  }
}

function targetId(locator: NodeLocator): TargetId {
  switch (locator.kind) {
    case 'state-dir':
      return `state-dir:${locator.path}`;
    case 'pid-file':
      return `pid-file:${locator.path}`;
    case 'systemd-unit':
      return `systemd-unit:${locator.user ? 'user' : 'system'}/${locator.unit}`;
    case 'launchd-label':
      return `launchd-label:${locator.label}`;
  }
}

/** The same node host, or the same name, twice. */
export function findDuplicateNodes(
  nodes: readonly NodeTarget[],
  originOf: (path: KeyPath) => Origin,
): readonly ConfigProblem[] {
  const firstById = new Map<string, number>();
  const firstByName = new Map<string, number>();
  return nodes.flatMap(({ id, name, locator }, index) => {
    const problems: ConfigProblem[] = [];
    const path = ['nodes', index];
    const twin = firstSeen(firstById, id, index);
    if (twin !== index) {
      const origin = originOf([...path, locator.kind.replaceAll('-', '_')]);
      const message = `the same node host as ${formatKey(['nodes', twin])} (${id}); remove one of them.`;
      problems.push(problemAt(origin, path, message));
    }
    const namesake = name === undefined ? index : firstSeen(firstByName, name, index);
    if (namesake !== index) {
      const message = `found ${JSON.stringify(name)}, which is the name of ${formatKey(['nodes', namesake])} too; give each its own.`;
      problems.push(problemAt(originOf([...path, 'name']), [...path, 'name'], message));
    }
    return problems;
  });
}

/** Where counters and offsets are kept when nobody said so. */
export function defaultStateDir(
  variables: { readonly stateDirectory?: string; readonly xdgStateHome?: string },
  home: string,
): string {
  // systemd separates several by colons; each StateDirectory= line makes one.
  const [own] = (variables.stateDirectory ?? '').split(':');
  if (own !== undefined && own !== '') return own;
  const { xdgStateHome = '' } = variables;
  // The XDG specification says that a relative path is to be ignored.
  const base = xdgStateHome.startsWith('/') ? xdgStateHome : join(home, '.local', 'state');
  return join(base, 'openclaw-liveness-exporter');
}
