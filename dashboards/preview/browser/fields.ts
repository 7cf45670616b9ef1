import {
  applyFieldOverrides,
  createTheme,
  FieldConfigOptionsRegistry,
  formattedValueToString,
  getFieldDisplayValuesProxy,
  identityOverrideProcessor,
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
import type { Panel } from '../read-dashboard.ts';
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

/** The frames as the panel transforms them, each field with what the panel and its overrides say of it. */
export async function preparedFrames(panel: Panel, frames: DataFrame[], scene: Scene): Promise<DataFrame[]> {
  return applyFieldOverrides({
    data: await lastValueFrom(transformDataFrame(panel.transformations, frames)),
    fieldConfig: panel.fieldConfig as never,
    fieldConfigRegistry: registryOf(panel),
    replaceVariables: (text, scopedVars) => linkText(text, scopedVars, scene),
    theme: THEME,
  });
}

/** Grafana's editors register each setting; here those that the panel has are enough. */
function registryOf({ fieldConfig: { defaults, overrides } }: Panel): FieldConfigOptionsRegistry {
  const { custom = {}, ...standard } = defaults;
  const ids = new Set([
    ...Object.keys(standard),
    ...Object.keys(custom).map((id) => `custom.${id}`),
    ...overrides.flatMap(({ properties }) => properties.map(({ id }) => id)),
  ]);
  const common = { process: identityOverrideProcessor, shouldApply: () => true };
  const items = [...ids].map((id) => ({
    ...common,
    id,
    path: id.replace(/^custom\./, ''),
    isCustom: id.startsWith('custom.'),
  }));
  return new FieldConfigOptionsRegistry(() => items as unknown as FieldConfigPropertyItem[]);
}

type Row = Readonly<Record<string, DisplayValue | undefined>>;

/** Grafana leaves variables to its pages: those of the dashboard, and what a link knows of its value. */
function linkText(text: string, scopedVars: ScopedVars | undefined, { variables, range }: Scene): string {
  const { frame, field, rowIndex } = scopedVars?.__dataContext?.value ?? {};
  const hasRow = frame !== undefined && rowIndex !== undefined;
  const row: Row = hasRow ? getFieldDisplayValuesProxy({ frame, rowIndex }) : {};
  return interpolateLink(text, variables, {
    timeQuery: `from=${range.fromMs}&to=${range.toMs}`,
    labels: field?.labels,
    rowText: (name) => row[name] && formattedValueToString(row[name]),
  });
}

/** What stands for a value. */
export function shown(field: Field, value: unknown): { readonly text: string; readonly color: string } {
  const display: DisplayValue = field.display?.(value) ?? { numeric: Number.NaN, text: String(value) };
  return { text: formattedValueToString(display), color: display.color ?? '' };
}

/** A background with what is legible on it: near-black or white, whichever has the greater contrast. */
export function filled(background: string): { readonly background: string; readonly color: string } {
  return { background, color: THEME.colors.getContrastText(background, EQUAL_CONTRAST) };
}

/** Above it white has more contrast than near-black. */
const EQUAL_CONTRAST = 4.6;
