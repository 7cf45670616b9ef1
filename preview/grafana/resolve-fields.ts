import { fieldName } from './field-name.ts';
import type { Field, Frame } from './frame.ts';
import type { Matcher } from './field-config-schema.ts';
import { toRegex } from './value-mapping.ts';

/** `fieldConfig` of a panel whose settings are `S`. */
interface FieldConfig<S> {
  readonly defaults: S;
  readonly overrides: readonly { readonly matcher: Matcher; readonly properties: S }[];
}

/** A field with the name that is shown and the settings that hold for it. */
export interface ResolvedField<S> {
  readonly field: Field;
  readonly frame: Frame;
  readonly name: string;
  readonly settings: S;
  /** Number of the series among all of the panel: what a palette goes by. */
  readonly seriesIndex: number;
}

/** The fields of a frame, resolved. */
export type ResolvedFrame<S> = readonly ResolvedField<S>[];

/** Each field with the settings of the panel and, over them in their order, of the overrides that match it. */
export function resolveFields<S extends { displayName?: string | undefined; custom?: unknown }>(
  frames: readonly Frame[],
  { defaults, overrides }: FieldConfig<S>,
): readonly ResolvedFrame<S>[] {
  let seriesIndex = 0;
  return frames.map((frame) =>
    frame.fields.map((field) => {
      const name = fieldName(field, frame, frames);
      const settings = overrides
        .filter(({ matcher }) => matches(matcher, { field, frame, name }))
        .reduce((merged, { properties }) => mergeSettings(merged, properties), defaults);
      const resolved = { field, frame, name: shownName(field, name, settings), settings, seriesIndex };
      if (field.type === 'number') seriesIndex += 1;
      return resolved;
    }),
  );
}

/** A name that a transformation gave stays; one of the panel's settings replaces what the query gave. */
function shownName(
  field: Field,
  name: string,
  { displayName }: { displayName?: string | undefined },
): string {
  return field.facts.displayName ?? displayName ?? name;
}

function mergeSettings<S extends { custom?: unknown }>(settings: S, over: S): S {
  const custom =
    settings.custom === undefined && over.custom === undefined
      ? undefined
      : { ...(settings.custom as object | undefined), ...(over.custom as object | undefined) };
  return { ...settings, ...over, ...(custom !== undefined && { custom }) };
}

function matches(
  matcher: Matcher,
  { field, frame, name }: { readonly field: Field; readonly frame: Frame; readonly name: string },
): boolean {
  switch (matcher.id) {
    case 'byName':
      return matcher.options === name || matcher.options === field.name;
    case 'byRegexp':
      return toRegex(matcher.options).test(name);
    case 'byFrameRefID':
      return matcher.options === frame.refId;
    case 'byType':
      return matcher.options === field.type;
    default:
      return matcher satisfies never;
  }
}
