import { dateTimeFormat, rangeUtil, urlUtil } from '@grafana/data';
import type { Dashboard, DashboardLink } from '../read-dashboard.ts';
import { element } from './element.ts';
import { ALL, interpolateLink, type Variables } from './interpolate.ts';
import type { TimeRange } from './scene.ts';
import { valuesByName, type ResolvedVariable } from './variables.ts';

const SPANS = ['now-5m', 'now-15m', 'now-1h', 'now-3h', 'now-6h', 'now-24h', 'now-7d'];

/** Time as the address of the page says it, and what that is. */
type Time = TimeRange & { readonly from: string; readonly to: string };

/** Title, variables, links and the range of time. */
export function pageControls(
  { title, links }: Dashboard,
  resolved: readonly ResolvedVariable[],
  time: Time,
): HTMLElement {
  return element('div', { class: 'page-head' }, [
    element('h1', { text: title }),
    ...resolved.map(variableChoice),
    ...links.map((link) => topLink(link, valuesByName(resolved), time)),
    timeChoice(time),
  ]);
}

/** A setting of the page's address: a text for each of its options, of which some are chosen. */
function choice(
  label: string,
  options: Readonly<Record<string, string>>,
  chosen: readonly string[],
  settingsOf: (option: string) => Readonly<Record<string, string>>,
): HTMLElement {
  const items = Object.entries(options).map(([value, text]) => {
    const option = element('option', { text });
    return Object.assign(option, { value, selected: chosen.includes(value) });
  });
  const select = element('select', {}, items);
  select.addEventListener('change', () => {
    const address = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(settingsOf(select.value))) address.set(name, value);
    location.search = address.toString();
  });
  return element('label', { class: 'control' }, [new Text(label), select]);
}

function variableChoice({ variable, value, options }: ResolvedVariable): HTMLElement {
  const hasAll = variable.allValue !== undefined;
  // One that an address asks for is offered even where there is no such any more.
  const offered = [...options, ...value.values].map((option) => [option, option] as const);
  const texts = { ...(hasAll && { [ALL]: 'All' }), ...Object.fromEntries(offered) };
  const chosen = value.allValue === undefined ? value.values : [ALL];
  return choice(variable.label, texts, chosen, (option) => ({ [`var-${variable.name}`]: option }));
}

function timeChoice({ from, to, fromMs, toMs }: Time): HTMLElement {
  const describe = (span: string): string => rangeUtil.describeTimeRange({ from: span, to: 'now' });
  const spans = Object.fromEntries(SPANS.map((span) => [span, describe(span)]));
  const [start, end] = [fromMs, toMs].map((ms) => dateTimeFormat(ms, { format: 'HH:mm' }));
  const other = to === 'now' ? describe(from) : `${start} to ${end}`;
  return choice('', { ...spans, [from]: other }, [from], (span) => ({ from: span, to: 'now' }));
}

function topLink(
  { title, url, tooltip }: DashboardLink,
  variables: Variables,
  { from, to }: Time,
): HTMLElement {
  const timeQuery = urlUtil.toUrlParams({ from, to });
  const href = urlUtil.appendQueryToUrl(interpolateLink(url, variables, { timeQuery }), timeQuery);
  return element('a', { class: 'control', text: title, href, title: tooltip });
}
