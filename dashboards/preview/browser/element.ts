import type { LinkModel } from '@grafana/data';

interface Attributes {
  readonly class?: string;
  /** Shown as text, whatever it looks like: nothing here is ever read as HTML. */
  readonly text?: string;
  readonly title?: string;
  readonly href?: string;
  /** `data-…` attributes, for those who look at the page. */
  readonly data?: Readonly<Record<string, string>>;
  readonly style?: Partial<CSSStyleDeclaration>;
}

/** A new element with these attributes and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, text, title, href, data, style }: Attributes,
  children: readonly Node[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (title !== undefined) made.title = title;
  if (href !== undefined) made.setAttribute('href', href);
  Object.assign(made.dataset, data);
  // Set one by one: a policy that forbids inline styles allows it.
  Object.assign(made.style, style);
  made.append(...children);
  return made;
}

/** The text, as a link where there is one. */
export function linkedText(text: string, [link]: readonly LinkModel[] = []): HTMLElement {
  if (link === undefined) return element('span', { text });
  return element('a', { text, href: link.href, title: link.title });
}
