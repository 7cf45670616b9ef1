import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * For something long that is made in pieces, to be awaited after each: hands the event loop on once `sliceMs` have been
 * used, so that `/livez` answers meanwhile.
 */
export function sharingTurns(sliceMs: number): () => Promise<void> {
  let sliceEnd = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < sliceEnd) return;
    await nextTurn();
    sliceEnd = performance.now() + sliceMs;
  };
}
