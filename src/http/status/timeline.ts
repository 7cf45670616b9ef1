import type { NodeSnapshot, NodeState } from '../../core/index.ts';
import type { Tone } from '../../document/tone.ts';
import { STATES_WORST_FIRST, toneOfState } from './concern.ts';
import { type Ages, agesAt, moment, text, when } from './markup.ts';

/** Of the ring in the core: one that is full may have lost what came before. */
const RING_SIZE = 200;

/** A stretch of time in one state. Times are Unix milliseconds. */
export interface Stretch {
  readonly state: NodeState;
  readonly fromMs: number;
  /** `undefined`: it goes on. */
  readonly toMs: number | undefined;
  /**
   * `recorded`: an earlier run of the exporter wrote it down; it may have been off in between, and what happened then
   * is not in it.
   */
  readonly by: 'watched' | 'recorded';
}

/**
 * The states of a node host over time, oldest first, without a gap from its first to its last. Before the first nothing
 * is known.
 *
 * @param observedSinceMs when this run of the exporter began
 */
export function stretchesOf(node: NodeSnapshot, observedSinceMs: number): readonly Stretch[] {
  const { transitions } = node;
  const [oldest] = transitions;
  const beginMs = Math.max(observedSinceMs, node.counters.since ?? observedSinceMs);
  const changes = transitions.map(({ to, at }) => ({ state: to, atMs: at.wallMs }));
  if (oldest === undefined) changes.push({ state: node.state, atMs: node.since.wallMs });
  else if (transitions.length < RING_SIZE && oldest.at.wallMs > beginMs)
    changes.unshift({ state: oldest.from, atMs: beginMs });
  return changes.flatMap(({ state, atMs: fromMs }, index): readonly Stretch[] => {
    const toMs = changes[index + 1]?.atMs;
    if (fromMs >= observedSinceMs) return [{ state, fromMs, toMs, by: 'watched' }];
    if (toMs !== undefined && toMs <= observedSinceMs) return [{ state, fromMs, toMs, by: 'recorded' }];
    return [
      { state, fromMs, toMs: observedSinceMs, by: 'recorded' },
      { state, fromMs: observedSinceMs, toMs, by: 'watched' },
    ];
  });
}

const MINUTE_MS = 60_000;
/** What the picture spans, in minutes, which are its unit. */
const SPAN_MINUTES = 1_440;
/** A zombie of half a minute must not be thinner than a hair on a phone. */
const LEAST_MINUTES = 6;
const HEIGHT = 10;
/** The worse, the higher: who sees no colours sees that. */
const HEIGHTS: Readonly<Record<Tone, number>> = { bad: HEIGHT, warn: 7, good: 4, none: 4 };
const LISTED = 10;

/**
 * The last 24 hours of a node host, as a picture and in words.
 *
 * @param observedSinceMs Unix milliseconds at which this run of the exporter began
 */
export function timelineView(
  node: NodeSnapshot,
  { nowMs, observedSinceMs }: { readonly nowMs: number; readonly observedSinceMs: number },
): string {
  const ages = agesAt(nowMs);
  const leftEdgeMs = nowMs - SPAN_MINUTES * MINUTE_MS;
  const stretches = stretchesOf(node, observedSinceMs).filter(({ toMs = nowMs }) => toMs > leftEdgeMs);
  const knownSinceMs = stretches[0]?.fromMs ?? observedSinceMs;
  const blank =
    knownSinceMs > leftEdgeMs ? `<p class="note">Before ${moment(knownSinceMs)} nothing is known.</p>` : '';
  const pale = stretches.some(({ by }) => by === 'recorded')
    ? `<p class="note">What is paler was recorded before this run of the exporter began, ${ages(observedSinceMs, 'ago')}; it may have been off in between.</p>`
    : '';
  return `<div class="block"><h4>The last 24 hours</h4>
${picture(stretches, nowMs)}
<p class="scale" aria-hidden="true"><span>24 h ago</span><span>12 h</span><span>now</span></p>
${blank}${pale}${transitionList(node, ages)}</div>`;
}

function picture(stretches: readonly Stretch[], nowMs: number): string {
  const minuteOf = (ms: number): number => Math.max(0, SPAN_MINUTES - (nowMs - ms) / MINUTE_MS);
  // The worse is drawn over the better, so that a short fault is not covered by its recovery.
  const ordered = stretches.toSorted(
    (a, b) => STATES_WORST_FIRST.indexOf(b.state) - STATES_WORST_FIRST.indexOf(a.state),
  );
  const bars = ordered.map(({ state, fromMs, toMs = nowMs, by }) => {
    const tone = toneOfState(state);
    const width = Math.max(LEAST_MINUTES, minuteOf(toMs) - minuteOf(fromMs));
    const x = Math.min(minuteOf(fromMs), SPAN_MINUTES - LEAST_MINUTES);
    const kind = by === 'recorded' ? ' recorded' : '';
    const height = HEIGHTS[tone];
    return `<rect class="${tone}${kind}" x="${x.toFixed(1)}" y="${HEIGHT - height}" width="${width.toFixed(1)}" height="${height}"/>`;
  });
  return `<svg class="timeline" viewBox="0 0 ${SPAN_MINUTES} ${HEIGHT}" role="img" aria-label="States over the last 24 hours; the changes are listed below" preserveAspectRatio="none">${bars.join('')}</svg>`;
}

function transitionList({ transitions }: NodeSnapshot, ages: Ages): string {
  if (transitions.length === 0) return '<p class="note">Its state has not changed since.</p>';
  const items = transitions
    .slice(-LISTED)
    .reverse()
    .map(
      ({ from, to, at, why }) =>
        `<li>${when(at.wallMs, ages)}: ${text(from)} to <b class="${toneOfState(to)}">${text(to)}</b>, ${text(why)}</li>`,
    );
  const older = transitions.length - items.length;
  const rest = older > 0 ? `<li>and ${older} before</li>` : '';
  return `<ul class="log">${items.join('')}${rest}</ul>`;
}
