import { elementOf, morph } from './morph.js';
import { bringToNow } from './times.js';

/** New faults open their details, as long as there are not more than these. */
const OPEN_FAULTS = 3;

/** The lists of the page, by the class of what is in them. */
const LISTS = { card: 'nodes', panel: 'gateways' };

/** @typedef {{ readonly name: string, readonly state: string }} StateChange */
/** @typedef {{ readonly cards?: readonly string[], readonly gateways?: readonly string[] }} Present */

/**
 * Puts what changed into the page.
 *
 * @param {readonly string[]} parts HTML of whole elements
 * @param {Present} present ids of all that is in a list, where something came or went
 * @returns {readonly StateChange[]} what is in another state than before
 */
export function applyChanges(parts, present) {
  /** @type {StateChange[]} */
  const changes = [];
  /** @type {Set<HTMLElement>} */
  const unsorted = new Set();
  for (const html of parts) {
    const next = elementOf(html);
    if (!(next instanceof HTMLElement)) continue;
    const old = document.getElementById(next.id);
    const list = listOf(next);
    if (old === null) {
      if (list === null) continue;
      bringToNow(next);
      list.append(next);
      unsorted.add(list);
      continue;
    }
    if (list !== null && old.dataset.state !== next.dataset.state) {
      changes.push({ name: next.dataset.name ?? '', state: next.dataset.state ?? '' });
      if (next.classList.contains('bad')) openIfFew(old);
    }
    const isMoved = old.dataset.rank !== next.dataset.rank || old.dataset.name !== next.dataset.name;
    if (list !== null && isMoved) unsorted.add(list);
    morph(old, next);
    bringToNow(old);
  }
  if (present.cards !== undefined) removeAllBut(LISTS.card, new Set(present.cards));
  if (present.gateways !== undefined) removeAllBut(LISTS.panel, new Set(present.gateways));
  for (const list of unsorted) sort(list);
  return changes;
}

/**
 * @param {HTMLElement} element
 * @returns {HTMLElement | null} the list that it is to be in
 */
function listOf(element) {
  for (const [name, id] of Object.entries(LISTS)) {
    if (element.classList.contains(name)) return document.getElementById(id);
  }
  return null;
}

/**
 * @param {HTMLElement} list
 * @returns {HTMLElement[]}
 */
function elementsOf(list) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(':scope > li'))];
}

/** @param {HTMLElement} card */
function openIfFew(card) {
  if (document.querySelectorAll('#nodes > .bad details[open]').length >= OPEN_FAULTS) return;
  const details = card.querySelector('details');
  if (details !== null) details.open = true;
}

/**
 * @param {string} listId
 * @param {ReadonlySet<string>} ids
 */
function removeAllBut(listId, ids) {
  const list = document.getElementById(listId);
  if (list === null) return;
  for (const element of elementsOf(list)) if (!ids.has(element.id)) element.remove();
}

/**
 * Worst first, then by name. Only what is out of place moves, and what had the focus gets it back.
 *
 * @param {HTMLElement} list
 */
function sort(list) {
  const focused = document.activeElement;
  const sorted = elementsOf(list).sort(
    (a, b) =>
      Number(a.dataset.rank) - Number(b.dataset.rank) || compare(a.dataset.name ?? '', b.dataset.name ?? ''),
  );
  sorted.forEach((element, index) => {
    const there = list.children[index];
    if (there !== element) list.insertBefore(element, there ?? null);
  });
  if (focused instanceof HTMLElement && focused !== document.activeElement)
    focused.focus({ preventScroll: true });
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
