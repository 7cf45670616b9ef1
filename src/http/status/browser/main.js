import { morph } from './morph.js';

/*
 * Fetches the page that it is on, again and again, and puts what is different into place. It makes no words and no
 * numbers of its own: once the exporter is gone nothing counts on.
 */

/** Between two looks. A hidden page is looked at too, since its title is still seen. */
const PAUSE_MS = 1_000;
const HIDDEN_PAUSE_MS = 2_000;
/** So long after a look that got no answer the page says that the exporter is gone: within 5 s, but not for its restart. */
const SILENCE_MS = 3_000;
/** A look that takes this long is given up for a new one. */
const LOOK_MS = 5_000;

/** Only the newest look counts: an older one may come back later. */
let newest = 0;
/** Timers. */
let next = 0;
let silence = 0;
/** HTTP status of an answer that was no page. */
let refusal = '';

async function look() {
  clearTimeout(next);
  // From the look on, not from the answer before: a browser may let a hidden page sleep for a minute between two.
  silence ||= setTimeout(sayGone, SILENCE_MS);
  const mine = (newest += 1);
  try {
    const answer = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(LOOK_MS) });
    const html = await answer.text();
    if (mine !== newest) return;
    refusal = answer.ok ? '' : `${answer.status} ${answer.statusText}`;
    if (answer.ok) show(new DOMParser().parseFromString(html, 'text/html'));
  } catch {
    if (mine !== newest) return;
    refusal = '';
  }
  next = setTimeout(() => void look(), document.hidden ? HIDDEN_PAUSE_MS : PAUSE_MS);
}

/** @param {Document} page as it is now */
function show(page) {
  clearTimeout(silence);
  silence = 0;
  // Another version of the exporter: its page needs its own script and style.
  if (page.body.dataset.version !== document.body.dataset.version) location.reload();
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  document.title = page.title;
  for (const part of ['link[rel=icon]', 'header', 'main', 'footer']) {
    const [old, fresh] = [document, page].map((each) => each.querySelector(part));
    if (old && fresh) morph(old, fresh);
  }
  document.body.classList.remove('gone');
  // A card that moved has lost it.
  if (focused !== document.activeElement) focused?.focus({ preventScroll: true });
}

/** What stands still must not look like a world that is well. */
function sayGone() {
  const gone = /** @type {HTMLTemplateElement} */ (document.getElementById('gone'));
  document.getElementById('headline')?.replaceWith(gone.content.cloneNode(true));
  if (refusal !== '') document.querySelector('.refusal')?.append(` (it answers with ${refusal})`);
  document.title = gone.title;
  document.body.classList.add('gone');
}

/** Keeps what is asked for in the address: it can be sent to somebody and reloaded. */
function narrow() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value.trim() !== '') asked.set(name, value);
  }
  history.replaceState(null, '', `?${asked.toString()}`);
  void look();
}

const form = /** @type {HTMLFormElement} */ (document.getElementById('filter'));
form.addEventListener('input', narrow);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  narrow();
});
// The only buttons, each right after the command that it copies.
document.addEventListener('click', ({ target: button }) => {
  if (!(button instanceof HTMLButtonElement && button.previousElementSibling)) return;
  getSelection()?.selectAllChildren(button.previousElementSibling);
  // The clipboard's own interface is there only over TLS and on this machine.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- it is all that plain HTTP has
  button.textContent = document.execCommand('copy') ? 'copied' : 'selected';
});
// By the clock of whoever reads, and by that of most logs.
document.addEventListener('pointerover', ({ target }) => {
  if (target instanceof HTMLTimeElement)
    target.title = `${new Date(target.dateTime).toLocaleString()} (${target.dateTime})`;
});
document.addEventListener('visibilitychange', () => void look());
document.documentElement.classList.add('live');
next = setTimeout(() => void look(), PAUSE_MS);
