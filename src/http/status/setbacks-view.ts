import type { NodeSnapshot } from '../../core/index.ts';
import { type Ages, text } from './markup.ts';

/** The last closes and refusals of one node host, newest first, and how many there were. */
export function setbacksView({ scope, setbacks, counters }: NodeSnapshot, ages: Ages): string {
  const head = '<h4>Closes and refusals</h4>';
  if (scope === 'remote') {
    return `<div class="block">${head}<p class="note">They are in its log, on its own machine.</p></div>`;
  }
  if (setbacks === undefined) {
    return `<div class="block">${head}<p class="note">Not known: its log was not read.</p></div>`;
  }
  const items = setbacks.toReversed().map((setback) => {
    const when = setback.wallMs === undefined ? 'some time ago' : ages(setback.wallMs, 'ago');
    switch (setback.kind) {
      case 'close': {
        const reason = setback.reason === '' ? '' : `, ${text(setback.reason)}`;
        return `<li>${when}: closed with ${setback.code}${reason}</li>`;
      }
      case 'auth-failure':
        return `<li>${when}: refused, ${text(setback.reason)}</li>`;
      default:
        return setback satisfies never;
    }
  });
  const list =
    items.length === 0
      ? '<p class="note">Its log tells of none.</p>'
      : `<ul class="log">${items.join('')}</ul>`;
  return `<div class="block">${head}${list}${sums(counters)}</div>`;
}

function sums({ closes, authFailures }: NodeSnapshot['counters']): string {
  const counted = [...Object.entries(closes), ...Object.entries(authFailures)]
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${text(what)} × ${count}`);
  return counted.length === 0 ? '' : `<p class="note">Counted so far: ${counted.join(', ')}.</p>`;
}
