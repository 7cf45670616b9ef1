import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium } from '../../scripts/chromium.ts';
import { STACK_SCRAPE_INTERVAL_MS, startDemoSite, STORY_CAST, tellStory } from '../stack/harness/story.ts';
import { startPageServer, type PageServer } from '../../dashboards/preview/page-server.ts';
import { dashboardAddress, openDashboard, PICTURE_WIDTH } from '../../scripts/take-pictures.ts';
import { Cleanup, removeTemporaryDirectory } from '../real/harness/cleanup.ts';
import { findStackBinaries } from '../stack/harness/stack-binaries.ts';
import type { Stack } from '../stack/harness/stack.ts';

const FLEET = 'openclaw-nodehost-fleet';
const NODE_HOST = 'openclaw-nodehost';

/** A name that would be a script if anybody took it for HTML. */
const HOSTILE = '<img src=x onerror=alert(1)>';
const CAST = { ...STORY_CAST, zombie: HOSTILE };

const STORY_TIMINGS = { calmMs: 0, stoppedMs: 0, afterwardsMs: 5_000 };
const STORY_TIMEOUT_MS = 300_000;

function dashboardPath(name: string): string {
  return fileURLToPath(new URL(`../../dashboards/${name}.json`, import.meta.url));
}

const cleanup = new Cleanup();
let stack: Stack;
let server: PageServer;
let browser: Browser;
const range = { fromMs: 0, toMs: 0 };

beforeAll(async () => {
  range.fromMs = Date.now();
  stack = await startDemoSite(cleanup, { binaries: findStackBinaries(), cast: CAST });
  server = await serve([dashboardPath('fleet'), dashboardPath('node-host')]);
  cleanup.use(server);
  browser = await launchChromium();
  cleanup.defer(async () => browser.close());
  await tellStory(stack, CAST, {
    timings: STORY_TIMINGS,
    pause: async (ms) => pause(ms),
    tell: () => undefined,
  });
  range.toMs = Date.now();
}, STORY_TIMEOUT_MS);

afterAll(async () => {
  await cleanup[Symbol.asyncDispose]();
});

async function serve(dashboardPaths: readonly string[]): Promise<PageServer> {
  return startPageServer({
    dashboardPaths,
    prometheusUrl: stack.prometheus.url,
    scrapeIntervalMs: STACK_SCRAPE_INTERVAL_MS,
    port: 0,
  });
}

interface OpenPage {
  readonly page: Page;
  /** What the browser complained about, and every dialog that somebody's script opened. */
  readonly complaints: readonly string[];
}

async function newPage(): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width: PICTURE_WIDTH, height: 900 } });
  onTestFinished(async () => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, complaints };
}

async function open(uid: string, variables: Readonly<Record<string, string>> = {}): Promise<OpenPage> {
  const opened = await newPage();
  await openDashboard(opened.page, dashboardAddress(server.url, { uid, variables }, range));
  return opened;
}

/** Title and state of each panel, in the order of the page. */
async function panelStates(page: Page): Promise<readonly (readonly [title: string, state: string])[]> {
  const panels = await page.locator('[data-panel-state]').all();
  return Promise.all(
    panels.map(
      async (panel) =>
        [
          (await panel.getAttribute('data-panel-title')) ?? '',
          (await panel.getAttribute('data-panel-state')) ?? '',
        ] as const,
    ),
  );
}

function shippedTitles(name: string): readonly string[] {
  const { panels } = JSON.parse(readFileSync(dashboardPath(name), 'utf8')) as {
    readonly panels: readonly { readonly type: string; readonly title: string }[];
  };
  return panels.filter(({ type }) => type !== 'row').map(({ title }) => title);
}

describe.each([
  ['fleet', FLEET, {}],
  ['node-host', NODE_HOST, { node_host: HOSTILE }],
] as const)('the dashboard %s', (name, uid, variables) => {
  it('is drawn whole: every panel, with data, without a complaint of the browser', async () => {
    const { page, complaints } = await open(uid, variables);
    expect(complaints).toEqual([]);
    const states = await panelStates(page);
    expect(states.filter(([, state]) => state !== 'drawn')).toEqual([]);
    expect(states.map(([title]) => title)).toEqual(shippedTitles(name));
    expect(await page.getByText('No data').count()).toBe(0);
    expect(await page.locator('.not-understood').count()).toBe(0);
  });

  it('has something in each panel, not only a frame', async () => {
    const { page } = await open(uid, variables);
    for (const panel of await page.locator('[data-panel-state]').all()) {
      const drawn = panel.locator('canvas, td, .stat, .bar-fill, .timeline-box');
      expect(
        [await panel.getAttribute('data-panel-title'), await drawn.count()],
        'a panel and what is drawn in it',
      ).toEqual([expect.any(String), expect.toSatisfy((count: number) => count > 0)]);
    }
  });

  it('shows a name that looks like HTML as the text that it is', async () => {
    const { page, complaints } = await open(uid, variables);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.getByText(HOSTILE, { exact: true }).count()).toBeGreaterThan(0);
    await page.locator('.plot').first().hover();
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('what is drawn is what Prometheus has', () => {
  it('the tiles count the node hosts by state', async () => {
    const { page } = await open(FLEET);
    const tiles = await page.locator('[data-panel-title="Node hosts by state"] .stat').all();
    const shown = new Map<string, number>();
    for (const tile of tiles) {
      shown.set((await tile.getAttribute('data-name')) ?? '', Number(await tile.getAttribute('data-value')));
    }
    expect(Object.fromEntries(shown)).toMatchObject({
      zombie: 1,
      wedged: 1,
      blocked: 1,
      offline: 1,
      alive: 3,
    });
  });

  it('the table has the worst first, and its link opens that node host for the same time', async () => {
    const { page } = await open(FLEET);
    const rows = page.locator('[data-panel-title="Node hosts, the worst first"] tbody tr');
    expect(await rows.locator('[data-column="State"]').allTextContents()).toEqual([
      'zombie',
      'wedged',
      'blocked',
      'offline',
      'alive',
      'alive',
      'alive',
    ]);
    await rows.first().getByRole('link').first().click();
    await page.waitForURL((url) => url.pathname.startsWith(`/d/${NODE_HOST}`));
    await page.waitForSelector('body[data-state="shown"]');
    const address = new URL(page.url());
    expect(address.searchParams.get('var-node_host')).toBe(HOSTILE);
    expect(address.searchParams.get('from')).toBe(String(range.fromMs));
    expect(await page.locator('[data-panel-title="Verdict"] .stat').getAttribute('data-value')).toBe(
      'zombie',
    );
  });

  it('the timeline of the zombie ends as a zombie, and that of the one that recovered as alive', async () => {
    const { page } = await open(FLEET);
    const values = async (name: string): Promise<readonly (string | null)[]> =>
      Promise.all(
        (await page.locator(`.timeline-row[data-name=${JSON.stringify(name)}] .timeline-box`).all()).map(
          async (box) => box.getAttribute('data-value'),
        ),
      );
    expect((await values(HOSTILE)).at(-1)).toBe('zombie');
    const recovered = await values(CAST.recovered);
    expect(recovered).toContain('wedged');
    expect(recovered.at(-1)).toBe('alive');
  });
});

/** The fleet dashboard with one panel of it, changed. */
async function openChanged(change: (panel: Record<string, unknown>) => void): Promise<Page> {
  const directory = mkdtempSync(join(tmpdir(), 'liveness-preview-'));
  onTestFinished(async () => removeTemporaryDirectory(directory));
  const dashboard = JSON.parse(readFileSync(dashboardPath('fleet'), 'utf8')) as {
    panels: Record<string, unknown>[];
  };
  const panel = dashboard.panels.find(({ type }) => type === 'timeseries');
  if (panel === undefined) throw new Error('the fleet dashboard has no time series');
  change(panel);
  const path = join(directory, 'changed.json');
  writeFileSync(path, JSON.stringify({ ...dashboard, panels: [panel] }));
  const changed = await serve([path]);
  onTestFinished(async () => changed[Symbol.asyncDispose]());
  const { page } = await newPage();
  await openDashboard(page, dashboardAddress(changed.url, { uid: FLEET, variables: {} }, range));
  return page;
}

describe('what cannot be drawn is said in its place', () => {
  it('an option that the preview does not understand', async () => {
    const page = await openChanged((panel) => {
      panel.options = { ...(panel.options as object), glitter: true };
    });
    expect(await page.locator('[data-panel-state="not-understood"]').textContent()).toContain('glitter');
    expect(await page.locator('canvas').count()).toBe(0);
  });

  it('a variable that nobody knows', async () => {
    const page = await openChanged((panel) => {
      panel.targets = [{ refId: 'A', expr: 'up{x="$nobody"}', legendFormat: 'x' }];
    });
    expect(await page.locator('[data-panel-state="not-understood"]').textContent()).toContain('$nobody');
  });

  it('a query that Prometheus refuses', async () => {
    const page = await openChanged((panel) => {
      panel.targets = [{ refId: 'A', expr: 'rate(', legendFormat: 'x' }];
    });
    expect(await page.locator('[data-panel-state="failed"]').textContent()).toContain('parse error');
  });

  it('a query that returns nothing', async () => {
    const page = await openChanged((panel) => {
      panel.targets = [{ refId: 'A', expr: 'no_such_metric', legendFormat: 'x' }];
      panel.fieldConfig = { defaults: {}, overrides: [] };
    });
    expect(await page.locator('[data-panel-state="empty"]').textContent()).toContain('No data');
  });
});
