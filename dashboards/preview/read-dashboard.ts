import { z } from 'zod';

/*
 * What is understood of a dashboard's JSON: what ours use. Whatever decides how a panel looks and is not listed here is not
 * understood, and the panel says so instead of being drawn wrongly. Units, colours, mappings, thresholds and what else a
 * field has are Grafana's own code to know.
 */

type Constant = string | number | boolean | null;

/** Settings that have these values, since what is drawn looks so and not otherwise. */
function fixed<const Values extends Readonly<Record<string, Constant>>>(
  values: Values,
): { [Name in keyof Values]: z.ZodLiteral<Values[Name]> } {
  const literals = Object.entries(values).map(([name, value]) => [name, z.literal(value)]);
  return Object.fromEntries(literals) as { [Name in keyof Values]: z.ZodLiteral<Values[Name]> };
}

const ANY = z.unknown().optional();
/** A variable in it would be shown as it is written. */
const PLAIN_TEXT = z.string().regex(/^[^$]*$/, 'has a variable');
const SOURCE = z.object(fixed({ uid: '${datasource}' })).optional();

const NO_LEGEND = z.object(fixed({ showLegend: false }));
const REDUCED = z.strictObject({ calcs: z.array(z.string()), ...fixed({ fields: '', values: false }) });
const GRID_POSITION = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const TARGET = z
  .strictObject({
    refId: z.string(),
    expr: z.string(),
    legendFormat: z.string(),
    format: z.literal('table').optional(),
    instant: z.boolean().optional(),
    range: ANY,
    editorMode: ANY,
    datasource: SOURCE,
  })
  // `__auto` names a series by what tells it from the others. Rows of a table have no name.
  .refine(({ legendFormat, format }) => legendFormat !== '__auto' || format === 'table', 'an automatic name');

/** A panel of this type with these options, and what it may say of a field beyond what Grafana's own code applies. */
function panel<const Type extends string, Options extends z.ZodRawShape, Custom extends z.ZodRawShape>(
  type: Type,
  { options, custom }: { readonly options: Options; readonly custom: Custom },
) {
  const settings = z.strictObject(custom).partial();
  const property = z.union([
    z.object({ id: z.string().regex(/^(?!custom\.)/, 'not understood'), value: z.unknown() }),
    ...Object.entries(custom).map(([name, value]) => z.object({ id: z.literal(`custom.${name}`), value })),
  ]);
  const matcher = z.object({ id: z.enum(['byName', 'byFrameRefID']), options: z.unknown() });
  const transformation = z.object({ id: z.enum(['merge', 'organize']), options: z.looseObject({}) });
  return z.strictObject({
    ...fixed({ type }),
    id: ANY,
    title: PLAIN_TEXT,
    description: PLAIN_TEXT.default(''),
    gridPos: GRID_POSITION,
    transparent: z.literal(false).optional(),
    repeatDirection: ANY,
    datasource: SOURCE,
    targets: z.array(TARGET),
    transformations: z.array(transformation).default([]),
    options: z.strictObject(options),
    fieldConfig: z.object({
      defaults: z.looseObject({ noValue: z.string().optional(), custom: settings.optional() }),
      overrides: z.array(z.object({ matcher, properties: z.array(property) })),
    }),
  });
}

// Tooltips are shown under the pointer only: nothing that a picture could get wrong.
const PANEL = z.discriminatedUnion('type', [
  panel('stat', {
    options: {
      ...fixed({ graphMode: 'none', justifyMode: 'center', orientation: 'auto' }),
      ...fixed({ showPercentChange: false, wideLayout: true }),
      percentChangeColorMode: ANY,
      reduceOptions: REDUCED,
      colorMode: z.enum(['none', 'value', 'background_solid']),
      textMode: z.enum(['value', 'name', 'value_and_name']),
    },
    custom: {},
  }),
  panel('bargauge', {
    options: {
      ...fixed({ displayMode: 'basic', namePlacement: 'auto', orientation: 'horizontal', valueMode: 'text' }),
      ...fixed({ maxVizHeight: 300, minVizHeight: 16, showUnfilled: true, sizing: 'auto' }),
      minVizWidth: ANY,
      reduceOptions: REDUCED,
      legend: NO_LEGEND,
    },
    custom: {},
  }),
  panel('timeseries', {
    options: {
      tooltip: ANY,
      legend: z.strictObject({
        ...fixed({ displayMode: 'table', showLegend: true, sortDesc: true }),
        calcs: z.array(z.string()),
        placement: z.enum(['bottom', 'right']),
        sortBy: z.string(),
      }),
    },
    custom: {
      ...fixed({ drawStyle: 'line', lineInterpolation: 'linear', showPoints: 'auto' }),
      axisWidth: z.number(),
      fillOpacity: z.number(),
      lineStyle: z.strictObject({ ...fixed({ fill: 'dash' }), dash: z.array(z.number()) }),
      lineWidth: z.number(),
      pointSize: z.number(),
      stacking: z.strictObject({ ...fixed({ group: 'A' }), mode: z.enum(['none', 'normal']) }),
    },
  }),
  panel('state-timeline', {
    options: {
      ...fixed({ alignValue: 'left', mergeValues: true, perPage: null, showValue: 'auto' }),
      tooltip: ANY,
      legend: NO_LEGEND,
      rowHeight: z.number(),
    },
    custom: { ...fixed({ lineWidth: 0 }), axisWidth: z.number(), fillOpacity: z.number() },
  }),
  panel('table', {
    options: {
      ...fixed({ cellHeight: 'sm', frameIndex: 0, showHeader: true, showTypeIcons: false }),
      footer: z.object(fixed({ show: false })),
      sortBy: z.tuple([z.strictObject({ displayName: z.string(), ...fixed({ desc: true }) })]),
    },
    custom: {
      ...fixed({ align: 'auto', inspect: false }),
      cellOptions: z.strictObject(fixed({ mode: 'basic', type: 'color-background' })),
      filterable: ANY,
      width: z.number(),
    },
  }),
]);

/** The data source, or values of a label, of which several may be chosen, and all where there is an `allValue`. */
const VARIABLE = z.discriminatedUnion('type', [
  z.object({
    ...fixed({ type: 'datasource', multi: false }),
    name: z.string(),
    label: z.string(),
    allValue: z.undefined().optional(),
  }),
  z.object({
    // Sorted without regard to case.
    ...fixed({ type: 'query', multi: true, sort: 5 }),
    name: z.string(),
    label: z.string(),
    /** `label_values(label)` or `label_values(selector, label)`. */
    query: z.string().regex(/^label_values\((?:.+,\s*)?\w+\)$/s),
    allValue: z.string().optional(),
    regex: z.literal('').optional(),
    hide: z.literal(0).optional(),
  }),
]);

const ANNOTATION = z.object({
  ...fixed({ enable: true, builtIn: 0 }),
  name: z.string(),
  iconColor: z.string(),
  target: z.object({ expr: z.string() }),
  titleFormat: z.string(),
  textFormat: z.string(),
  /** The value of each series is a time, ms: that of the event. */
  useValueForTime: z.boolean(),
});

const LINK = z.object({
  ...fixed({ type: 'link', includeVars: false, keepTime: true }),
  title: z.string(),
  url: z.string(),
  tooltip: z.string(),
});

const DASHBOARD = z.object({
  ...fixed({ timezone: 'browser' }),
  uid: z.string(),
  title: z.string(),
  time: z.object({ from: z.string(), to: z.string() }),
  refresh: z.string(),
  templating: z.object({ list: z.array(VARIABLE) }),
  annotations: z.object({ list: z.array(ANNOTATION) }),
  links: z.array(LINK),
  panels: z.array(z.looseObject({ type: z.string(), title: z.string(), gridPos: GRID_POSITION })),
});

export type Panel = z.infer<typeof PANEL>;
export type PanelOf<Type extends Panel['type']> = Extract<Panel, { type: Type }>;
export type Target = z.infer<typeof TARGET>;
export type Variable = z.infer<typeof VARIABLE>;
export type Annotation = z.infer<typeof ANNOTATION>;
export type DashboardLink = z.infer<typeof LINK>;
/** What a panel of this type may say of a field. */
export type CustomOf<Type extends Panel['type']> = NonNullable<
  PanelOf<Type>['fieldConfig']['defaults']['custom']
>;

/** A place in the grid and what is drawn there, or each thing that is not understood of it, with its path. */
export type Tile = { readonly title: string; readonly gridPos: z.infer<typeof GRID_POSITION> } & (
  | { readonly kind: 'row' }
  | { readonly kind: 'panel'; readonly panel: Panel }
  | { readonly kind: 'not-understood'; readonly problems: readonly string[] }
);

/** A dashboard, as far as it is understood. */
export type Dashboard = z.infer<typeof DASHBOARD> & { readonly tiles: readonly Tile[] };

/** Reads the JSON of a dashboard. A panel that is not understood is told in its place; the rest has to be. */
export function readDashboard(json: unknown): Dashboard {
  const { data, error } = DASHBOARD.safeParse(json);
  if (data === undefined) throw new TypeError(`not understood: ${problemsOf(error).join('; ')}`);
  return { ...data, tiles: data.panels.map(readTile) };
}

function readTile(json: z.infer<typeof DASHBOARD>['panels'][number]): Tile {
  const { type, title, gridPos } = json;
  if (type === 'row' && json.collapsed !== true) return { kind: 'row', title, gridPos };
  const { data, error } = PANEL.safeParse(json);
  if (data === undefined) return { kind: 'not-understood', title, gridPos, problems: problemsOf(error) };
  return { kind: 'panel', title, gridPos, panel: data };
}

function problemsOf({ issues }: z.ZodError): readonly string[] {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}
