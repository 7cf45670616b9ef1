/** The state that was chosen; empty: all. */
let state = '';

/** @returns {HTMLInputElement | null} */
function input() {
  const found = document.getElementById('q');
  return found instanceof HTMLInputElement ? found : null;
}

/** Shows the cards that are asked for and hides the others; says how many. */
export function applyFilter() {
  const words = (input()?.value ?? '').toLowerCase().split(/\s+/);
  let shown = 0;
  const cards = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#nodes > li'));
  for (const card of cards) {
    const find = card.dataset.find ?? '';
    const isChosen =
      (state === '' || card.dataset.state === state) && words.every((word) => find.includes(word));
    if (card.hidden === isChosen) card.hidden = !isChosen;
    if (isChosen) shown += 1;
  }
  const note = document.getElementById('shown');
  const text = shown === cards.length ? '' : `${shown} of ${cards.length} shown`;
  if (note !== null && note.textContent !== text) note.textContent = text;
  for (const button of buttons()) button.ariaPressed = String(button.value === state);
}

/** @returns {NodeListOf<HTMLButtonElement>} */
function buttons() {
  return document.querySelectorAll('#counts button');
}

/** Keeps what is asked for in the address, so that it can be sent to somebody and survives a reload. */
function rememberInAddress() {
  const address = new URL(location.href);
  const words = input()?.value.trim() ?? '';
  if (words === '') address.searchParams.delete('q');
  else address.searchParams.set('q', words);
  if (state === '') address.searchParams.delete('state');
  else address.searchParams.set('state', state);
  history.replaceState(null, '', address);
}

/** Filters as one types; the form works by itself without this. */
export function startFilter() {
  state = new URL(location.href).searchParams.get('state') ?? '';
  if (![...buttons()].some((button) => button.value === state)) state = '';
  const form = document.getElementById('filter');
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    const by = event instanceof SubmitEvent ? event.submitter : null;
    // A second press on what is chosen takes it back. Enter in the field presses the first button, and means none.
    if (by instanceof HTMLButtonElement && document.activeElement === by)
      state = by.value === state ? '' : by.value;
    applyFilter();
    rememberInAddress();
  });
  form?.addEventListener('input', () => {
    applyFilter();
    rememberInAddress();
  });
  applyFilter();
}
