import type { Dashboard, DashboardLink } from '../read-dashboard.ts';
import { element } from './element.ts';
import { interpolateLink, variablesQuery, type Variables } from './interpolate.ts';
import { ALL, type ResolvedVariable } from './variables.ts';

const RANGES = ['now-5m', 'now-15m', 'now-1h', 'now-3h', 'now-6h', 'now-24h', 'now-7d'] as const;

export interface PageControls {
  readonly dashboard: Dashboard;
  readonly variables: readonly ResolvedVariable[];
  readonly values: Variables;
  readonly time: { readonly from: string; readonly to: string };
}

/** Title, variables, links and the range of time. */
export function pageControls({ dashboard, variables, values, time }: PageControls): HTMLElement {
  const { from, to } = time;
  const current = `${from} ${to}`;
  const ranges = [...RANGES.map((range) => `${range} now`), current];
  const timeChoice = choice(ranges, [current], rangeText, (range) => {
    const [chosenFrom = '', chosenTo = ''] = range.split(' ');
    changeAddress({ from: chosenFrom, to: chosenTo });
  });
  return element('div', { class: 'page-head' }, [
    element('h1', { text: dashboard.title }),
    ...variables.filter(({ variable }) => variable.hide !== 2).map(variableChoice),
    element('span', { class: 'spacer' }),
    ...dashboard.links.map((link) => dashboardLink(link, values, time)),
    element('label', { class: 'control', title: 'Time shown' }, [timeChoice]),
  ]);
}

function choice(
  options: readonly string[],
  chosen: readonly string[],
  textOf: (option: string) => string,
  choose: (option: string) => void,
): HTMLElement {
  const items = [...new Set(options)].map((value) => {
    const option = element('option', { text: textOf(value) });
    option.value = value;
    option.selected = chosen.includes(value);
    return option;
  });
  const select = element('select', {}, items);
  select.addEventListener('change', () => {
    choose(select.value);
  });
  return select;
}

function variableChoice({ variable, value, options }: ResolvedVariable): HTMLElement {
  const chosen = value.kind === 'all' ? [ALL] : value.values;
  const hasAll = variable.includeAll === true;
  // One that an address asks for is offered even where there is no such any more.
  const select = choice(
    [...(hasAll ? [ALL] : []), ...options, ...chosen],
    chosen,
    (text) => (text === ALL ? 'All' : text),
    (text) => {
      changeAddress({ [`var-${variable.name}`]: text });
    },
  );
  const label = variable.label ?? variable.name;
  return element('label', { class: 'control' }, [
    ...(variable.hide === 1 ? [] : [element('span', { text: label })]),
    select,
  ]);
}

function changeAddress(settings: Readonly<Record<string, string>>): void {
  const address = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(settings)) address.set(key, value);
  location.search = address.toString();
}

function rangeText(range: string): string {
  const [from = '', to = 'now'] = range.split(' ');
  if (to === 'now' && from.startsWith('now-')) return `Last ${from.slice(4)}`;
  const texts = [from, to].map((time) =>
    /^\d+$/.test(time) ? new Date(Number(time)).toLocaleTimeString('en-GB') : time,
  );
  return texts.join(' to ');
}

function dashboardLink(link: DashboardLink, values: Variables, time: PageControls['time']): HTMLElement {
  const timeQuery = new URLSearchParams(time).toString();
  const { text, unresolved } = interpolateLink(link.url, values, { timeQuery });
  if (unresolved.length > 0) {
    return element('span', { class: 'not-understood', text: `${link.title}: ${unresolved.join(', ')}` });
  }
  const extra = [
    link.keepTime === true ? timeQuery : '',
    link.includeVars === true ? variablesQuery(values) : '',
  ];
  const query = extra.filter((part) => part !== '').join('&');
  const href = query === '' ? text : `${text}${text.includes('?') ? '&' : '?'}${query}`;
  return element('a', { class: 'control', text: link.title, href, title: link.tooltip ?? '' });
}
