import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemdUnit } from '../../core/index.ts';

/** The unit that `openclaw node install` makes. */
export const INSTALLED_UNIT: SystemdUnit = {
  manager: 'systemd',
  unit: 'openclaw-node.service',
  user: true,
};

/** That unit, where the user with this home directory has it. */
export function installedUnit(home: string): SystemdUnit | undefined {
  const isInstalled = existsSync(join(home, '.config', 'systemd', 'user', INSTALLED_UNIT.unit));
  return isInstalled ? INSTALLED_UNIT : undefined;
}
