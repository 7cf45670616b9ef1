import { REFUSAL_REASONS, type RefusalReason } from '../../ports/web-status.ts';

/** Counts clients that got no page, by reason. */
export class Refusals {
  readonly #counts = new Map<RefusalReason, number>(REFUSAL_REASONS.map((reason) => [reason, 0]));

  count(reason: RefusalReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  counts(): ReadonlyMap<RefusalReason, number> {
    return new Map(this.#counts);
  }
}
