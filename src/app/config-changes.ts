import type { Config } from '../config/config.ts';
import { effectiveConfig, type EffectiveEntry, type EffectiveSetting } from '../config/effective.ts';

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
function isFixed({ key }: Change): boolean {
  return key === 'state.dir' || (key.startsWith('web.') && !LIVE_WEB_KEYS.has(key));
}

/** Compares two configurations by the values that are in force. */
export function compareConfigs(before: Config, after: Config): ConfigChanges {
  const [was, is] = [effectiveConfig(before), effectiveConfig(after)];
  const changes = changesOf(withSections(was.sections), withSections(is.sections));
  return {
    applied: [
      ...changes.filter((change) => !isFixed(change)).map(tell),
      ...compareLists(was.gateways, is.gateways),
      ...compareLists(was.nodes, is.nodes),
    ],
    needsRestart: changes.filter(isFixed).map(tell),
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

interface Change {
  readonly key: string;
  readonly was: string;
  readonly is: string;
}

function tell({ key, was, is }: Change): string {
  return `${key}: ${was} -> ${is}`;
}

function withSections(
  sections: Readonly<Record<string, readonly EffectiveSetting[]>>,
): readonly EffectiveSetting[] {
  return Object.entries(sections).flatMap(([section, settings]) =>
    settings.map(({ key, value }) => ({ key: `${section}.${key}`, value })),
  );
}

function changesOf(
  before: readonly EffectiveSetting[],
  after: readonly EffectiveSetting[],
): readonly Change[] {
  const [old, now] = [before, after].map(
    (settings) =>
      new Map(
        settings.map(({ key, value }) => [key, Array.isArray(value) ? JSON.stringify(value) : String(value)]),
      ),
  );
  return [...new Set([...before, ...after].map(({ key }) => key))].flatMap((key) => {
    const [was, is] = [old?.get(key) ?? 'unset', now?.get(key) ?? 'unset'];
    return was === is ? [] : [{ key, was, is }];
  });
}

function compareLists(
  before: readonly EffectiveEntry[],
  after: readonly EffectiveEntry[],
): readonly string[] {
  const old = new Map(before.map(({ subject, settings }) => [subject, settings]));
  const now = new Set(after.map(({ subject }) => subject));
  return [
    ...after.filter(({ subject }) => !old.has(subject)).map(({ subject }) => `${subject} is watched`),
    ...before
      .filter(({ subject }) => !now.has(subject))
      .map(({ subject }) => `${subject} is not watched any more`),
    ...after.flatMap(({ subject, settings }) =>
      changesOf(old.get(subject) ?? settings, settings).map((change) => `${subject}: ${tell(change)}`),
    ),
  ];
}
