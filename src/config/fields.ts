import { ALL_SETTINGS, type DeclaredRow, type Setting } from './settings.ts';
import type { Form } from './forms.ts';

type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
type In<Section extends string> = Extract<DeclaredRow, { readonly key: `${Section}.${string}` }>;
type FieldName<Row extends DeclaredRow> = Row['key'] extends `${string}.${infer Leaf}`
  ? `${Camel<Leaf>}${Row['form'] extends { readonly suffix: 'Ms' } ? 'Ms' : ''}`
  : never;
type ValueOf<Row extends DeclaredRow> = Row['form'] extends Form<infer Value> ? Value : never;
type Certain = Extract<DeclaredRow, { readonly default: unknown } | { readonly isRequired: true }>;

/** The values of a section, or of an entry of a list (`nodes[]`), as code names them; those that are neither required nor have a default may be absent. */
export type Fields<Section extends string> = {
  readonly [Row in Extract<In<Section>, Certain> as FieldName<Row>]: ValueOf<Row>;
} & {
  readonly [Row in Exclude<In<Section>, Certain> as FieldName<Row>]?: ValueOf<Row>;
};

/** A setting of a section: `wait_for_commands` in the file is `waitForCommandsMs` in code. */
export interface Row extends Setting {
  readonly leaf: string;
  readonly field: string;
}

const ROWS = Map.groupBy(ALL_SETTINGS.map(rowOf), ({ key }) => key.slice(0, key.indexOf('.')));

function rowOf(setting: Setting): Row {
  const leaf = setting.key.slice(setting.key.indexOf('.') + 1);
  const name = leaf.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { ...setting, leaf, field: `${name}${setting.form.suffix ?? ''}` };
}

/** @param section as `web`, or `nodes[]` for what each entry of a list has */
export function rowsOf(section: string): readonly Row[] {
  return ROWS.get(section) ?? [];
}
