import type { NodeTarget } from '../config/config.ts';
import type { NodeHostHints } from '../core/index.ts';
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
export function locateLog(target: NodeTarget, hints: NodeHostHints, home: string): LogLocation | undefined {
  switch (target.log.kind) {
    case 'none':
      return undefined;
    case 'file':
      return { kind: 'file', paths: [target.log.path] };
    case 'journal':
      return journalOf(target, hints) ?? { kind: 'journal', ...DEFAULT_UNIT };
    case 'auto': {
      if (hints.logPaths !== undefined && hints.logPaths.length > 0)
        return { kind: 'file', paths: hints.logPaths };
      const journal = journalOf(target, hints);
      if (journal !== undefined) return journal;
      const unit = defaultUnitOf(target, home);
      return unit === undefined ? undefined : { kind: 'journal', ...unit };
    }
    default:
      return target.log satisfies never;
  }
}

function journalOf(target: NodeTarget, hints: NodeHostHints): LogLocation | undefined {
  if (hints.systemdUnit !== undefined) return { kind: 'journal', ...hints.systemdUnit };
  if (target.locator.kind === 'systemd-unit') {
    return { kind: 'journal', unit: target.locator.unit, user: target.locator.user };
  }
  return undefined;
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
