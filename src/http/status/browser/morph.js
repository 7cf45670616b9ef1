/**
 * Makes `old` what `next` is, by changing what differs and nothing else: what has the focus keeps it, selected text stays
 * selected, and what whoever looks has opened stays open. Elements with an id are known by it, wherever they went.
 *
 * @param {Node} old
 * @param {Node} next of the same name
 */
export function morph(old, next) {
  if (old.isEqualNode(next)) return;
  if (!(old instanceof Element && next instanceof Element)) {
    old.nodeValue = next.nodeValue;
    return;
  }
  syncAttributes(old, next);
  const known = new Map([...old.children].map((child) => [child.id, child]));
  const children = [...next.childNodes];
  let here = old.firstChild;
  for (const child of children) {
    const match = idOf(child) === '' ? here : known.get(idOf(child));
    const isSame = match?.nodeName === child.nodeName && idOf(match) === idOf(child);
    const placed = isSame ? match : child;
    if (placed === here) here = here.nextSibling;
    else old.insertBefore(placed, here);
    morph(placed, child);
  }
  while (old.childNodes.length > children.length) old.lastChild?.remove();
}

/** @param {Node} node */
function idOf(node) {
  return node instanceof Element ? node.id : '';
}

/**
 * @param {Element} old
 * @param {Element} next
 */
function syncAttributes(old, next) {
  // Opened once when it becomes the worst; after that it is open or closed as whoever looks wants it.
  if (!old.hasAttribute('data-worst') && next.hasAttribute('data-worst')) old.setAttribute('open', '');
  for (const name of [...old.getAttributeNames(), ...next.getAttributeNames()]) {
    const value = next.getAttribute(name);
    if (name === 'open' || old.getAttribute(name) === value) continue;
    if (value === null) old.removeAttribute(name);
    else old.setAttribute(name, value);
  }
}
