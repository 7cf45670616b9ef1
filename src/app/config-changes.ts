import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { Config, NodeTarget } from '../config/config.ts';
import { formatEffectiveConfig } from '../config/effective.ts';
import { flattenSettings } from './flatten-settings.ts';

/** What another configuration means for the exporter that runs, in sentences for its log and for whoever asked. */
export interface ConfigChanges {
  /** What is different from now on. */
  readonly applied: readonly string[];
  /** What stays as it was until the exporter is started again. */
  readonly needsRestart: readonly string[];
}

/** Who may ask is decided for each request; everything else of `web` is bound to sockets that are open already. */
const LIVE_WEB_KEYS: ReadonlySet<string> = new Set(['web.enable_lifecycle']);

/** Sockets, and the directory that is locked and holds the counters, are had once. */
function isFixed(key: string): boolean {
  return key === 'state.dir' || (key.startsWith('web.') && !LIVE_WEB_KEYS.has(key));
}

/** Compares two configurations by what `config check` would print of them. */
export function compareConfigs(before: Config, after: Config): ConfigChanges {
  const old = effectiveSettings(before);
  const now = effectiveSettings(after);
  const keys = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
  const tell = (key: string): string => `${key}: ${old.get(key) ?? 'unset'} -> ${now.get(key) ?? 'unset'}`;
  return {
    applied: [...keys.filter((key) => !isFixed(key)).map(tell), ...compareNodes(before.nodes, after.nodes)],
    needsRestart: keys.filter(isFixed).map(tell),
  };
}

/** `after`, as far as it can be in force without a restart. */
export function applicablePart(before: Config, after: Config): Config {
  return {
    ...after,
    web: { ...before.web, enableLifecycle: after.web.enableLifecycle },
    state: before.state,
  };
}

function effectiveSettings(config: Config): ReadonlyMap<string, string> {
  const sections = parse(formatEffectiveConfig(config)) as Record<string, unknown>;
  return flattenSettings({ ...sections, nodes: {} });
}

/** By id, since their order means nothing. */
function compareNodes(before: readonly NodeTarget[], after: readonly NodeTarget[]): readonly string[] {
  const old = new Map(before.map((node) => [node.id, node]));
  const now = new Map(after.map((node) => [node.id, node]));
  return [
    ...after.filter(({ id }) => !old.has(id)).map(({ id }) => `node host ${id} is watched`),
    ...before.filter(({ id }) => !now.has(id)).map(({ id }) => `node host ${id} is not watched any more`),
    ...after.flatMap((node) => {
      const known = old.get(node.id);
      if (known === undefined || isDeepStrictEqual(known, node)) return [];
      const [is, was] = [flattenSettings({ ...node }), flattenSettings({ ...known })];
      return [...new Set([...was.keys(), ...is.keys()])]
        .filter((key) => was.get(key) !== is.get(key))
        .map(
          (key) => `node host ${node.id}: ${key}: ${was.get(key) ?? 'unset'} -> ${is.get(key) ?? 'unset'}`,
        );
    }),
  ];
}
