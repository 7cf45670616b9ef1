import type { LinkModel } from '@grafana/data';
import { NOT_UNDERSTOOD } from './fields.ts';

interface Attributes {
  readonly class?: string;
  /** Shown as text, whatever it looks like: nothing here is ever read as HTML. */
  readonly text?: string;
  readonly title?: string;
  readonly href?: string;
  /** `data-…` attributes, for those who look at the page. */
  readonly data?: Readonly<Record<string, string>>;
  readonly style?: Partial<CSSStyleDeclaration>;
  /** Place and size, px. */
  readonly box?: Partial<Readonly<Record<'left' | 'top' | 'width' | 'height', number>>>;
}

/** A new element with these attributes and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, text, title, href, data, style, box }: Attributes = {},
  children: readonly Node[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (title !== undefined) made.title = title;
  if (href !== undefined) made.setAttribute('href', href);
  for (const [name, value] of Object.entries(data ?? {})) made.dataset[name] = value;
  // Set one by one: a policy that forbids inline styles allows it.
  Object.assign(made.style, style ?? {});
  for (const [side, px] of Object.entries(box ?? {})) made.style.setProperty(side, `${px}px`);
  made.append(...children);
  return made;
}

/** The text as a link, where there is one that resolves. One that does not is not made up: the text says so. */
export function linkedText(text: string, [link]: readonly LinkModel[]): HTMLElement {
  if (link === undefined) return element('span', { text });
  if (link.href.includes(NOT_UNDERSTOOD)) {
    return element('span', { class: 'not-understood', text: `${text} (link not understood)` });
  }
  return element('a', { text, href: link.href, title: link.title, class: 'value-link' });
}
