import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeTarget } from '../config/config.ts';
import type { SystemdUnit } from '../core/index.ts';

/** The unit that `openclaw node install` makes. */
export const DEFAULT_UNIT: SystemdUnit = { manager: 'systemd', unit: 'openclaw-node.service', user: true };

/**
 * The unit of a node host that nobody named, before its process was seen: a machine that has OpenClaw's own unit runs
 * it from there.
 *
 * @param home of the user whose units are looked at
 */
export function defaultUnitOf({ locator }: NodeTarget, home: string): SystemdUnit | undefined {
  const isUnnamed = locator.kind === 'state-dir' && !locator.explicit;
  const isInstalled = isUnnamed && existsSync(join(home, '.config', 'systemd', 'user', DEFAULT_UNIT.unit));
  return isInstalled ? DEFAULT_UNIT : undefined;
}
