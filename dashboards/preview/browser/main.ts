import { dateMath, rangeUtil } from '@grafana/data';
import type { Dashboard } from '../read-dashboard.ts';
import { element } from './element.ts';
import { pageControls } from './page-controls.ts';
import { placeTile } from './panel.ts';
import { askAnnotation } from './queries.ts';
import { resolveVariables, valuesByName } from './variables.ts';

/** What the server knows and the dashboard does not. */
interface Page {
  readonly dashboard: Dashboard;
  readonly scrapeIntervalMs: number;
}

async function getPage(): Promise<Page> {
  const uid = location.pathname.split('/')[2] ?? '';
  const response = await fetch(`/api/dashboards/${encodeURIComponent(uid)}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Page;
}

/** `now-5m`, or ms since 1970 as an address has them. */
function timeOf(text: string, isEnd: boolean): number {
  return Number(text) || (dateMath.toDateTime(text, { roundUp: isEnd })?.valueOf() ?? NaN);
}

/** Draws the page once, for the time that its address asks for. */
async function show({ dashboard, scrapeIntervalMs }: Page): Promise<void> {
  const address = new URLSearchParams(location.search);
  const time = {
    from: address.get('from') ?? dashboard.time.from,
    to: address.get('to') ?? dashboard.time.to,
  };
  const range = { fromMs: timeOf(time.from, false), toMs: timeOf(time.to, true) };
  const resolved = await resolveVariables(dashboard.templating.list, range, address);
  const context = { range, scrapeIntervalMs, variables: valuesByName(resolved) };
  const annotations = await Promise.all(
    dashboard.annotations.list.map(async (annotation) => askAnnotation(annotation, context)),
  );
  const grid = element('main', {});
  document.body.replaceChildren(pageControls(dashboard, resolved, { ...time, ...range }), grid);
  const scene = { ...context, annotations: annotations.flat() };
  await Promise.all(dashboard.tiles.map(async (tile) => placeTile(tile, grid, scene)));
}

/** How often a page that failed asks whether there is something to show yet. */
const RETRY_MS = 5_000;

/** Draws, and draws again as often as the dashboard says, one after the other. */
async function run(): Promise<void> {
  const { body } = document;
  body.dataset.state = 'loading';
  let waitMs = RETRY_MS;
  try {
    const page = await getPage();
    document.title = page.dashboard.title;
    await show(page);
    waitMs = rangeUtil.intervalToMs(page.dashboard.refresh);
    body.dataset.state = 'shown';
  } catch (error: unknown) {
    body.replaceChildren(element('p', { class: 'panel failed', text: (error as Error).message }));
    body.dataset.state = 'failed';
  }
  const isStill = new URLSearchParams(location.search).has('still');
  if (!isStill) window.setTimeout(() => void run(), waitMs);
}

await run();
