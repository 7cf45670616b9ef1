import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { Config } from '../config/config.ts';
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
    applied: [
      ...keys.filter((key) => !isFixed(key)).map(tell),
      ...compareLists(listedGateways(before), listedGateways(after)),
      ...compareLists(listedNodes(before), listedNodes(after)),
    ],
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
  return flattenSettings({ ...sections, gateways: {}, nodes: {} });
}

/** One entry of a list of the file. */
interface Listed {
  /** In words, and the same however the list is ordered. */
  readonly subject: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

function listedGateways({ gateways }: Config): readonly Listed[] {
  return gateways.map(({ name, url, tokenFile, tlsFingerprint, probe }) => ({
    subject: `gateway ${name}`,
    settings: {
      url,
      ...(tokenFile !== undefined && { token_file: tokenFile }),
      ...(tlsFingerprint !== undefined && { tls_fingerprint: tlsFingerprint }),
      probe,
    },
  }));
}

function listedNodes({ nodes }: Config): readonly Listed[] {
  return nodes.map((node) => ({ subject: `node host ${node.id}`, settings: { ...node } }));
}

/** By what an entry is called, since the order of a list means nothing. */
function compareLists(before: readonly Listed[], after: readonly Listed[]): readonly string[] {
  const old = new Map(before.map((entry) => [entry.subject, entry.settings]));
  const now = new Map(after.map((entry) => [entry.subject, entry.settings]));
  return [
    ...after.filter(({ subject }) => !old.has(subject)).map(({ subject }) => `${subject} is watched`),
    ...before
      .filter(({ subject }) => !now.has(subject))
      .map(({ subject }) => `${subject} is not watched any more`),
    ...after.flatMap(({ subject, settings }) => {
      const known = old.get(subject);
      if (known === undefined || isDeepStrictEqual(known, settings)) return [];
      const [is, was] = [flattenSettings(settings), flattenSettings(known)];
      return [...new Set([...was.keys(), ...is.keys()])]
        .filter((key) => was.get(key) !== is.get(key))
        .map((key) => `${subject}: ${key}: ${was.get(key) ?? 'unset'} -> ${is.get(key) ?? 'unset'}`);
    }),
  ];
}
