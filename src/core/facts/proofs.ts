import { later, type Instant } from '../model/time.ts';
import { PROOF_SOURCES, type ProofSource } from '../model/vocabulary.ts';

/** The newest proof of life from each source. */
export type Proofs = Readonly<Partial<Record<ProofSource, Instant>>>;

/** Moves a proof of life forward, never back. */
export function prove(proofs: Proofs, source: ProofSource, at: Instant): Proofs {
  const known = proofs[source];
  return known !== undefined && known.monoMs >= at.monoMs ? proofs : { ...proofs, [source]: at };
}

/** Joins what two viewpoints proved. */
export function joinProofs(proofs: Proofs, others: Proofs): Proofs {
  return (Object.entries(others) as [ProofSource, Instant][]).reduce(
    (joined, [source, at]) => prove(joined, source, at),
    proofs,
  );
}

/** The newest of all. */
export function newestProof(proofs: Proofs): Instant | undefined {
  let newest: Instant | undefined;
  for (const source of PROOF_SOURCES) newest = later(newest, proofs[source]);
  return newest;
}
