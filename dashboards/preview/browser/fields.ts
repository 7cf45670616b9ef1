import {
  applyFieldOverrides,
  createTheme,
  FieldConfigOptionsRegistry,
  fieldReducers,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  getFieldDisplayValuesProxy,
  identityOverrideProcessor,
  reduceField,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
  type DataFrame,
  type DisplayValue,
  type Field,
  type FieldConfigPropertyItem,
  type ScopedVars,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import type { Custom, Panel } from '../read-dashboard.ts';
import { interpolateLink } from './interpolate.ts';
import type { Scene } from './scene.ts';

/*
 * Grafana's own code between the answer of a query and what is drawn: transformations, overrides, units, mappings,
 * thresholds, names, colours and links.
 */

export const THEME = createTheme({ colors: { mode: 'dark' } });

standardTransformersRegistry.setInit(() =>
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Grafana's pages have them from elsewhere, nobody else does.
  [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer].map((info) => ({
    id: info.id,
    name: info.name,
    description: '',
    transformation: () => Promise.resolve(info),
    editor: () => null,
    imageDark: '',
    imageLight: '',
  })),
);

/** What is legible on this background: near-black or white, whichever has the greater contrast. */
export function textOn(background: string): string {
  return THEME.colors.getContrastText(background, EQUAL_CONTRAST);
}

/** Above it white has more contrast than near-black. */
const EQUAL_CONTRAST = 4.6;

/** A field that is drawn, with the frame that it is of. */
export interface DrawnField {
  readonly field: Field;
  readonly name: string;
  readonly frame: DataFrame;
}

/** The frames as the panel transforms them, each field with what the panel and its overrides say of it. */
export async function preparedFrames(
  panel: Panel,
  frames: readonly DataFrame[],
  scene: Scene,
): Promise<readonly DataFrame[]> {
  const transformed = await lastValueFrom(transformDataFrame(panel.transformations ?? [], [...frames]));
  return applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig as never,
    fieldConfigRegistry: registryOf(panel),
    replaceVariables: (text, scopedVars) => linkText(text, scopedVars, scene),
    theme: THEME,
    timeZone: scene.timeZone,
  });
}

/** Grafana's editors register each setting; here those that the panel has are enough. */
function registryOf({ fieldConfig: { defaults, overrides } }: Panel): FieldConfigOptionsRegistry {
  const ids = new Set([
    ...Object.keys(defaults).filter((id) => id !== 'custom'),
    ...Object.keys(defaults.custom ?? {}).map((id) => `custom.${id}`),
    ...overrides.flatMap(({ properties }) => properties.map(({ id }) => id)),
  ]);
  return new FieldConfigOptionsRegistry(() =>
    [...ids].map((id): FieldConfigPropertyItem => {
      const isCustom = id.startsWith('custom.');
      return {
        id,
        path: id.replace(/^custom\./, ''),
        name: id,
        isCustom,
        process: identityOverrideProcessor,
        shouldApply: () => true,
        editor: () => null,
        override: () => null,
      };
    }),
  );
}

/** The fields of this type in their order, named as Grafana names them. */
export function fieldsOf(frames: readonly DataFrame[], isWanted: (field: Field) => boolean): DrawnField[] {
  const all = [...frames];
  return all.flatMap((frame) =>
    frame.fields
      .filter(isWanted)
      .map((field) => ({ field, frame, name: getFieldDisplayName(field, frame, all) })),
  );
}

export const isTime = (field: Field): boolean => field.type === FieldType.time;
export const isNumber = (field: Field): boolean => field.type === FieldType.number;

export function customOf({ field }: DrawnField): Custom {
  return (field.config.custom ?? {}) as Custom;
}

/** How far apart the points of a range query are, ms. */
export function stepOf(frame: DataFrame): number {
  return frame.fields.find(isTime)?.config.interval ?? Number.POSITIVE_INFINITY;
}

export function timesOf(frame: DataFrame): readonly number[] {
  return (frame.fields.find(isTime)?.values ?? []) as readonly number[];
}

/** What stands for a value. */
export function shown(field: Field, value: unknown): { readonly text: string; readonly color: string } {
  const display: DisplayValue = field.display?.(value) ?? { numeric: Number.NaN, text: String(value) };
  return { text: formattedValueToString(display), color: display.color ?? '' };
}

/** One value for all of a field: its heading, and the value as it is and as it is shown. */
export function reduced(field: Field, reducer: string): { readonly value: unknown; readonly text: string } {
  const value: unknown = reduceField({ field, reducers: [reducer] })[reducer];
  return { value, text: shown(field, value).text };
}

export function reducerName(reducer: string): string {
  return fieldReducers.get(reducer).name;
}

/** What a link begins with that has a reference which nobody could resolve. */
export const NOT_UNDERSTOOD = 'not-understood:';

/** Grafana leaves variables to its pages: those of the dashboard, and what a link knows of its value. */
function linkText(text: string, scopedVars: ScopedVars | undefined, scene: Scene): string {
  const { frame, field, rowIndex, calculatedValue } = (scopedVars?.__dataContext?.value ?? {}) as {
    frame?: DataFrame;
    field?: Field;
    rowIndex?: number;
    calculatedValue?: DisplayValue;
  };
  const row = frame !== undefined && rowIndex !== undefined ? { frame, rowIndex } : undefined;
  const texts = row && (getFieldDisplayValuesProxy(row) as Record<string, { text?: string } | undefined>);
  const { text: replaced, unresolved } = interpolateLink(text, scene.variables, {
    timeQuery: `from=${scene.range.fromMs}&to=${scene.range.toMs}`,
    isTitle: !text.includes('/d/'),
    ...(field?.labels && { labels: field.labels }),
    ...(texts && { rowText: (name: string) => texts[name]?.text }),
    ...(calculatedValue && { valueText: formattedValueToString(calculatedValue) }),
  });
  return unresolved.length === 0 ? replaced : `${NOT_UNDERSTOOD}${unresolved.join(',')}`;
}
