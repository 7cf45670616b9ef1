import { expect, it } from 'vitest';
import { launchChromium } from '../../scripts/chromium.ts';
import { startDemoProcess } from '../../scripts/status-pictures/demo-process.ts';

/** The story's zombie is there within the first minute. */
const ZOMBIE_WITHIN_MS = 90_000;
const DEMO_SECONDS = 120;

interface NodeAnswer {
  readonly transitions: readonly { readonly to: string; readonly at: string }[];
}

it('a zombie is on the page within 2 s of the exporter’s own verdict, without a reload', async () => {
  // First what takes long on a busy machine: the page has to be open when the zombie comes.
  await using browser = await launchChromium();
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  let loads = 0;
  page.on('load', () => (loads += 1));
  await using demo = await startDemoProcess(DEMO_SECONDS);
  await page.goto(demo.url);
  // By the clock of this machine, which is the exporter's too.
  const shownAtMs = page.evaluate<number>(`new Promise((resolve) => {
    const isThere = () => document.querySelector('.card[data-name=mac-studio][data-state=zombie]') !== null;
    new MutationObserver(() => { if (isThere()) resolve(Date.now()); })
      .observe(document.body, { subtree: true, childList: true, attributes: true });
  })`);
  await page.locator('.card[data-name=mac-studio][data-state=zombie]').waitFor({ timeout: ZOMBIE_WITHIN_MS });

  const answer = await fetch(`${demo.url}/api/v1/nodes/mac-studio`);
  const { transitions } = (await answer.json()) as NodeAnswer;
  const verdict = transitions.find(({ to }) => to === 'zombie');
  expect((await shownAtMs) - Date.parse(verdict?.at ?? '')).toBeLessThan(2_000);
  expect(loads).toBe(1);
  expect(complaints).toEqual([]);

  // What each viewpoint says, is of the same process.
  const card = page.locator('.card[data-name=mac-studio]');
  await card.locator('dt', { hasText: 'Socket' }).waitFor();
  expect(await card.locator('dl > .bad dt').allTextContents()).toEqual(
    expect.arrayContaining(['Socket', 'Gateway']),
  );
  expect(await card.locator('dl > .good dt').allTextContents()).toContain('Process');
});
