import { elementOf, morph } from './morph.js';
import { bringToNow } from './times.js';

/** New faults open their details, as long as there are not more than these. */
const OPEN_FAULTS = 3;

/** @typedef {{ readonly name: string, readonly state: string }} StateChange */

/**
 * Puts what changed into the page.
 *
 * @param {readonly string[]} parts HTML of whole elements
 * @param {readonly string[] | undefined} ids of all cards, where one came or went
 * @returns {readonly StateChange[]} what is in another state than before
 */
export function applyChanges(parts, ids) {
  /** @type {StateChange[]} */
  const changes = [];
  let isOrderStale = false;
  for (const html of parts) {
    const next = elementOf(html);
    if (!(next instanceof HTMLElement)) continue;
    const old = document.getElementById(next.id);
    const isCard = next.classList.contains('card');
    if (old === null) {
      if (!isCard) continue;
      bringToNow(next);
      list()?.append(next);
      isOrderStale = true;
      continue;
    }
    if (isCard && old.dataset.state !== next.dataset.state) {
      changes.push({ name: next.dataset.name ?? '', state: next.dataset.state ?? '' });
      if (next.classList.contains('bad')) openIfFew(old);
    }
    if (old.dataset.rank !== next.dataset.rank || old.dataset.name !== next.dataset.name) isOrderStale = true;
    morph(old, next);
    bringToNow(old);
  }
  if (ids !== undefined) removeAllBut(new Set(ids));
  if (isOrderStale) sortCards();
  return changes;
}

/** @returns {HTMLElement | null} */
function list() {
  return document.getElementById('nodes');
}

/** @returns {HTMLElement[]} */
function cards() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#nodes > li'))];
}

/** @param {HTMLElement} card */
function openIfFew(card) {
  if (document.querySelectorAll('#nodes > .bad details[open]').length >= OPEN_FAULTS) return;
  const details = card.querySelector('details');
  if (details !== null) details.open = true;
}

/** @param {ReadonlySet<string>} ids */
function removeAllBut(ids) {
  for (const card of cards()) if (!ids.has(card.id)) card.remove();
}

/** Worst first, then by name. Only cards that are out of place move, and what had the focus gets it back. */
function sortCards() {
  const focused = document.activeElement;
  const sorted = cards().sort(
    (a, b) =>
      Number(a.dataset.rank) - Number(b.dataset.rank) || compare(a.dataset.name ?? '', b.dataset.name ?? ''),
  );
  sorted.forEach((card, index) => {
    const there = list()?.children[index];
    if (there !== card) list()?.insertBefore(card, there ?? null);
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
