import type { NodeTarget } from '../config/config.ts';
import type { LogHints } from '../core/index.ts';
import { DEFAULT_UNIT, defaultUnitOf } from './default-unit.ts';

/** Where the lines of one node host are to be read. */
export type LogLocation =
  | { readonly kind: 'file'; readonly paths: readonly string[] }
  | { readonly kind: 'journal'; readonly unit: string; readonly user: boolean };

/**
 * Where a node host's log is, as far as its configuration and its process tell; `undefined` while nobody knows.
 *
 * @param home to look for the unit of the user's own systemd in, before any process was seen
 */
export function locateLog(target: NodeTarget, hints: LogHints, home: string): LogLocation | undefined {
  switch (target.log.kind) {
    case 'none':
      return undefined;
    case 'file':
      return { kind: 'file', paths: [target.log.path] };
    case 'journal':
      return journalOf(target, hints) ?? journal(DEFAULT_UNIT);
    case 'auto': {
      const { paths = [] } = hints;
      if (paths.length > 0) return { kind: 'file', paths };
      const known = journalOf(target, hints);
      if (known !== undefined) return known;
      const unit = defaultUnitOf(target, home);
      return unit === undefined ? undefined : journal(unit);
    }
    default:
      return target.log satisfies never;
  }
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

/** Whether two locations are the same place. */
export function isSameLocation(a: LogLocation | undefined, b: LogLocation | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
