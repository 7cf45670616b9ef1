import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Remedy } from '../../src/core/model/remedy.ts';
import type { NodeSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { launchChromium } from '../../scripts/chromium.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { aGateway, aNode, aRemoteNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';
import { aServer } from '../http/helpers.ts';
import { contrastsOf, namelessOf } from './status-page-audit.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
});

/** Whatever the browser complained of: errors, and what the policy of the page forbade. */
type Complaints = readonly string[];

async function openPage(
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly complaints: Complaints }> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, complaints };
}

async function untilLive(page: Page): Promise<void> {
  await page.locator('html.live').waitFor({ timeout: 30_000 });
}

/** A page over a snapshot that the test sets. */
async function site(first: Partial<Snapshot>): Promise<{
  readonly url: string;
  readonly show: (next: Partial<Snapshot>) => void;
  readonly stop: () => Promise<void>;
}> {
  let current = first;
  const now = () => ({ monoMs: performance.now() + 5_000_000, wallMs: Date.now() });
  const server = await aServer({ snapshot: () => aSnapshot({ at: now(), ...current }) });
  return {
    url: server.url,
    show: (next) => {
      current = next;
    },
    stop: () => server.close(0),
  };
}

function names(page: Page): Promise<readonly string[]> {
  return page.locator('#nodes > li:visible h3').allTextContents();
}

const three: readonly NodeSnapshot[] = [
  aRichSnapshot().nodes[0]!,
  aNode({ name: 'build-box' }),
  aRemoteNode({ name: 'attic', state: 'offline', ready: false, remedy: { kind: 'look-there' } }),
];

/** A remedy in whose words `requestId` stands, which others wrote. */
function asking(requestId: string): Remedy {
  return { kind: 'approve-device', requestId, hasGivenUp: false };
}

function fleet(
  size: number,
  change: (index: number) => Partial<NodeSnapshot> = () => ({}),
): readonly NodeSnapshot[] {
  return Array.from({ length: size }, (_, index) => ({
    ...aRichSnapshot().nodes[0]!,
    name: `node-${String(index).padStart(3, '0')}`,
    key: `key-${index}`,
    ...change(index),
  }));
}

describe('the status page in Chromium', () => {
  it('shows a new zombie first and within 2 s, without a reload', async () => {
    const { url, show } = await site({ nodes: three });
    const { page, complaints } = await openPage(url);
    await untilLive(page);
    await page.evaluate('globalThis.wasHere = true');
    expect(await names(page)).toEqual(['attic', 'NodeA', 'build-box']);
    const verdictAt = performance.now();
    show({
      nodes: [three[0]!, aZombie({ name: 'build-box', since: { monoMs: 0, wallMs: Date.now() } }), three[2]!],
    });
    await page.locator('.card.bad h3', { hasText: 'build-box' }).waitFor();
    expect(performance.now() - verdictAt).toBeLessThan(2_000);
    expect(await names(page)).toEqual(['build-box', 'attic', 'NodeA']);
    expect(await page.title()).toBe('build-box is a zombie · OpenClaw node hosts');
    expect(await page.locator('.headline .words').textContent()).toBe('build-box is a zombie');
    expect(await page.locator('.card.bad details').getAttribute('open')).not.toBeNull();
    // Whoever hears the page hears that.
    expect(await page.getByRole('status').textContent()).toBe('build-box is a zombie');
    expect(await page.evaluate('globalThis.wasHere')).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('takes a name for a name, at first and when it changes', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const script = '</script><script>alert(2)</script>';
    const { url, show } = await site({ nodes: [aNode({ name: evil, key: 'k', why: script })] });
    const { page, complaints } = await openPage(url);
    await untilLive(page);
    expect(await names(page)).toEqual([evil]);
    show({ nodes: [aZombie({ name: evil, key: 'k', why: evil, remedy: asking(script) })] });
    await page.locator('.card.bad').waitFor();
    expect(await names(page)).toEqual([evil]);
    expect(await page.locator('.card .why').textContent()).toBe(evil);
    expect(await page.locator('.card .todo').textContent()).toContain(script);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('shows a gateway that goes down before the others, and one that is added, without a reload', async () => {
    const at = (...names: readonly string[]) => names.map((name) => aGateway({ name }));
    const { url, show } = await site({ gateways: at('one:1', 'two:2'), nodes: three });
    const { page, complaints } = await openPage(url);
    await untilLive(page);
    const shown = () => page.locator('#gateways > li h3').allTextContents();
    expect(await shown()).toEqual(['one:1', 'two:2']);
    show({
      gateways: [
        ...at('one:1'),
        aGateway({ name: 'two:2', health: 'down', why: 'nothing answers' }),
        ...at('three:3'),
      ],
      nodes: three,
    });
    await page.locator('#gateways > .bad h3', { hasText: 'two:2' }).waitFor();
    expect(await shown()).toEqual(['two:2', 'one:1', 'three:3']);
    expect(await page.locator('.headline .words').textContent()).toBe('Gateway two:2 is down');
    show({ gateways: at('one:1'), nodes: three });
    await page.locator('#gateways > li:only-child').waitFor();
    expect(await shown()).toEqual(['one:1']);
    expect(complaints).toEqual([]);
  });

  it('keeps the focus, what is selected and what was opened over news, also where a card moves', async () => {
    const { url, show } = await site({ nodes: three });
    const { page } = await openPage(url);
    await untilLive(page);
    const card = page.locator('#nodes > li', { hasText: 'build-box' });
    await card.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await card.locator('details').getAttribute('open')).not.toBeNull();
    await page.evaluate(
      "getSelection().selectAllChildren(document.querySelector('#nodes > li:first-child .why'))",
    );
    const selected = await page.evaluate<string>('getSelection().toString()');
    // It gets worse, and so it moves to the first place.
    show({ nodes: [three[0]!, aZombie({ name: 'build-box' }), three[2]!] });
    await page.locator('#nodes > li:first-child h3', { hasText: 'build-box' }).waitFor();
    const focused = page.locator(':focus');
    expect(await focused.textContent()).toBe('Details of build-box');
    expect(selected).not.toBe('');
    expect(await page.evaluate('getSelection().toString()')).toBe(selected);
    expect(await card.locator('details').getAttribute('open')).not.toBeNull();
    // What was closed by hand is not opened again by other news.
    await page.keyboard.press('Enter');
    show({ nodes: [three[0]!, aZombie({ name: 'build-box', why: 'something else' }), three[2]!] });
    await card.locator('.why', { hasText: 'something else' }).waitFor();
    expect(await card.locator('details').getAttribute('open')).toBeNull();
  });

  it('says within 5 s that the exporter is gone, in headline and title, and counts nothing any more', async () => {
    const { url, stop } = await site({ nodes: three });
    const { page } = await openPage(url);
    await untilLive(page);
    const stoppedAt = performance.now();
    await stop();
    const gone = page.locator('.headline.bad .words', { hasText: /^The exporter does not answer$/ });
    await gone.waitFor({ timeout: 30_000 });
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(await page.title()).toBe('No answer from the exporter · OpenClaw node hosts');
    expect(await page.locator('body').textContent()).not.toContain('are well');
    const told = await page.locator('main').textContent();
    await page.waitForTimeout(2_500);
    expect(await page.locator('main').textContent()).toBe(told);
  });

  it('says so within 5 s where the exporter takes connections and does not answer, and takes it back when it does', async () => {
    const { url } = await site({ nodes: three });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    let isStuck = false;
    await page.route(url, async (route) => {
      if (!isStuck) await route.continue();
    });
    await page.goto(url);
    await untilLive(page);
    isStuck = true;
    const stuckAt = performance.now();
    await page.locator('body.gone').waitFor({ timeout: 30_000 });
    expect(performance.now() - stuckAt).toBeLessThan(5_000);
    isStuck = false;
    await page.locator('.headline .words', { hasText: 'attic is offline' }).waitFor();
    expect(await page.title()).toBe('attic is offline · OpenClaw node hosts');
  });

  it('says nothing of the sort while the exporter is only restarted', async () => {
    const { url, stop } = await site({ nodes: three });
    const port = Number(new URL(url).port);
    const { page } = await openPage(url);
    await untilLive(page);
    await page.evaluate(`
      globalThis.titles = new Set();
      new MutationObserver(() => titles.add(document.title)).observe(document.head, { subtree: true, childList: true, characterData: true });
    `);
    await stop();
    await page.waitForTimeout(1_500);
    await aServer(
      { snapshot: () => aSnapshot({ nodes: [aZombie({ name: 'risen' })] }) },
      { places: [{ kind: 'tcp', host: '127.0.0.1', port }] },
    );
    await page.locator('.headline .words', { hasText: 'risen is a zombie' }).waitFor();
    expect(await page.evaluate('[...titles].filter((title) => title.includes("No answer"))')).toEqual([]);
  });

  it('says what the exporter answers instead of the page', async () => {
    let isRefused = false;
    const { url } = await site({ nodes: three });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.route(url, (route) =>
      isRefused ? route.fulfill({ status: 429, body: 'too many requests' }) : route.continue(),
    );
    await page.goto(url);
    await untilLive(page);
    isRefused = true;
    await page.locator('.headline .words', { hasText: '(it answers with 429 Too Many Requests)' }).waitFor();
    isRefused = false;
    await page.locator('.headline .words', { hasText: 'attic is offline' }).waitFor();
    expect(await page.locator('body.gone').count()).toBe(0);
  });

  it('shows the third of three that are broken on the first screen of a phone, with what to do', async () => {
    const broken = [
      aZombie({ name: 'mac-studio' }),
      aNode({ name: 'build-box', state: 'wedged', remedy: { kind: 'continue', pid: 4711 } }),
      aNode({ name: 'laptop', state: 'blocked', remedy: { kind: 'give-credential', hasGivenUp: false } }),
    ];
    const { url } = await site({ nodes: [...three, ...broken] });
    const { page } = await openPage(url, { viewport: { width: 390, height: 844 } });
    await untilLive(page);
    const third = await page.locator('.headline li', { hasText: 'laptop' }).boundingBox();
    expect(third!.y + third!.height).toBeLessThan(844);
    expect(await page.locator('#nodes details[open]').count()).toBe(1);
  });

  it('copies a command, also where the browser has no clipboard for plain HTTP', async () => {
    const { url } = await site({ nodes: [aZombie({ name: 'mac-studio' })] });
    const { page, complaints } = await openPage(url);
    await untilLive(page);
    await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })');
    await page.locator('.headline').getByRole('button', { name: 'Copy openclaw node restart' }).click();
    await page.locator('.headline button', { hasText: 'copied' }).waitFor();
    await page.locator('#q').focus();
    await page.keyboard.press('Control+V');
    expect(await page.inputValue('#q')).toBe('openclaw node restart');
    expect(complaints).toEqual([]);
  });

  it('says everything without JavaScript, and can be filtered', async () => {
    const { url } = await site({ nodes: [...three, aZombie({ name: 'risen' })] });
    const { page, complaints } = await openPage(url, { javaScriptEnabled: false });
    expect(await page.locator('.headline .words').textContent()).toBe('risen is a zombie');
    expect(await names(page)).toEqual(['risen', 'attic', 'NodeA', 'build-box']);
    expect(await page.locator('.asof').textContent()).toMatch(/^as of 20/);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.locator('.card.bad .for').textContent()).toMatch(/^for \d/);
    await page.fill('#q', 'attic');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=attic/);
    expect(await names(page)).toEqual(['attic']);
    expect(await page.locator('#shown').textContent()).toBe('1 of 4 shown');
    expect(complaints).toEqual([]);
  });

  it('is live behind a proxy that puts it under a path of its own', async () => {
    const { url, show } = await site({ nodes: three });
    const proxy = createServer((incoming, outgoing) => {
      const path = incoming.url ?? '';
      if (!path.startsWith('/exporter/')) {
        outgoing.writeHead(404).end();
        return;
      }
      const forwarded = request(`${url}${path.slice('/exporter'.length)}`, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      outgoing.on('close', () => forwarded.destroy());
      forwarded.on('error', () => outgoing.destroy());
      forwarded.end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    });
    const { port } = proxy.address() as AddressInfo;
    const { page, complaints } = await openPage(`http://127.0.0.1:${port}/exporter/`);
    await untilLive(page);
    show({ nodes: [aZombie({ name: 'build-box' })] });
    await page.locator('.card.bad h3', { hasText: 'build-box' }).waitFor();
    expect(await names(page)).toEqual(['build-box']);
    const links = await page.locator('nav a').evaluateAll((all) => all.map((link) => String(link)));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !link.startsWith(`http://127.0.0.1:${port}/exporter/`))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('finds one of five hundred as one types, and by state', async () => {
    const { url, show } = await site({
      nodes: fleet(500, (index) => (index % 100 === 7 ? { state: 'zombie', live: false, ready: false } : {})),
    });
    const { page, complaints } = await openPage(url);
    await untilLive(page);
    expect(await page.locator('.headline .words').textContent()).toBe('5 of 500 node hosts are zombies');
    expect((await names(page)).slice(0, 6)).toEqual(
      [7, 107, 207, 307, 407, 0].map((n) => `node-${String(n).padStart(3, '0')}`),
    );
    await page.fill('#q', 'node-04');
    await page.locator('#shown', { hasText: '10 of 500 shown' }).waitFor();
    expect(await names(page)).toHaveLength(10);
    expect(page.url()).toContain('q=node-04');
    await page.getByRole('link', { name: 'zombie 5' }).click();
    await page.locator('#shown', { hasText: '0 of 500 shown' }).waitFor();
    await untilLive(page);
    await page.fill('#q', '');
    await page.locator('#shown', { hasText: '5 of 500 shown' }).waitFor();
    expect(await page.locator('#nodes details').count()).toBe(5);
    expect(page.url()).toContain('state=zombie');
    // News come into the list that is shown, and what is not asked for stays away.
    show({
      nodes: fleet(500, (index) => (index % 100 === 8 ? { state: 'zombie', live: false, ready: false } : {})),
    });
    await page.locator('#nodes > li:visible h3', { hasText: 'node-008' }).waitFor();
    expect(await names(page)).toEqual(
      [8, 108, 208, 308, 408].map((n) => `node-${String(n).padStart(3, '0')}`),
    );
    expect(await page.getByRole('link', { name: 'zombie 5' }).getAttribute('aria-current')).toBe('true');
    expect(complaints).toEqual([]);
  });

  it('does not touch the cards of which there is no news', async () => {
    const { url, show } = await site({ nodes: fleet(500) });
    const { page } = await openPage(url);
    await untilLive(page);
    await page.evaluate(`
      globalThis.touched = new Set();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const card = (target instanceof Element ? target : target.parentElement)?.closest('#nodes > li');
          if (card?.dataset.name !== undefined && !target.closest?.('time')) touched.add(card.dataset.name);
        }
      }).observe(document.getElementById('nodes'), { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
    `);
    show({
      nodes: fleet(500, (index) => (index === 250 ? { state: 'zombie', live: false, ready: false } : {})),
    });
    await page.locator('#nodes > li:first-child h3', { hasText: 'node-250' }).waitFor();
    expect(await page.evaluate('[...touched]')).toEqual(['node-250']);
  });

  it.each(['light', 'dark'] as const)('is legible by contrast, %s', async (colorScheme) => {
    const nodes = [...aRichSnapshot().nodes, aNode({ name: 'b', state: 'blocked' }), ...three];
    const { url } = await site({ ...aRichSnapshot(), nodes, doubt: 'a doubt' });
    const { page } = await openPage(url, { colorScheme });
    await untilLive(page);
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
    const contrasts = await contrastsOf(page);
    expect(contrasts.length).toBeGreaterThan(60);
    // WCAG 2 AA: 4.5, and 3 for what is large.
    expect(contrasts.filter(({ ratio, isLarge }) => ratio < (isLarge ? 3 : 4.5))).toEqual([]);
  });

  it('names every control and picture, has one main heading and no gap between levels', async () => {
    const { url } = await site({ ...aRichSnapshot(), gateways: [aGateway({ health: 'deaf' })] });
    const { page } = await openPage(url);
    await untilLive(page);
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
    expect(await namelessOf(page)).toEqual([]);
    const levels = await page.evaluate<readonly number[]>(
      "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(({ tagName }) => Number(tagName[1]))",
    );
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, index) => {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    });
    for (const role of ['banner', 'main', 'search', 'navigation', 'contentinfo'] as const) {
      expect(await page.getByRole(role).count(), role).toBe(1);
    }
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('is walked through by keyboard, from the link past everything else to the first card', async () => {
    const { url } = await site({ nodes: [aZombie({ name: 'risen' }), ...three] });
    const { page } = await openPage(url);
    await untilLive(page);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('To the node hosts');
    expect(await page.locator(':focus').boundingBox()).toMatchObject({ x: expect.any(Number) as number });
    expect((await page.locator(':focus').boundingBox())!.x).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Copy openclaw node restart');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Details of risen');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineWidth')).toBe('3px');
  });

  it.each([360, 1400])('fits %i pixels with the longest of words', async (width) => {
    const long = 'x'.repeat(200);
    const nodes = [aZombie({ name: long, key: long, why: long, remedy: asking(long) }), ...three];
    const { url } = await site({ ...aRichSnapshot(), nodes });
    const { page } = await openPage(url, { viewport: { width, height: 800 } });
    await untilLive(page);
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });
});
