import { omit } from '../model/omit.ts';
import type { LocalFacts } from './local.ts';

/** Lifts what an earlier run of the exporter called silent, once the process has dialled. */
export function withoutSilence(facts: LocalFacts, hasDialled: boolean): LocalFacts {
  if (!hasDialled || facts.calledSilent === undefined) return facts;
  return omit(facts, 'calledSilent');
}
