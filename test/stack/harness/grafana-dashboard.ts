import { substituteGrafanaVariables } from '../../helpers/promql.ts';

/*
 * As much of a dashboard's JSON and of what Grafana does with it as is needed to ask Prometheus what a panel would ask.
 */

export interface PanelTarget {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
}

export interface DashboardPanel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly PanelTarget[];
  readonly panels?: readonly DashboardPanel[];
  readonly fieldConfig?: {
    readonly defaults?: { readonly unit?: string };
    readonly overrides?: readonly {
      readonly matcher: { readonly id: string; readonly options?: unknown };
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

interface TemplateVariable {
  readonly name: string;
  readonly type: string;
  readonly query?: unknown;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string | null;
}

export interface Annotation {
  readonly name: string;
  readonly expr?: string;
  readonly target?: { readonly expr?: string };
}

export interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly TemplateVariable[] };
  readonly annotations?: { readonly list?: readonly Annotation[] };
}

/** Every panel that asks something, out of its row. */
export function askingPanels(dashboard: Dashboard): readonly DashboardPanel[] {
  const flat = (panels: readonly DashboardPanel[]): readonly DashboardPanel[] =>
    panels.flatMap((panel) => [panel, ...flat(panel.panels ?? [])]);
  return flat(dashboard.panels).filter((panel) => (panel.targets ?? []).length > 0);
}

/** The queries of annotations that are asked of Prometheus. */
export function annotationQueries(
  dashboard: Dashboard,
): readonly { readonly name: string; readonly expr: string }[] {
  return (dashboard.annotations?.list ?? []).flatMap(({ name, expr, target }) => {
    const query = expr ?? target?.expr;
    return query === undefined ? [] : [{ name, expr: query }];
  });
}

/** The time shown, and how a panel divides it. */
export interface Shown {
  readonly rangeSeconds: number;
  readonly stepSeconds: number;
  readonly scrapeSeconds: number;
}

/**
 * A panel's expression as Grafana sends it. `chosen` are the values picked in the variables' menus; a variable that is
 * not in it is at All. In an expression a picked value is escaped for a regular expression, as Grafana does where several
 * may be picked.
 */
export function sentExpression(
  expr: string,
  options: {
    readonly dashboard: Dashboard;
    readonly chosen: Readonly<Record<string, string>>;
    readonly shown: Shown;
  },
): string {
  const { dashboard, chosen, shown } = options;
  const { rangeSeconds, stepSeconds, scrapeSeconds } = shown;
  const values: Record<string, string> = {
    __interval: `${stepSeconds}s`,
    __interval_ms: String(stepSeconds * 1_000),
    __rate_interval: `${Math.max(stepSeconds + scrapeSeconds, 4 * scrapeSeconds)}s`,
    __range: `${rangeSeconds}s`,
    __range_s: String(rangeSeconds),
    __range_ms: String(rangeSeconds * 1_000),
  };
  for (const variable of dashboard.templating.list) {
    const { name, type, multi = false, includeAll = false, allValue } = variable;
    if (type === 'datasource') continue;
    const pick = chosen[name];
    if (pick !== undefined) {
      values[name] = multi || includeAll ? escapeForRegex(pick) : escapeForString(pick);
    } else if (includeAll) {
      if (allValue === undefined || allValue === null)
        throw new Error(`variable ${name} has no value for All`);
      values[name] = allValue;
    } else {
      throw new Error(`variable ${name} of ${dashboard.uid} must be chosen`);
    }
  }
  return substituteGrafanaVariables(expr, values);
}

/** Prometheus's data source: a backslash of the pattern is one of a string literal, too, so it is written twice. */
function escapeForRegex(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&').replaceAll('"', '\\"');
}

function escapeForString(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** `{{label}}` of a legend. */
export function legendLabels(legendFormat: string): readonly string[] {
  return [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => label ?? '');
}

/** What a line is called. */
export function legendOf(legendFormat: string, labels: Readonly<Record<string, string>>): string {
  return legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
}
