import { announce } from './announce.js';
import { applyChanges } from './cards.js';
import { applyFilter, startFilter } from './filter.js';
import { bringToNow, exporterNow, setClock } from './times.js';

/** The exporter is heard from every 5 s; after this it is gone, or the way to it is. */
const SILENCE_MS = 12_000;
/** A stream that was refused is asked for again after this. */
const RETRY_MS = 15_000;

/** Where the page stands: it came with this, and each change brings it on. */
let since = document.body.dataset.since ?? '';
let heardAtMs = exporterNow();
/** @type {EventSource | undefined} */
let stream;
/** @type {number | undefined} */
let retry;

/**
 * @typedef {object} Change
 * @property {number} at wall clock of the exporter, in milliseconds
 * @property {string} title
 * @property {'bad' | 'warn' | 'good' | 'none'} tone
 * @property {readonly string[]} parts
 * @property {readonly string[]} [cards]
 * @property {readonly string[]} [gateways]
 */

const ICON_COLOURS = { bad: 'c62828', warn: 'b26a00', good: '2e7d32', none: '777' };

/** @param {number} at */
function heard(at) {
  setClock(at);
  heardAtMs = at;
}

/** Says whether what is shown is what is so. A page that stands still must not look like a world that is well. */
function showLiveness() {
  const live = document.getElementById('live');
  if (live === null) return;
  const isLive = stream !== undefined && exporterNow() - heardAtMs < SILENCE_MS;
  const words = isLive
    ? 'live'
    : `not live: nothing was heard from the exporter since ${new Date(heardAtMs).toLocaleTimeString()}`;
  if (live.textContent !== words) live.textContent = words;
  document.body.classList.toggle('stale', !isLive);
}

/** @param {Change} change */
function show({ at, title, tone, parts, ...present }) {
  heard(at);
  announce(applyChanges(parts, present));
  applyFilter();
  document.title = `${title} · OpenClaw node hosts`;
  const icon = document.querySelector('link[rel=icon]');
  icon?.setAttribute(
    'href',
    (icon.getAttribute('href') ?? '').replace(/%23[\da-f]+/, `%23${ICON_COLOURS[tone]}`),
  );
  showLiveness();
}

/**
 * @param {unknown} data of an event
 * @returns {unknown}
 */
function read(data) {
  /** @type {unknown} */
  const value = JSON.parse(String(data));
  return value;
}

function listen() {
  if (stream !== undefined || document.hidden) return;
  clearTimeout(retry);
  const current = new EventSource(`-/stream?since=${encodeURIComponent(since)}`);
  stream = current;
  current.addEventListener('hello', ({ data }) => {
    const { assets } = /** @type {{ assets: string }} */ (read(data));
    // The exporter was replaced by another version, whose page this is not.
    if (assets !== document.body.dataset.assets) location.reload();
  });
  current.addEventListener('change', ({ data, lastEventId }) => {
    since = lastEventId;
    show(/** @type {Change} */ (read(data)));
  });
  current.addEventListener('beat', ({ data }) => {
    heard(/** @type {{ at: number }} */ (read(data)).at);
    showLiveness();
  });
  current.addEventListener('error', () => {
    // A connection that broke is made again by the browser; an answer that refused it is not.
    if (current.readyState !== EventSource.CLOSED) return;
    hush();
    retry = setTimeout(listen, RETRY_MS);
  });
}

function hush() {
  stream?.close();
  stream = undefined;
}

setClock(Number(document.body.dataset.at));
heardAtMs = exporterNow();
startFilter();
bringToNow(document);
listen();
// A page that nobody sees holds no connection; browsers allow six to one server, over all of their windows.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hush();
  else listen();
});
// `toggle` does not bubble.
document.addEventListener(
  'toggle',
  () => {
    bringToNow(document);
  },
  { capture: true },
);
setInterval(() => {
  if (document.hidden) return;
  bringToNow(document);
  showLiveness();
}, 1_000);
