import { dirname, join, resolve } from 'node:path';
import { present, type TargetId } from '../core/index.ts';
import type { Config, NodeLocator, NodeTarget } from './config.ts';
import { discoverGateway, expandPath, openclawStateDir } from './discover.ts';
import type { Environment } from './environment-layer.ts';
import { firstSeen } from './gateway-list.ts';
import { gatewayLabel } from './gateway-url.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { rowsOf } from './fields.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';
import { formatOrigin, problemAt, whoSaid, type Said } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import type { NodeSettings, Settings } from './schema.ts';
import { formatKey } from './key-path.ts';
import { ALL_SETTINGS } from './settings.ts';

/** What is needed beside the settings to make them absolute. */
export interface ResolveContext {
  readonly cwd: string;
  readonly environment: OpenclawEnvironment;
  readonly openclawConfig: OpenclawConfigView;
  /** The state directory when nobody set one. */
  readonly defaultStateDir: string;
  readonly inheritedSockets: InheritedSockets;
  readonly said: Said;
}

/** Settings with paths made absolute and what was not said filled in from OpenClaw's own. */
export function resolveConfig(settings: Settings, context: ResolveContext): Config {
  const { environment, openclawConfig: openclaw, defaultStateDir } = context;
  return {
    web: resolveWeb(settings.web, context),
    gateway: resolveGateway(settings.gateway, context),
    gateways: settings.gateways.map((written, index) => {
      const { name = gatewayLabel(written.url), ...gateway } = placed('gateways[]', written, context, index);
      const probe = (written.probe ?? settings.probe.enabled) && written.tokenFile !== undefined;
      return { name, ...gateway, probe };
    }),
    nodes: (settings.nodes.length > 0 ? settings.nodes : [DEFAULT_NODE]).map((node, index) =>
      resolveNode(placed('nodes[]', node, context, index), context),
    ),
    probe: settings.probe,
    recovery: placed('recovery', settings.recovery, context),
    state: { dir: placed('state', settings.state, context).dir ?? defaultStateDir },
    log: settings.log,
    limits: settings.limits,
    notify: placed('notify', settings.notify, context),
    thresholds: settings.thresholds,
    openclaw: { environment, config: openclaw },
    origins: originsOf(context.said),
  };
}

const KEYS: ReadonlySet<string> = new Set(ALL_SETTINGS.map(({ key }) => key));

/** Of the settings alone: what a section or an entry begins with is nobody's value. */
function originsOf(said: Said): Config['origins'] {
  return Object.fromEntries([...said].filter(([key]) => KEYS.has(key.replace(/\[\d+\]/, '[]'))));
}

const DEFAULT_NODE: NodeSettings = { log: { kind: 'auto' } };

/**
 * The fields with every path in them made absolute: one in the file is relative to the file, any other to the working
 * directory.
 *
 * @param index of the entry, where `section` is that of a list
 */
function placed<T extends object>(
  section: string,
  fields: T,
  { cwd, environment, said }: ResolveContext,
  index?: number,
): T {
  const rows = rowsOf(section);
  const entries = Object.entries(fields).map(([field, value]: [string, unknown]) => {
    const row = rows.find((each) => each.field === field);
    if (row?.form.place === undefined) return [field, value];
    const path = index === undefined ? [section, row.leaf] : [section.replace('[]', ''), index, row.leaf];
    const origin = whoSaid(said, path);
    const directory = origin.kind === 'file' ? dirname(resolve(cwd, origin.file)) : cwd;
    const absolute = (path: string): string => expandPath(path, { home: environment.home, directory });
    return [field, row.form.place(value, absolute)];
  });
  return Object.fromEntries(entries) as T;
}

function resolveWeb(settings: Settings['web'], context: ResolveContext): Config['web'] {
  const { listenAddress, systemdSocket: isActivated, ...web } = placed('web', settings, context);
  // With sockets from systemd the default address is not wanted; one that somebody gave is.
  const isDefault = !context.said.has('web.listen_address');
  return {
    ...web,
    listen: isActivated && isDefault ? [] : listenAddress,
    ...(isActivated && { inherited: context.inheritedSockets }),
  };
}

function resolveGateway(settings: Settings['gateway'], context: ResolveContext): Config['gateway'] {
  const { url, ...gateway } = placed('gateway', settings, context);
  const { environment, openclawConfig } = context;
  if (url !== undefined) return { locator: { kind: 'given', url }, ...gateway };
  // A pin belongs to the gateway it was made for.
  const pin = present({ tlsFingerprint: openclawConfig.tlsFingerprint });
  return { locator: discoverGateway(openclawConfig, environment), ...pin, ...gateway };
}

function resolveNode({ name, nodeId, log, ...found }: NodeSettings, context: ResolveContext): NodeTarget {
  const locator = resolveLocator(found, context);
  return { id: targetId(locator), ...present({ name, nodeId }), locator, log };
}

function resolveLocator(
  { stateDir, pidFile, systemdUnit, launchdLabel, userUnit }: Omit<NodeSettings, 'log'>,
  { environment }: ResolveContext,
): NodeLocator {
  if (pidFile !== undefined) return { kind: 'pid-file', path: pidFile };
  if (systemdUnit !== undefined) return { kind: 'systemd-unit', unit: systemdUnit, user: userUnit ?? true };
  if (launchdLabel !== undefined) return { kind: 'launchd-label', label: launchdLabel };
  if (stateDir !== undefined) return { kind: 'state-dir', path: stateDir, explicit: true };
  return { kind: 'state-dir', path: openclawStateDir(environment), explicit: false };
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
export function findDuplicateNodes(nodes: readonly NodeTarget[], said: Said): readonly ConfigProblem[] {
  const firstById = new Map<string, number>();
  const firstByName = new Map<string, number>();
  return nodes.flatMap(({ id, name, locator }, index) => {
    const problems: ConfigProblem[] = [];
    const path = ['nodes', index];
    const twin = firstSeen(firstById, id, index);
    if (twin !== index) {
      const origin = whoSaid(said, [...path, locator.kind.replaceAll('-', '_')]);
      const message = `the same node host as ${formatKey(['nodes', twin])} (${id}); remove one of them.`;
      problems.push({ where: formatOrigin(origin), key: formatKey(path), message });
    }
    const namesake = name === undefined ? index : firstSeen(firstByName, name, index);
    if (namesake !== index) {
      const message = `found ${JSON.stringify(name)}, which is the name of ${formatKey(['nodes', namesake])} too; give each its own.`;
      problems.push(problemAt(said, [...path, 'name'], message));
    }
    return problems;
  });
}

/** Where counters and offsets are kept when nobody said so. */
export function defaultStateDir(
  { STATE_DIRECTORY = '', XDG_STATE_HOME = '' }: Environment,
  home: string,
): string {
  // systemd separates several by colons; each StateDirectory= line makes one.
  const [own = ''] = STATE_DIRECTORY.split(':');
  if (own !== '') return own;
  // The XDG specification says that a relative path is to be ignored.
  const base = XDG_STATE_HOME.startsWith('/') ? XDG_STATE_HOME : join(home, '.local', 'state');
  return join(base, 'openclaw-liveness-exporter');
}
