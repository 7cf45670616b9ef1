import type { NodeTarget } from '../config/config.ts';
import type { LogHints, Service, TargetId } from '../core/index.ts';
import type { LogLocation } from '../sources/tail/watched-log.ts';

/** The log of a node host before its process was seen: that of the service it is to run in. */
export interface ExpectedLog {
  readonly service: Service | undefined;
  /** The files that it is set up to write to; empty where they are not known, or it writes to a journal. */
  readonly paths: readonly string[];
}

/** Where a node host's log is, as far as its configuration and its process tell; `undefined` while nobody knows. */
export function locateLog(
  target: NodeTarget,
  hints: LogHints,
  expected: ExpectedLog,
): LogLocation | undefined {
  switch (target.log.kind) {
    case 'none':
      return undefined;
    case 'file':
      return { kind: 'file', paths: [target.log.path] };
    case 'journal':
      return journalOf(target, hints) ?? journal({ unit: 'openclaw-node.service', user: true });
    case 'auto': {
      const { paths = [], service } = hints;
      if (paths.length > 0) return { kind: 'file', paths };
      const known = journalOf(target, hints);
      if (known !== undefined) return known;
      // Its process was seen, and writes to no file.
      return service?.manager === 'launchd' ? undefined : expectedLog(expected);
    }
    default:
      return target.log satisfies never;
  }
}

function expectedLog({ service, paths }: ExpectedLog): LogLocation | undefined {
  if (paths.length > 0) return { kind: 'file', paths };
  return service?.manager === 'systemd' ? journal(service) : undefined;
}

function journalOf({ locator }: NodeTarget, { service }: LogHints): LogLocation | undefined {
  if (service?.manager === 'systemd') return journal(service);
  return locator.kind === 'systemd-unit' ? journal(locator) : undefined;
}

function journal({ unit, user }: { readonly unit: string; readonly user: boolean }): LogLocation {
  return { kind: 'journal', unit, user };
}

/** A location in words. */
export function describeLocation(where: LogLocation): string {
  switch (where.kind) {
    case 'file':
      return where.paths.join(', ');
    case 'journal':
      return `journal of ${where.user ? 'user ' : ''}unit ${where.unit}`;
    default:
      return where satisfies never;
  }
}

export type LogPlaces = ReadonlyMap<TargetId, LogLocation | undefined>;

/** Whose lines a log that several node hosts write to holds, nobody can tell: it is read for none of them. */
export interface SharedLog {
  readonly place: string;
  readonly targets: readonly TargetId[];
}

/** The places that more than one node host writes to. */
export function sharedLogs(places: LogPlaces): readonly SharedLog[] {
  const writers = new Map<string, TargetId[]>();
  for (const [target, where] of places) {
    for (const place of placesOf(where)) writers.set(place, [...(writers.get(place) ?? []), target]);
  }
  return [...writers]
    .filter(([, targets]) => targets.length > 1)
    .map(([place, targets]) => ({ place, targets }));
}

/** The places of those whose log is no other's: those that are read. */
export function ownLogs(places: LogPlaces): LogPlaces {
  const sharing = new Set(sharedLogs(places).flatMap(({ targets }) => targets));
  return new Map([...places].filter(([target]) => !sharing.has(target)));
}

function placesOf(where: LogLocation | undefined): readonly string[] {
  if (where === undefined) return [];
  return where.kind === 'file' ? [...new Set(where.paths)] : [describeLocation(where)];
}
