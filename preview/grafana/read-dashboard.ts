import type { z } from 'zod';
import {
  annotationSchema,
  builtInAnnotationSchema,
  dashboardLinkSchema,
  dashboardSchema,
  variableSchema,
  type Annotation,
  type DashboardLink,
  type Variable,
} from './dashboard-schema.ts';
import { gridPosition, panelSchema, rowSchema, type Panel } from './panel-schema.ts';
import type { GridPosition } from './layout.ts';

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

/** A dashboard, as far as it is understood. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timeZone: string | undefined;
  readonly refresh: string;
  readonly variables: readonly Variable[];
  readonly annotations: readonly Annotation[];
  readonly links: readonly DashboardLink[];
  readonly tiles: readonly Tile[];
  /** What is not understood around the panels, each with its path. */
  readonly problems: readonly string[];
}

/** Reads the JSON of a dashboard. What is not understood is told in its place and never guessed. */
export function readDashboard(json: unknown): Dashboard {
  const problems: string[] = [];
  const parsed = dashboardSchema.safeParse(json);
  if (!parsed.success) {
    return {
      uid: textOf(json, 'uid'),
      title: textOf(json, 'title'),
      time: { from: 'now-1h', to: 'now' },
      timeZone: undefined,
      refresh: '',
      variables: [],
      annotations: [],
      links: [],
      tiles: [],
      problems: describe(parsed.error, ''),
    };
  }
  const { data } = parsed;
  const all = <T>(schema: z.ZodType<T>, list: readonly unknown[], path: string): T[] =>
    list.flatMap((item, index) => {
      const result = schema.safeParse(item);
      if (result.success) return [result.data];
      problems.push(...describe(result.error, `${path}[${index}]`));
      return [];
    });
  const annotations = data.annotations.list.filter(
    (item) => !builtInAnnotationSchema.safeParse(item).success,
  );
  return {
    uid: data.uid,
    title: data.title,
    time: data.time,
    timeZone: data.timezone === 'utc' ? 'UTC' : undefined,
    refresh: typeof data.refresh === 'string' ? data.refresh : '',
    variables: all(variableSchema, data.templating.list, 'templating.list'),
    annotations: all(annotationSchema, annotations, 'annotations.list'),
    links: all(dashboardLinkSchema, data.links, 'links'),
    tiles: data.panels.flatMap(readTile),
    problems,
  };
}

/** A row that is folded in Grafana is shown unfolded: all of a dashboard is to be seen here. */
function readTile(json: unknown): readonly Tile[] {
  if (textOf(json, 'type') !== 'row') return [readPanel(json)];
  const parsed = rowSchema.safeParse(json);
  if (!parsed.success) return [notUnderstood(json, describe(parsed.error, ''))];
  const { title, gridPos, panels } = parsed.data;
  return [{ kind: 'row', title, place: { ...gridPos, h: 1 } }, ...panels.map(readPanel)];
}

function readPanel(json: unknown): Tile {
  const parsed = panelSchema.safeParse(json);
  if (!parsed.success) return notUnderstood(json, describe(parsed.error, ''));
  return { kind: 'panel', place: parsed.data.gridPos, panel: parsed.data };
}

function notUnderstood(json: unknown, problems: readonly string[]): Tile {
  const place = gridPosition.safeParse((json as { gridPos?: unknown } | null)?.gridPos);
  return {
    kind: 'not-understood',
    title: textOf(json, 'title'),
    place: place.success ? place.data : { x: 0, y: 0, w: 24, h: 4 },
    problems,
  };
}

function textOf(json: unknown, key: string): string {
  const value: unknown = (json as Record<string, unknown> | null)?.[key];
  return typeof value === 'string' ? value : '';
}

function describe(error: z.ZodError, path: string): readonly string[] {
  return error.issues.map((issue) => {
    const steps = issue.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('');
    return `${`${path}${steps}`.replace(/^\./, '')}: ${issue.message}`;
  });
}
