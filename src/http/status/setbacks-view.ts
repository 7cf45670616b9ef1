import type { NodeSnapshot } from '../../core/index.ts';
import { type Ages, text, when } from './markup.ts';

/** The last closes and refusals of one node host, newest first, and how many there were. */
export function setbacksView(node: NodeSnapshot, ages: Ages): string {
  return `<div class="block"><h4>Closes and refusals</h4>${listed(node, ages)}</div>`;
}

function listed({ scope, setbacks, counters }: NodeSnapshot, ages: Ages): string {
  if (scope === 'remote') return '<p class="note">They are in its log, on its own machine.</p>';
  if (setbacks === undefined) return '<p class="note">Not known: its log was not read.</p>';
  const items = setbacks.toReversed().map((setback) => {
    const at = setback.wallMs === undefined ? 'some time ago' : when(setback.wallMs, ages);
    const reason = setback.reason === '' ? '' : `, ${text(setback.reason)}`;
    const what = setback.kind === 'close' ? `closed with ${setback.code}` : 'refused';
    return `<li>${at}: ${what}${reason}</li>`;
  });
  const counted = [...Object.entries(counters.closes), ...Object.entries(counters.authFailures)]
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${text(what)} × ${count}`);
  const list =
    items.length === 0
      ? '<p class="note">Its log tells of none.</p>'
      : `<ul class="log">${items.join('')}</ul>`;
  return counted.length === 0 ? list : `${list}<p class="note">Counted so far: ${counted.join(', ')}.</p>`;
}
