/**
 * Makes `old` what `next` is, by changing what differs and nothing else: what has the focus keeps it, selected text stays
 * selected, and what whoever looks has opened stays open. Elements with an id are known by it, wherever they went.
 *
 * @param {Element} old
 * @param {Element} next
 */
export function morph(old, next) {
  if (old.isEqualNode(next)) return;
  syncAttributes(old, next);
  const known = new Map([...old.children].flatMap((child) => (child.id === '' ? [] : [[child.id, child]])));
  let here = old.firstChild;
  for (const child of [...next.childNodes]) {
    const match = child instanceof Element && child.id !== '' ? known.get(child.id) : here;
    if (match == null || !isAlike(match, child)) {
      old.insertBefore(child, here);
      continue;
    }
    if (match === here) here = here.nextSibling;
    else old.insertBefore(match, here);
    if (match instanceof Element && child instanceof Element) morph(match, child);
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
  }
  while (here !== null) {
    const gone = here;
    here = here.nextSibling;
    gone.remove();
  }
}

/**
 * @param {Node} one
 * @param {Node} other
 */
function isAlike(one, other) {
  if (!(one instanceof Element && other instanceof Element)) return one.nodeType === other.nodeType;
  return one.tagName === other.tagName && one.id === other.id;
}

/**
 * @param {Element} old
 * @param {Element} next
 */
function syncAttributes(old, next) {
  // Opened once when it becomes the worst; after that it is open or closed as whoever looks wants it.
  if (!old.hasAttribute('data-worst') && next.hasAttribute('data-worst')) old.setAttribute('open', '');
  for (const { name, value } of next.attributes) {
    if (name !== 'open' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== 'open' && !next.hasAttribute(name)) old.removeAttribute(name);
  }
}
