import type { NodeTarget } from '../config/config.ts';
import type { DirectiveOf, Service } from '../core/index.ts';
import type { Supervised } from '../sources/supervisor/supervisor-source.ts';

/**
 * Which service supervises a node host: the one it was configured by; else the one its process runs in, or ran in last;
 * else, before any process was seen, the one that OpenClaw installs. `undefined` until its process was looked for.
 *
 * @param installed what OpenClaw installed on this machine
 */
export function supervisedService(
  target: NodeTarget,
  known: DirectiveOf<'ask-supervisor'> | undefined,
  installed: Service | undefined,
): Supervised | undefined {
  if (known === undefined) return undefined;
  const { incarnation, service } = known;
  const { locator } = target;
  if (locator.kind === 'systemd-unit') {
    const { unit, user } = locator;
    return { service: { manager: 'systemd', unit, user }, isNamed: true, incarnation };
  }
  if (service !== undefined && isRestarted(service)) return { service, isNamed: false, incarnation };
  if (incarnation !== null || service !== undefined || installed === undefined) return undefined;
  return isUnnamed(target) ? { service: installed, isNamed: false, incarnation } : undefined;
}

/** Anything else that a process can be in, a login session for example, starts nothing again. */
function isRestarted(service: Service): boolean {
  return service.manager === 'launchd' || service.unit.endsWith('.service');
}

/** A machine that has OpenClaw's own service runs from there the node host that nobody named. */
export function isUnnamed({ locator }: NodeTarget): boolean {
  return locator.kind === 'state-dir' && !locator.explicit;
}
