import type { CommonSettings, PlainFieldConfig } from './field-config-schema.ts';
import type { Cell, Frame } from './frame.ts';
import { reduceValues, type Reducer } from './reduce.ts';
import { resolveFields, type ResolvedField } from './resolve-fields.ts';

/** A series and the one value that stands for it. */
export interface ReducedField {
  readonly resolved: ResolvedField<CommonSettings>;
  readonly value: Cell;
}

/** A value a series, in their order. Texts and times have none. */
export function reducedFields(
  frames: readonly Frame[],
  fieldConfig: PlainFieldConfig,
  reducer: Reducer,
): readonly ReducedField[] {
  return resolveFields(frames, fieldConfig)
    .flat()
    .filter(({ field }) => field.type === 'number' && field.values.length > 0)
    .map((resolved) => ({ resolved, value: reduceValues(resolved.field.values, reducer) }));
}
