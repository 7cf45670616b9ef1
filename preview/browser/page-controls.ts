import { ALL } from '../grafana/choose-variable.ts';
import { interpolateLink, variablesQuery, type Variables } from '../grafana/interpolate.ts';
import type { Dashboard } from '../grafana/read-dashboard.ts';
import { element } from './element.ts';
import type { ResolvedVariable } from './resolve-variables.ts';

const RANGES = ['now-5m', 'now-15m', 'now-1h', 'now-3h', 'now-6h', 'now-24h', 'now-7d'] as const;

export interface PageControls {
  readonly dashboard: Dashboard;
  readonly variables: readonly ResolvedVariable[];
  readonly values: Variables;
  readonly time: { readonly from: string; readonly to: string };
  /** Opens the page anew with these settings of its address; `undefined` removes one. */
  readonly change: (settings: Readonly<Record<string, string | undefined>>) => void;
}

/** Title, variables, links and the range of time. */
export function pageControls({ dashboard, variables, values, time, change }: PageControls): HTMLElement {
  return element('div', { class: 'page-head' }, [
    element('h1', { text: dashboard.title }),
    ...variables
      .filter(({ variable }) => variable.hide !== 2)
      .map((resolved) => variableChoice(resolved, change)),
    element('span', { class: 'spacer' }),
    ...dashboard.links.map((link) => dashboardLink(link, values, time)),
    timeChoice(time, change),
  ]);
}

function variableChoice(
  { variable, value, options }: ResolvedVariable,
  change: PageControls['change'],
): HTMLElement {
  const isAll = value.kind === 'all';
  const hasAll = variable.type === 'query' && variable.includeAll;
  const chosen = isAll ? [ALL] : value.values;
  // One that an address asks for is offered even where there is no such any more.
  const offered = [...new Set([...(hasAll ? [ALL] : []), ...options, ...chosen])];
  const select = element(
    'select',
    {},
    offered.map((text) => {
      const option = element('option', { text: text === ALL ? 'All' : text });
      option.value = text;
      option.selected = chosen.includes(text);
      return option;
    }),
  );
  select.addEventListener('change', () => {
    change({ [`var-${variable.name}`]: select.value });
  });
  return element('label', { class: 'control', title: variable.description ?? '' }, [
    ...(variable.hide === 1 ? [] : [element('span', { text: variable.label ?? variable.name })]),
    select,
  ]);
}

function timeChoice({ from, to }: PageControls['time'], change: PageControls['change']): HTMLElement {
  const current = to === 'now' ? from : `${from} ${to}`;
  const select = element(
    'select',
    {},
    [...new Set([...RANGES, current])].map((range) => {
      const option = element('option', { text: rangeText(range) });
      option.value = range;
      option.selected = range === current;
      return option;
    }),
  );
  select.addEventListener('change', () => {
    const [chosenFrom, chosenTo] = select.value.split(' ');
    change({ from: chosenFrom, to: chosenTo });
  });
  return element('label', { class: 'control', title: 'Time shown' }, [select]);
}

function rangeText(range: string): string {
  const [from = '', to] = range.split(' ');
  return to === undefined && from.startsWith('now-')
    ? `Last ${from.slice(4)}`
    : `${timeText(from)} to ${timeText(to ?? 'now')}`;
}

function timeText(time: string): string {
  return /^\d+$/.test(time) ? new Date(Number(time)).toLocaleTimeString('en-GB') : time;
}

function dashboardLink(
  link: Dashboard['links'][number],
  values: Variables,
  time: PageControls['time'],
): HTMLElement {
  const timeQuery = new URLSearchParams(time).toString();
  const { text, unresolved } = interpolateLink(link.url, values, { timeQuery });
  if (unresolved.length > 0) {
    return element('span', {
      class: 'not-understood',
      text: `${link.title}: not understood: ${unresolved.join(', ')}`,
    });
  }
  const extra = [link.keepTime ? timeQuery : '', link.includeVars ? variablesQuery(values) : ''].filter(
    (part) => part !== '',
  );
  const href = [text, ...extra].join(text.includes('?') ? '&' : '?').replace('?&', '?');
  return element('a', { class: 'control', text: link.title, href, title: link.tooltip ?? '' });
}
