import { dateMath, rangeUtil } from '@grafana/data';
import type { Dashboard, Tile } from '../read-dashboard.ts';
import { placePanel } from './draw.ts';
import { element } from './element.ts';
import { panelBox } from './layout.ts';
import { pageControls } from './page-controls.ts';
import { panelFrame } from './panel-frame.ts';
import { askAnnotation } from './queries.ts';
import type { Scene } from './scene.ts';
import { resolveVariables, valuesByName } from './variables.ts';

/** What the server knows and the dashboard does not. */
interface Page {
  readonly dashboard: Dashboard;
  readonly scrapeIntervalMs: number;
}

const ROOT = document.body;

async function getPage(): Promise<Page> {
  const uid = location.pathname.split('/')[2] ?? '';
  const response = await fetch(`/api/dashboards/${encodeURIComponent(uid)}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Page;
}

/** `now-5m`, or ms since 1970 as an address has them. */
function timeOf(text: string, isEnd: boolean): number {
  return /^\d+$/.test(text)
    ? Number(text)
    : (dateMath.toDateTime(text, { roundUp: isEnd })?.valueOf() ?? NaN);
}

/** Draws the page once, for the time that its address asks for. */
async function show({ dashboard, scrapeIntervalMs }: Page): Promise<void> {
  const address = new URLSearchParams(location.search);
  const from = address.get('from') ?? dashboard.time.from;
  const to = address.get('to') ?? dashboard.time.to;
  const range = { fromMs: timeOf(from, false), toMs: timeOf(to, true) };
  const variables = await resolveVariables(dashboard.variables, range, address);
  const values = valuesByName(variables);
  const context = { range, variables: values, scrapeIntervalMs, timeZone: dashboard.timezone };
  const problems = [...dashboard.problems];
  const annotations = await Promise.all(
    dashboard.annotations
      .filter(({ enable }) => enable)
      .map(async (annotation) =>
        askAnnotation(annotation, context).catch((error: unknown) => {
          problems.push(`annotation ${annotation.name}: ${messageOf(error)}`);
          return [];
        }),
      ),
  );
  const scene: Scene = { ...context, annotations: annotations.flat() };
  const grid = element('main', { class: 'grid' });
  const list = problems.map((problem) => element('li', { text: `Not understood: ${problem}` }));
  ROOT.replaceChildren(
    pageControls({ dashboard, variables, values, time: { from, to } }),
    ...(list.length === 0 ? [] : [element('ul', { class: 'page-problems not-understood' }, list)]),
    grid,
  );
  const boxes = dashboard.tiles.map(({ place }) => panelBox(place, grid.clientWidth));
  grid.style.height = `${Math.max(0, ...boxes.map(({ top, height }) => top + height))}px`;
  await Promise.all(dashboard.tiles.map(async (tile) => placeTile(tile, grid, scene)));
}

async function placeTile(tile: Tile, grid: HTMLElement, scene: Scene): Promise<void> {
  const box = panelBox(tile.place, grid.clientWidth);
  switch (tile.kind) {
    case 'row':
      grid.append(
        element('h3', {
          class: 'row-title',
          text: tile.title,
          box: { top: box.top, height: box.height },
        }),
      );
      return;
    case 'not-understood': {
      const frame = panelFrame(box, { title: tile.title, description: '', isTransparent: false });
      frame.settle('not-understood', tile.problems);
      grid.append(frame.root);
      return;
    }
    case 'panel': {
      const { frame, drawn } = placePanel(tile.panel, box, scene);
      grid.append(frame.root);
      await drawn;
      return;
    }
    default:
      tile satisfies never;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How often a page that failed asks whether there is something to show yet. */
const RETRY_MS = 5_000;

/** Draws, and draws again as often as the dashboard says, one after the other. */
async function run(page: Page): Promise<void> {
  ROOT.dataset.state = 'loading';
  let waitMs = page.dashboard.refresh === '' ? undefined : rangeUtil.intervalToMs(page.dashboard.refresh);
  try {
    await show(page);
    ROOT.dataset.state = 'shown';
  } catch (error: unknown) {
    ROOT.replaceChildren(element('p', { class: 'page-problems failed', text: messageOf(error) }));
    ROOT.dataset.state = 'failed';
    waitMs = RETRY_MS;
  }
  const isStill = new URLSearchParams(location.search).has('still');
  if (waitMs !== undefined && !isStill) window.setTimeout(() => void run(page), waitMs);
}

const page = await getPage();
document.title = page.dashboard.title;
await run(page);
