import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from './chromium.ts';
import { startDemoProcess } from './status-pictures/demo-process.ts';

/*
 * Takes the pictures of the status page that are in the documentation, of the demo's story when it is at its worst.
 *
 *   node scripts/status-pictures.ts [--out docs/images]
 */

/** The story is over after 78 s. */
const DEMO_SECONDS = 120;
const WORST_WITHIN_MS = 90_000;

const PICTURES = [
  { name: 'status', colorScheme: 'light', viewport: { width: 1400, height: 1050 }, deviceScaleFactor: 1 },
] as const;

const { values } = parseArgs({ options: { out: { type: 'string', default: 'docs/images' } } });

await using demo = await startDemoProcess(DEMO_SECONDS);
await using browser = await launchChromium();
const pages = await Promise.all(
  PICTURES.map(async ({ name, ...options }) => {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(demo.url);
    return { name, page };
  }),
);
for (const { name, page } of pages) {
  // Both faults of the story at once.
  for (const state of ['zombie', 'wedged']) {
    await page.locator(`.card[data-state=${state}]`).waitFor({ timeout: WORST_WITHIN_MS });
  }
  await page.screenshot({ path: join(values.out, `${name}.png`) });
  console.log(join(values.out, `${name}.png`));
}
