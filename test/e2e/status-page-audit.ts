import type { Page } from 'playwright-core';

/** How well one piece of text stands out from what it stands on. */
export interface Contrast {
  readonly text: string;
  /** By WCAG 2: 1 (none) to 21 (black on white). */
  readonly ratio: number;
  /** From 24 px, or 18.7 px if bold: WCAG asks less of it. */
  readonly isLarge: boolean;
}

/** Runs in the page. */
const MEASURE = `(() => {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, bottom) => ({
    r: top.r * top.a + bottom.r * (1 - top.a),
    g: top.g * top.a + bottom.g * (1 - top.a),
    b: top.b * top.a + bottom.b * (1 - top.a),
    a: 1,
  });
  const backgroundOf = (element) => {
    const layers = [];
    for (let each = element; each !== null; each = each.parentElement) {
      layers.push(parse(getComputedStyle(each).backgroundColor));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || !element.checkVisibility() || element.closest('.vh, noscript, script')) continue;
    const style = getComputedStyle(element);
    const background = backgroundOf(element);
    const [one, other] = [luminance(over(parse(style.color), background)), luminance(background)];
    const size = parseFloat(style.fontSize);
    found.push({
      text: node.data.trim().slice(0, 40) + ' (' + style.color + ')',
      ratio: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05),
      isLarge: size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700),
    });
  }
  return found;
})()`;

/** The contrast of every text that is shown. */
export async function contrastsOf(page: Page): Promise<readonly Contrast[]> {
  return page.evaluate<readonly Contrast[]>(MEASURE);
}

/** Controls, pictures and regions that a screen reader would have no name for, as HTML. */
export async function namelessOf(page: Page): Promise<readonly string[]> {
  const elements = await page
    .locator('a, button, input, summary, [role=img], [role=region], section, nav')
    .elementHandles();
  const session = await page.context().newCDPSession(page);
  await session.send('Accessibility.enable');
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const named = new Set([
    'link',
    'button',
    'searchbox',
    'DisclosureTriangle',
    'image',
    'img',
    'region',
    'navigation',
  ]);
  const relevant = nodes.filter(({ ignored, role }) => !ignored && named.has(String(role?.value)));
  if (relevant.length < elements.length / 2)
    throw new Error('the accessibility tree misses most of the page');
  return relevant
    .filter(({ name }) => String(name?.value ?? '').trim() === '')
    .map(({ role, nodeId }) => `${String(role?.value)} ${nodeId}`);
}
