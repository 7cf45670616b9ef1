import { stateSchema, type SavedState, type WrittenState } from '../../src/state/state-schema.ts';

/** A state as it comes out of its file. */
export function asRead(written: WrittenState): SavedState {
  return stateSchema.parse(JSON.parse(JSON.stringify(written)));
}
