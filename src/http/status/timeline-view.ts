import type { NodeSnapshot } from '../../core/index.ts';
import { STATES_WORST_FIRST, toneOfState } from './concern.ts';
import { age, moment, text } from './markup.ts';
import { stretchesOf, type Stretch } from './timeline.ts';

const MINUTE_MS = 60_000;
/** What the picture spans, in minutes, which are its unit. */
export const SPAN_MINUTES = 1_440;
/** What goes on reaches past the right edge, wherever that is by the time it is looked at. */
const ENDLESS_MINUTES = 1e7;
/** A zombie of half a minute must not be thinner than a hair on a phone. */
const LEAST_MINUTES = 6;
const HEIGHT = 10;
const LISTED = 10;

/** Where minute 0 is: far enough back that no number is negative or long. The same for the whole run. */
export function timelineOrigin(observedSinceMs: number): number {
  return Math.floor(observedSinceMs / MINUTE_MS) * MINUTE_MS - 10 * SPAN_MINUTES * MINUTE_MS;
}

/** Puts the right edge of each timeline at `nowMs`, as the page's script does once a minute. */
export function withViewBoxes(html: string, nowMs: number): string {
  return html.replace(/<svg data-origin="(\d+)"/g, (whole, origin: string) => {
    const end = (nowMs - Number(origin)) / MINUTE_MS;
    return `${whole} viewBox="${(end - SPAN_MINUTES).toFixed(2)} 0 ${SPAN_MINUTES} ${HEIGHT}"`;
  });
}

/** Unix milliseconds. */
interface Times {
  readonly nowMs: number;
  /** When this run of the exporter began. */
  readonly observedSinceMs: number;
}

/** The last 24 hours of a node host, as a picture and in words. */
export function timelineView(node: NodeSnapshot, times: Times): string {
  const { nowMs, observedSinceMs } = times;
  const leftEdgeMs = nowMs - SPAN_MINUTES * MINUTE_MS;
  const stretches = stretchesOf(node, observedSinceMs).filter(({ toMs = nowMs }) => toMs > leftEdgeMs);
  return `<div class="block"><h4>The last 24 hours</h4>
${picture(stretches, observedSinceMs)}
<p class="scale" aria-hidden="true"><span>24 h ago</span><span>12 h</span><span>now</span></p>
${legend(stretches, { leftEdgeMs, observedSinceMs })}
${transitionList(node)}</div>`;
}

function picture(stretches: readonly Stretch[], observedSinceMs: number): string {
  const origin = timelineOrigin(observedSinceMs);
  const minuteOf = (ms: number): number => Math.max(0, (ms - origin) / MINUTE_MS);
  // The worse is drawn over the better, so that a short fault is not covered by its recovery.
  const ordered = stretches.toSorted(
    (a, b) => STATES_WORST_FIRST.indexOf(b.state) - STATES_WORST_FIRST.indexOf(a.state),
  );
  const bars = ordered.map(({ state, fromMs, toMs, by }) => {
    const x = minuteOf(fromMs);
    const width = toMs === undefined ? ENDLESS_MINUTES : Math.max(LEAST_MINUTES, minuteOf(toMs) - x);
    const kind = by === 'recorded' ? ' recorded' : '';
    return `<rect class="${toneOfState(state)}${kind}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="${HEIGHT}"/>`;
  });
  return `<svg data-origin="${origin}" class="timeline" role="img" aria-label="States over the last 24 hours; the changes are listed below" preserveAspectRatio="none">${bars.join('')}</svg>`;
}

/** Says what is blank or pale, and why; nothing where neither is. */
function legend(
  stretches: readonly Stretch[],
  { leftEdgeMs, observedSinceMs }: { readonly leftEdgeMs: number; readonly observedSinceMs: number },
): string {
  const [first] = stretches;
  const sentences = [
    ...(first === undefined || first.fromMs > leftEdgeMs
      ? [`Before ${moment(first?.fromMs ?? observedSinceMs)} nothing is known.`]
      : []),
    ...(stretches.some(({ by }) => by === 'recorded')
      ? [
          `What is paler was recorded before this run of the exporter began, ${age(observedSinceMs, 'ago')}; it may have been off in between.`,
        ]
      : []),
  ];
  return sentences.length === 0 ? '' : `<p class="note">${sentences.join(' ')}</p>`;
}

function transitionList({ transitions }: NodeSnapshot): string {
  if (transitions.length === 0) return '<p class="note">Its state has not changed since.</p>';
  const items = transitions
    .slice(-LISTED)
    .reverse()
    .map(
      ({ from, to, at, why }) =>
        `<li>${age(at.wallMs, 'ago')}: ${text(from)} to <b class="${toneOfState(to)}">${text(to)}</b>, ${text(why)}</li>`,
    );
  const older = transitions.length - items.length;
  const rest = older > 0 ? `<li>and ${older} before</li>` : '';
  return `<ul class="log">${items.join('')}${rest}</ul>`;
}
