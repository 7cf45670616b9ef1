import type { NodeTarget } from '../config/config.ts';
import type { ProcessTarget } from '../sources/process/process-target.ts';

/** How the process source finds a node host. */
export function processTarget({ id, locator }: NodeTarget): ProcessTarget {
  switch (locator.kind) {
    case 'state-dir':
      return { target: id, by: { kind: 'state-dir', path: locator.path }, explicit: locator.explicit };
    case 'pid-file':
      return { target: id, by: { kind: 'pid-file', path: locator.path }, explicit: true };
    case 'systemd-unit':
      return {
        target: id,
        by: { kind: 'systemd-unit', unit: locator.unit, user: locator.user },
        explicit: true,
      };
    case 'launchd-label':
      return { target: id, by: { kind: 'launchd-label', label: locator.label }, explicit: true };
    default:
      return locator satisfies never;
  }
}
