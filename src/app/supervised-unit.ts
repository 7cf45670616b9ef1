import type { NodeTarget } from '../config/config.ts';
import type { DirectiveOf } from '../core/index.ts';
import type { Supervised } from '../sources/supervisor/supervisor-source.ts';
import { defaultUnitOf } from './default-unit.ts';

/**
 * Which unit supervises a node host: the one it was configured by; else the one its process runs in, or ran in last;
 * else, before any process was seen, the one that OpenClaw installs. `undefined` until its process was looked for.
 */
export function supervisedUnit(
  target: NodeTarget,
  known: DirectiveOf<'ask-supervisor'> | undefined,
  home: string,
): Supervised | undefined {
  if (known === undefined) return undefined;
  const { incarnation, service } = known;
  const { locator } = target;
  if (locator.kind === 'systemd-unit') {
    const { unit, user } = locator;
    return { unit: { manager: 'systemd', unit, user }, isNamed: true, incarnation };
  }
  // Anything else that a process can be in, a login session for example, starts nothing again.
  if (service?.manager === 'systemd' && service.unit.endsWith('.service')) {
    return { unit: service, isNamed: false, incarnation };
  }
  if (incarnation !== null || service !== undefined) return undefined;
  const unit = defaultUnitOf(target, home);
  return unit === undefined ? undefined : { unit, isNamed: false, incarnation };
}
