import type { NodeTarget } from '../config/config.ts';
import type { LocalFacts } from '../core/index.ts';
import type { Supervised } from '../sources/supervisor/supervisor-source.ts';
import { defaultUnitOf } from './default-unit.ts';

/**
 * Which unit supervises a node host: the one it was configured by; else the one its process runs in, or ran in last;
 * else, before any process was seen, the one that OpenClaw installs. `undefined` until its process was looked for.
 */
export function supervisedUnit(target: NodeTarget, facts: LocalFacts, home: string): Supervised | undefined {
  const { process, lastUnit } = facts;
  if (process === undefined) return undefined;
  const incarnation = process.sample?.incarnation ?? null;
  const { locator } = target;
  if (locator.kind === 'systemd-unit') {
    return { unit: { unit: locator.unit, user: locator.user }, isNamed: true, incarnation };
  }
  // Anything else that a process can be in, a login session for example, starts nothing again.
  if (lastUnit?.unit.endsWith('.service') === true) return { unit: lastUnit, isNamed: false, incarnation };
  if (incarnation !== null || lastUnit !== undefined) return undefined;
  const unit = defaultUnitOf(target, home);
  return unit === undefined ? undefined : { unit, isNamed: false, incarnation };
}
