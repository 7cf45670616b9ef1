import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { TimeRange } from '../dashboards/preview/browser/scene.ts';

/** A picture of the upper part of a dashboard. */
export interface Picture {
  readonly fileName: string;
  readonly uid: string;
  /** Values of variables beyond those that the dashboard chooses itself. */
  readonly variables: Readonly<Record<string, string>>;
  /** How many rows of the grid are on it. */
  readonly rows: number;
}

export const PICTURE_WIDTH = 1_400;
/** A row of the grid and the space below it, px. */
const ROW_HEIGHT = 38;
const DRAWN_TIMEOUT_MS = 60_000;

/** The address of a dashboard for this time, drawn once. */
export function dashboardAddress(
  baseUrl: string,
  { uid, variables }: Pick<Picture, 'uid' | 'variables'>,
  { fromMs, toMs }: TimeRange,
): string {
  const query = new URLSearchParams({ from: String(fromMs), to: String(toMs), still: '' });
  for (const [name, value] of Object.entries(variables)) query.append(`var-${name}`, value);
  return `${baseUrl}/d/${uid}?${query.toString()}`;
}

/** Opens the dashboard and waits until each of its panels has settled. */
export async function openDashboard(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.waitForSelector('body[data-state="shown"], body[data-state="failed"]', {
    timeout: DRAWN_TIMEOUT_MS,
  });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

/** Takes the picture. Rejects where a panel on it is not drawn: a picture shows what works. */
export async function takePicture(
  page: Page,
  picture: Picture,
  options: { readonly baseUrl: string; readonly range: TimeRange; readonly directory: string },
): Promise<string> {
  await openDashboard(page, dashboardAddress(options.baseUrl, picture, options.range));
  const bad = await page.locator('.failed, .empty, .not-understood').allTextContents();
  if (bad.length > 0) throw new Error(`not all panels of ${picture.uid} are drawn: ${bad.join(' | ')}`);
  const grid = await page.locator('main').boundingBox();
  const height = Math.floor((grid?.y ?? 0) + picture.rows * ROW_HEIGHT);
  mkdirSync(options.directory, { recursive: true });
  const path = join(options.directory, picture.fileName);
  const clip = { x: 0, y: 0, width: PICTURE_WIDTH, height };
  await page.screenshot({ path, fullPage: true, clip });
  return path;
}
