import type { LocalFacts } from '../facts/local.ts';
import { isLegacy } from '../model/version.ts';
import type { RowView } from './row-view.ts';

/** Which OpenClaw it is, by what this machine knows of it, else by its gateway's word. */
export function versionOf({ hints }: LocalFacts, view: RowView | undefined): string | undefined {
  return hints.version ?? view?.row.version;
}

/**
 * Its process ends with each attempt that fails, as before 2026.5, and its supervisor brings the next; `undefined` where
 * neither its version is known nor has it done what only others do.
 */
export function endsWithAttempt(facts: LocalFacts, view: RowView | undefined): boolean | undefined {
  const version = versionOf(facts, view);
  if (version !== undefined) return isLegacy(version);
  return facts.ledger.writesConnected || facts.ledger.outlivesFailures === true ? false : undefined;
}
