/*
 * What is understood of a dashboard's JSON: what ours use. Whatever decides how a panel looks and is not listed here is not
 * understood, and the panel says so instead of being drawn wrongly. Units, colours, mappings, thresholds and what else a
 * field has are Grafana's own code to know.
 */

/** Values that a setting may have; none: any. */
type Understood = Readonly<Record<string, readonly unknown[] | undefined>>;

const ANY = undefined;
const OFF = [false];

const NO_LEGEND: Understood = {
  'options.legend.showLegend': OFF,
  'options.legend.displayMode': ANY,
  'options.legend.placement': ANY,
  'options.legend.calcs': ANY,
};
const REDUCED: Understood = {
  'options.reduceOptions.calcs': ANY,
  'options.reduceOptions.fields': [''],
  'options.reduceOptions.values': OFF,
};
// Tooltips are shown under the pointer only: nothing that a picture could get wrong.
const TOOLTIP: Understood = { 'options.tooltip.mode': ANY, 'options.tooltip.sort': ANY };

const SETTINGS = {
  stat: {
    ...REDUCED,
    'options.graphMode': ['none'],
    'options.colorMode': ['none', 'value', 'background_solid'],
    'options.justifyMode': ['center'],
    'options.orientation': ['auto'],
    'options.percentChangeColorMode': ANY,
    'options.showPercentChange': OFF,
    'options.textMode': ['value', 'name', 'value_and_name'],
    'options.wideLayout': [true],
  },
  bargauge: {
    ...REDUCED,
    ...NO_LEGEND,
    'options.displayMode': ['basic'],
    'options.maxVizHeight': [300],
    'options.minVizHeight': [16],
    'options.minVizWidth': ANY,
    'options.namePlacement': ['auto'],
    'options.orientation': ['horizontal'],
    'options.showUnfilled': [true],
    'options.sizing': ['auto'],
    'options.valueMode': ['text'],
  },
  timeseries: {
    ...TOOLTIP,
    'options.legend.calcs': ANY,
    'options.legend.displayMode': ['table'],
    'options.legend.placement': ['bottom', 'right'],
    'options.legend.showLegend': [true],
    'options.legend.sortBy': ANY,
    'options.legend.sortDesc': [true],
    'custom.axisWidth': ANY,
    'custom.drawStyle': ['line'],
    'custom.fillOpacity': ANY,
    'custom.lineInterpolation': ['linear'],
    'custom.lineStyle.dash': ANY,
    'custom.lineStyle.fill': ['dash'],
    'custom.lineWidth': ANY,
    'custom.pointSize': ANY,
    'custom.showPoints': ['auto'],
    'custom.stacking.group': ['A'],
    'custom.stacking.mode': ['none', 'normal'],
  },
  'state-timeline': {
    ...TOOLTIP,
    ...NO_LEGEND,
    'options.alignValue': ['left'],
    'options.mergeValues': [true],
    'options.perPage': [null],
    'options.rowHeight': ANY,
    'options.showValue': ['auto'],
    'custom.axisWidth': ANY,
    'custom.fillOpacity': ANY,
    'custom.lineWidth': [0],
  },
  table: {
    'options.cellHeight': ['sm'],
    'options.footer.countRows': OFF,
    'options.footer.reducer': ANY,
    'options.footer.show': OFF,
    'options.frameIndex': [0],
    'options.showHeader': [true],
    'options.showTypeIcons': OFF,
    'options.sortBy': ANY,
    'custom.align': ['auto'],
    'custom.cellOptions.mode': ['basic'],
    'custom.cellOptions.type': ['color-background'],
    'custom.filterable': ANY,
    'custom.inspect': OFF,
    'custom.width': ANY,
  },
} as const satisfies Record<string, Understood>;

type PanelType = keyof typeof SETTINGS;

/** Keys of a panel and of its queries that change what is shown. */
const PANEL_KEYS =
  /^(id|type|title|description|transparent|datasource|gridPos|targets|transformations|options|fieldConfig|repeatDirection|interval|maxDataPoints)$/;
const TARGET_KEYS = /^(refId|expr|datasource|legendFormat|format|instant|range|interval|editorMode)$/;
const TRANSFORMATIONS = /^(merge|organize)$/;
const MATCHERS = /^(byName|byFrameRefID)$/;

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly format?: 'time_series' | 'table';
  readonly instant?: boolean;
  readonly interval?: string;
}

/** Options by the type of a panel, as far as they differ from one of ours to another. */
interface Options {
  stat: {
    readonly colorMode: 'none' | 'value' | 'background_solid';
    readonly textMode: 'value' | 'name' | 'value_and_name';
    readonly reduceOptions: { readonly calcs: string[] };
  };
  bargauge: { readonly reduceOptions: { readonly calcs: string[] } };
  timeseries: {
    readonly legend: {
      readonly calcs: readonly string[];
      readonly placement: 'bottom' | 'right';
      readonly sortBy?: string;
    };
  };
  'state-timeline': { readonly rowHeight: number };
  table: { readonly sortBy: readonly { readonly displayName: string; readonly desc?: boolean }[] };
}

/** What a panel says of a field beyond what Grafana's own code applies. */
export interface Custom {
  readonly axisWidth?: number;
  readonly fillOpacity?: number;
  readonly lineStyle?: { readonly dash?: readonly number[] };
  readonly lineWidth?: number;
  readonly pointSize?: number;
  readonly stacking?: { readonly mode?: 'none' | 'normal' };
  readonly cellOptions?: { readonly type: 'color-background' };
  readonly width?: number;
}

export interface PanelOf<Type extends PanelType> {
  readonly type: Type;
  readonly title: string;
  readonly description?: string;
  readonly transparent?: boolean;
  readonly gridPos: GridPosition;
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly targets: readonly Target[];
  readonly transformations?: { readonly id: string; readonly options: object }[];
  readonly options: Options[Type];
  readonly fieldConfig: {
    readonly defaults: { readonly noValue?: string; readonly custom?: Custom };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options?: unknown };
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}
export type Panel = { [Type in PanelType]: PanelOf<Type> }[PanelType];

/** A place in the grid and what is drawn there. */
export type Tile =
  | { readonly kind: 'panel'; readonly place: GridPosition; readonly panel: Panel }
  | { readonly kind: 'row'; readonly place: GridPosition; readonly title: string }
  | {
      readonly kind: 'not-understood';
      readonly place: GridPosition;
      readonly title: string;
      /** What it is that is not understood, each with its path. */
      readonly problems: readonly string[];
    };

export interface Variable {
  readonly type: 'datasource' | 'query';
  readonly name: string;
  readonly label?: string;
  /** 1: without its label, 2: not shown. */
  readonly hide?: number;
  /** `label_values(…)`. */
  readonly query: string;
  readonly sort?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string | null;
  readonly current?: { readonly value?: string | readonly string[] };
}

export interface Annotation {
  readonly name: string;
  readonly enable: boolean;
  readonly iconColor: string;
  readonly target: { readonly expr: string; readonly interval?: string };
  readonly titleFormat?: string;
  readonly textFormat?: string;
  readonly useValueForTime?: boolean;
}

export interface DashboardLink {
  readonly title: string;
  readonly url: string;
  readonly tooltip?: string;
  readonly includeVars?: boolean;
  readonly keepTime?: boolean;
}

/** A dashboard, as far as it is understood. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timezone: string;
  readonly refresh: string;
  readonly variables: readonly Variable[];
  readonly annotations: readonly Annotation[];
  readonly links: readonly DashboardLink[];
  readonly tiles: readonly Tile[];
  /** What is not understood around the panels, each with its path. */
  readonly problems: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the JSON of a dashboard. What is not understood is told in its place and never guessed. */
export function readDashboard(json: unknown): Dashboard {
  const { uid, title, time, timezone, refresh, templating, annotations, links, panels } = json as Json;
  const problems: string[] = [];
  const all = <T>(list: unknown, path: string, isUnderstood: (item: Json) => boolean): T[] =>
    ((list ?? []) as Json[]).filter((item, index) => {
      if (!isUnderstood(item)) problems.push(`${path}[${index}]: not of a kind that is understood`);
      return isUnderstood(item);
    }) as T[];
  const listOf = (value: unknown): readonly Json[] => (value as { list?: Json[] } | undefined)?.list ?? [];
  if (typeof uid !== 'string') throw new TypeError('no dashboard: it has no uid');
  return {
    uid,
    title: String(title),
    time: (time ?? { from: 'now-6h', to: 'now' }) as Dashboard['time'],
    timezone: timezone === 'utc' ? 'utc' : 'browser',
    refresh: typeof refresh === 'string' ? refresh : '',
    variables: all(
      listOf(templating),
      'templating.list',
      ({ type, query, regex = '' }) =>
        regex === '' && (type === 'datasource' || (type === 'query' && LABEL_VALUES.test(String(query)))),
    ),
    annotations: all(
      // People's annotations and those of Grafana's own alerts: there is no store of them here.
      listOf(annotations).filter(({ builtIn }) => builtIn !== 1),
      'annotations.list',
      ({ target }) => typeof (target as Json | undefined)?.expr === 'string',
    ),
    links: all(links, 'links', ({ type }) => type === 'link'),
    tiles: ((panels ?? []) as Json[]).flatMap(readTile),
    problems,
  };
}

/** `label_values(label)` or `label_values(selector, label)`. */
export const LABEL_VALUES = /^label_values\((?:(.+),\s*)?(\w+)\)\s*$/s;

/** A row that is folded in Grafana is shown unfolded: all of a dashboard is to be seen here. */
function readTile(json: Json): readonly Tile[] {
  const { type, title = '', gridPos: place = { x: 0, y: 0, w: 24, h: 4 }, panels = [] } = json;
  const tile = { title, place } as { title: string; place: GridPosition };
  if (type === 'row') {
    const row: Tile = { kind: 'row', title: tile.title, place: { ...tile.place, h: 1 } };
    return [row, ...(panels as Json[]).flatMap(readTile)];
  }
  const problems = problemsOf(json);
  if (problems.length > 0) return [{ kind: 'not-understood', ...tile, problems }];
  return [{ kind: 'panel', place: tile.place, panel: { targets: [], ...json } as unknown as Panel }];
}

function problemsOf(json: Json): readonly string[] {
  const understood: Understood | undefined = (SETTINGS as Record<string, Understood>)[String(json.type)];
  if (understood === undefined) return [`type: ${String(json.type)}`];
  const { defaults, overrides = [] } = (json.fieldConfig ?? {}) as Partial<Panel['fieldConfig']>;
  const properties = overrides.flatMap((override) => override.properties);
  const targets = (json.targets ?? []) as Json[];
  const transformations = (json.transformations ?? []) as Json[];
  const settings = [
    ...leaves('options', json.options),
    ...leaves('custom', defaults?.custom),
    ...properties.filter(({ id }) => id.startsWith('custom.')).flatMap(({ id, value }) => leaves(id, value)),
  ];
  return [
    ...Object.keys(json).filter((key) => !PANEL_KEYS.test(key)),
    ...settings
      .filter(([path, value]) => !(path in understood) || understood[path]?.includes(value) === false)
      .map(([path, value]) => `${path}: ${JSON.stringify(value)}`),
    ...overrides.map(({ matcher }) => matcher.id).filter((id) => !MATCHERS.test(id)),
    ...transformations.map(({ id }) => String(id)).filter((id) => !TRANSFORMATIONS.test(id)),
    ...targets.flatMap((target) => Object.keys(target)).filter((key) => !TARGET_KEYS.test(key)),
    ...targets.filter(isNamedAutomatically).map(() => 'legendFormat: an automatic name'),
    ...[json, ...targets].map(({ datasource }) => datasource as Json | undefined).flatMap(foreignSource),
  ];
}

/** `__auto` names a series by what tells it from the others. Rows of a table have no name. */
function isNamedAutomatically({ legendFormat, format }: Json): boolean {
  return legendFormat === '__auto' && format !== 'table';
}

function foreignSource(source: Json | undefined): readonly string[] {
  const isOurs = source === undefined || /^\$\{?datasource\}?$/.test(String(source.uid));
  return isOurs ? [] : [`datasource: ${String(source.uid)}`];
}

/** Each setting with its path; a list is one. */
function leaves(path: string, value: unknown): readonly (readonly [path: string, value: unknown])[] {
  if (value === undefined) return [];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${path}.${key}`, inner));
}
