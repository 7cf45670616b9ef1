import type { NodeTarget } from '../config/config.ts';
import { isSameService, type DirectiveOf, type Service } from '../core/index.ts';
import type { Platform } from '../sources/platform.ts';
import type { Supervised } from '../sources/supervisor/supervisor-source.ts';

/**
 * The service that a node host is to run in before its process was seen: the one it was configured by; else, where nobody
 * named one, the one that OpenClaw installed for the user with this home directory.
 */
export function expectedService(
  { locator }: NodeTarget,
  { installedService, jobNamed }: Pick<Platform, 'installedService' | 'jobNamed'>,
  home: string,
): Service | undefined {
  switch (locator.kind) {
    case 'systemd-unit':
      return { manager: 'systemd', unit: locator.unit, user: locator.user };
    case 'launchd-label':
      return jobNamed(locator.label);
    case 'state-dir':
      return locator.explicit ? undefined : installedService(home);
    case 'pid-file':
      return undefined;
    default:
      return locator satisfies never;
  }
}

/**
 * Which service supervises a node host: the one it was configured by; else the one its process runs in, or ran in last;
 * else, before any process was seen, the one that is expected. `undefined` until its process was looked for.
 */
export function supervisedService(
  { locator }: NodeTarget,
  known: DirectiveOf<'ask-supervisor'> | undefined,
  expected: Service | undefined,
): Supervised | undefined {
  if (known === undefined) return undefined;
  const { incarnation, service } = known;
  const isNamed = locator.kind === 'systemd-unit' || locator.kind === 'launchd-label';
  if (isNamed && expected !== undefined) {
    // The process tells in whose domain its job is; without one that is taken to be our own.
    const named = isSameService(expected, service) && service !== undefined ? service : expected;
    return { service: named, isNamed, incarnation };
  }
  if (service !== undefined && isRestarted(service)) return { service, isNamed, incarnation };
  if (incarnation !== null || service !== undefined || expected === undefined) return undefined;
  return { service: expected, isNamed, incarnation };
}

/** Anything else that a process can be in, a login session for example, starts nothing again. */
function isRestarted(service: Service): boolean {
  return service.manager === 'launchd' || service.unit.endsWith('.service');
}
