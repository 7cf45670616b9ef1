import { ageInWords } from './age.js';

const MINUTE_MS = 60_000;
const SPAN_MINUTES = 1_440;

/** What is not opened is brought to now when it is: of 500 cards that is nearly all. */
const SHOWN_TIMES = 'time:not(details:not([open]) *)';
const SHOWN_TIMELINES = 'svg[data-origin]:not(details:not([open]) *)';

/** The exporter's clock minus ours, in milliseconds: the two machines need not agree. */
let offsetMs = 0;

/** @param {number} exporterMs its wall clock, just now */
export function setClock(exporterMs) {
  offsetMs = exporterMs - Date.now();
}

/** @returns {number} the exporter's wall clock in milliseconds */
export function exporterNow() {
  return Date.now() + offsetMs;
}

/**
 * Brings ages and timelines below `root` to now.
 *
 * @param {ParentNode} root
 */
export function bringToNow(root) {
  const now = exporterNow();
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll(SHOWN_TIMES))) {
    const form = time.dataset.age;
    const at = Date.parse(time.dateTime);
    if (form !== undefined) setText(time, ageInWords((now - at) / 1_000, form));
    // By the clock of whoever reads, and by that of most logs.
    if (!time.title.endsWith(')')) time.title = `${new Date(at).toLocaleString()} (${time.dateTime})`;
  }
  for (const timeline of root.querySelectorAll(SHOWN_TIMELINES)) {
    const end = (now - Number(timeline.getAttribute('data-origin'))) / MINUTE_MS;
    timeline.setAttribute('viewBox', `${(end - SPAN_MINUTES).toFixed(2)} 0 ${SPAN_MINUTES} 10`);
  }
}

/**
 * A text node is only written to when its words change: 500 cards would be laid out again every second.
 *
 * @param {Element} element
 * @param {string} words
 */
function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
