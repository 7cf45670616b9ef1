/** What whoever looks has set, and no news may set back. */
const KEPT_ATTRIBUTES = new Set(['open', 'hidden']);

/**
 * Makes `old` what `html` says, by changing what differs and nothing else: what has the focus keeps it, selected text
 * stays selected, and what was opened stays open.
 *
 * @param {Element} old
 * @param {Element} next
 */
export function morph(old, next) {
  syncAttributes(old, next);
  const nextChildren = [...next.childNodes];
  nextChildren.forEach((child, index) => {
    const present = old.childNodes[index];
    if (present === undefined) old.append(child);
    else if (present instanceof Element && child instanceof Element && present.tagName === child.tagName) {
      morph(present, child);
    } else if (present instanceof Text && child instanceof Text) {
      if (present.data !== child.data) present.data = child.data;
    } else present.replaceWith(child);
  });
  while (old.childNodes.length > nextChildren.length) old.lastChild?.remove();
}

/**
 * @param {Element} old
 * @param {Element} next
 */
function syncAttributes(old, next) {
  for (const { name, value } of next.attributes) {
    if (!KEPT_ATTRIBUTES.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!KEPT_ATTRIBUTES.has(name) && !next.hasAttribute(name)) old.removeAttribute(name);
  }
}

/**
 * @param {string} html one element, escaped by the server
 * @returns {Element | null}
 */
export function elementOf(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content.firstElementChild;
}
