import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeTarget } from '../config/config.ts';
import type { NodeHostHints } from '../core/observation.ts';

/** Where the lines of one node host are to be read. */
export type LogLocation =
  | { readonly kind: 'file'; readonly paths: readonly string[] }
  | { readonly kind: 'journal'; readonly unit: string; readonly user: boolean };

/** The unit that `openclaw node install` makes. */
const DEFAULT_UNIT = 'openclaw-node.service';

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
      return journalOf(target, hints) ?? { kind: 'journal', unit: DEFAULT_UNIT, user: true };
    case 'auto': {
      if (hints.logPaths !== undefined && hints.logPaths.length > 0)
        return { kind: 'file', paths: hints.logPaths };
      const journal = journalOf(target, hints);
      if (journal !== undefined) return journal;
      // Before its process is seen: a machine that has the unit runs it from there.
      const isInstalled = existsSync(join(home, '.config', 'systemd', 'user', DEFAULT_UNIT));
      const isDefault = target.locator.kind === 'state-dir' && !target.locator.explicit;
      return isInstalled && isDefault ? { kind: 'journal', unit: DEFAULT_UNIT, user: true } : undefined;
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

/** Whether two locations are the same place. */
export function isSameLocation(a: LogLocation | undefined, b: LogLocation | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
