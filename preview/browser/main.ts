import { gridHeight, panelBox } from '../grafana/layout.ts';
import type { Dashboard, Tile } from '../grafana/read-dashboard.ts';
import { durationMs, resolveTimeRange } from '../grafana/time-range.ts';
import { element } from './element.ts';
import { loadAnnotations } from './load-annotations.ts';
import { pageControls } from './page-controls.ts';
import { panelFrame, showMessage } from './panel-frame.ts';
import { placePanel } from './load-panel.ts';
import { resolveVariables, valuesByName } from './resolve-variables.ts';
import type { Scene } from './scene.ts';

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

/** Draws the page once, for the time that its address asks for. */
async function show({ dashboard, scrapeIntervalMs }: Page): Promise<void> {
  const address = new URLSearchParams(location.search);
  const time = {
    from: address.get('from') ?? dashboard.time.from,
    to: address.get('to') ?? dashboard.time.to,
  };
  const nowMs = Date.now();
  const range = resolveTimeRange(time, nowMs);
  const variables = await resolveVariables(dashboard.variables, range, address);
  const values = valuesByName(variables);
  const grid = element('main', { class: 'grid' });
  const head = pageControls({ dashboard, variables, values, time, change: changeAddress });
  const problems = [...dashboard.problems];
  const context = { range, variables: values, scrapeIntervalMs };
  const annotations = await loadAnnotations(dashboard.annotations, context).catch((error: unknown) => {
    problems.push(error instanceof Error ? error.message : String(error));
    return [];
  });
  const scene: Scene = {
    range,
    nowMs,
    timeZone: dashboard.timeZone,
    variables: values,
    scrapeIntervalMs,
    annotations,
  };
  ROOT.replaceChildren(head, ...problemList(problems), grid);
  grid.style.height = `${gridHeight(dashboard.tiles.map(({ place }) => place))}px`;
  await Promise.all(dashboard.tiles.map(async (tile) => placeTile(tile, grid, scene)));
}

function problemList(problems: readonly string[]): readonly Node[] {
  return problems.length === 0
    ? []
    : [
        element(
          'ul',
          { class: 'page-problems not-understood' },
          problems.map((problem) => element('li', { text: `Not understood: ${problem}` })),
        ),
      ];
}

async function placeTile(tile: Tile, grid: HTMLElement, scene: Scene): Promise<void> {
  const box = panelBox(tile.place, grid.clientWidth);
  switch (tile.kind) {
    case 'row':
      grid.append(
        element('h3', {
          class: 'row-title',
          text: tile.title,
          style: { top: `${box.top}px`, height: `${box.height}px` },
        }),
      );
      return;
    case 'not-understood': {
      const frame = panelFrame(box, { title: tile.title, description: '', isTransparent: false });
      showMessage(
        frame.body,
        tile.problems.map((problem) => `Not understood: ${problem}`),
        'panel-message not-understood',
      );
      frame.settle('not-understood');
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

function changeAddress(settings: Readonly<Record<string, string | undefined>>): void {
  const address = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(settings)) {
    if (value === undefined) address.delete(key);
    else address.set(key, value);
  }
  location.search = address.toString();
}

/** How often a dashboard that does not refresh itself asks whether there is something to show yet. */
const RETRY_MS = 5_000;

/** Draws, and draws again as often as the dashboard says, one after the other. */
async function run(): Promise<void> {
  const page = await getPage();
  document.title = page.dashboard.title;
  const refreshMs = page.dashboard.refresh === '' ? undefined : durationMs(page.dashboard.refresh);
  const next = async (): Promise<void> => {
    ROOT.dataset.state = 'loading';
    try {
      await show(page);
      ROOT.dataset.state = 'shown';
    } catch (error: unknown) {
      ROOT.replaceChildren(
        element('p', {
          class: 'page-problems failed',
          text: error instanceof Error ? error.message : String(error),
        }),
      );
      ROOT.dataset.state = 'failed';
    }
    const isStill = new URLSearchParams(location.search).has('still');
    const waitMs = ROOT.dataset.state === 'failed' ? RETRY_MS : refreshMs;
    if (waitMs !== undefined && !isStill) window.setTimeout(() => void next(), waitMs);
  };
  await next();
}

await run();
