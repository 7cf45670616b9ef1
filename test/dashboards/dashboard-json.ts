import { readFileSync } from 'node:fs';

/*
 * As much of a dashboard's JSON as the tests look at: what is checked is the file that ships, not the code that made it.
 */

export interface DataSourceJson {
  readonly type?: string;
  readonly uid?: string;
}

export interface TargetJson {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly datasource?: DataSourceJson;
  readonly instant?: boolean;
  readonly format?: string;
}

interface PropertyJson {
  readonly id: string;
  readonly value: unknown;
}

export interface GridPosJson {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PanelJson {
  readonly id?: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: DataSourceJson;
  readonly gridPos: GridPosJson;
  readonly targets?: readonly TargetJson[];
  /** Of a collapsed row. */
  readonly panels?: readonly PanelJson[];
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly links?: readonly { readonly url: string }[];
    };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly PropertyJson[];
    }[];
  };
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query?: unknown;
  readonly datasource?: DataSourceJson;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
}

export interface AnnotationJson {
  readonly name: string;
  readonly datasource?: DataSourceJson;
  readonly target?: TargetJson;
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly editable?: boolean;
  readonly schemaVersion: number;
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: { readonly list: readonly AnnotationJson[] };
  readonly links: readonly { readonly title: string; readonly url: string; readonly keepTime: boolean }[];
}

/** The dashboards that ship, by file. */
export const SHIPPED = ['fleet.json', 'node-host.json'] as const;

export function readDashboard(file: (typeof SHIPPED)[number]): DashboardJson {
  const text = readFileSync(new URL(`../../dashboards/${file}`, import.meta.url), 'utf8');
  return JSON.parse(text) as DashboardJson;
}

/** All panels that draw something, those of collapsed rows too. */
export function panelsOf(dashboard: DashboardJson): readonly PanelJson[] {
  return dashboard.panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
}

/** Every query of panels and annotations, and where it is. */
export function queriesOf(
  dashboard: DashboardJson,
): readonly { readonly where: string; readonly expr: string; readonly isPanel: boolean }[] {
  return [
    ...panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({
        where: `${dashboard.title} / ${title ?? '?'} / ${refId}`,
        expr,
        isPanel: true,
      })),
    ),
    ...dashboard.annotations.list.flatMap(({ name, target }) =>
      target === undefined
        ? []
        : [{ where: `${dashboard.title} / annotation ${name}`, expr: target.expr, isPanel: false }],
    ),
  ];
}
