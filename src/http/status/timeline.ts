import { type NodeSnapshot, type NodeState, type Snapshot, TRANSITIONS_KEPT } from '../../core/index.ts';
import { STATES_WORST_FIRST, toneOfState } from './concern.ts';
import { type Ages, agesAt, list, moment, paragraphs, text, when } from './markup.ts';

/** A stretch of time in one state. Times are Unix milliseconds. */
export interface Stretch {
  readonly state: NodeState;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Now, and since when this run of the exporter has watched. */
type Watch = Pick<Snapshot, 'at' | 'observedSince'>;

/** The states of a node host until now, oldest first, without a gap. Before the first nothing is known. */
export function stretchesOf(node: NodeSnapshot, { at: now, observedSince }: Watch): readonly Stretch[] {
  const { transitions } = node;
  const [oldest] = transitions;
  const beginMs = Math.max(observedSince.wallMs, node.counters.since ?? observedSince.wallMs);
  const changes = transitions.map(({ to, at }) => ({ state: to, fromMs: at.wallMs }));
  if (oldest === undefined) changes.push({ state: node.state, fromMs: node.since.wallMs });
  // A ring that is full may have lost what came before.
  else if (transitions.length < TRANSITIONS_KEPT && oldest.at.wallMs > beginMs)
    changes.unshift({ state: oldest.from, fromMs: beginMs });
  return changes.map((change, index) => ({ ...change, toMs: changes[index + 1]?.fromMs ?? now.wallMs }));
}

const MINUTE_MS = 60_000;
/** What the picture spans, in minutes, which are its unit. */
const SPAN_MINUTES = 1_440;
/** A zombie of half a minute must not be thinner than a hair on a phone. */
const LEAST_MINUTES = 6;
const HEIGHT = 10;
/** The worse, the higher: who sees no colours sees that. */
const HEIGHTS = { bad: HEIGHT, warn: 7, good: 4, none: 4, veil: HEIGHT } as const;
const LISTED = 10;

/** The last 24 hours of a node host, as a picture and in words. */
export function timelineView(node: NodeSnapshot, watch: Watch): string {
  const nowMs = watch.at.wallMs;
  const observedSinceMs = watch.observedSince.wallMs;
  const ages = agesAt(nowMs);
  const minuteOf = (ms: number): number => Math.max(0, SPAN_MINUTES - (nowMs - ms) / MINUTE_MS);
  const stretches = stretchesOf(node, watch).filter(({ toMs }) => minuteOf(toMs) > 0);
  const knownSinceMs = stretches[0]?.fromMs ?? nowMs;
  const isRecorded = knownSinceMs < observedSinceMs && minuteOf(observedSinceMs) > 0;
  const notes = paragraphs(
    'note',
    minuteOf(knownSinceMs) > 0 && `Before ${moment(knownSinceMs)} nothing is known.`,
    isRecorded &&
      `What is paler was recorded before this run of the exporter began, ${ages(observedSinceMs, 'ago')}; it may have been off in between.`,
    node.transitions.length === 0 && 'Its state has not changed since.',
  );
  // The worse is drawn over the better, so that a short fault is not covered by its recovery.
  const bars = stretches
    .toSorted((a, b) => STATES_WORST_FIRST.indexOf(b.state) - STATES_WORST_FIRST.indexOf(a.state))
    .map(({ state, fromMs, toMs }) => barHtml(toneOfState(state), minuteOf(fromMs), minuteOf(toMs)));
  const veil = isRecorded ? barHtml('veil', minuteOf(knownSinceMs), minuteOf(observedSinceMs)) : '';
  return `<div class="block"><h4>The last 24 hours</h4>
<svg class="timeline" viewBox="0 0 ${SPAN_MINUTES} ${HEIGHT}" role="img" aria-label="States over the last 24 hours; the changes are listed below" preserveAspectRatio="none">${bars.join('')}${veil}</svg>
<p class="scale" aria-hidden="true"><span>24 h ago</span><span>12 h</span><span>now</span></p>
${notes}${changesHtml(node, ages)}</div>`;
}

function barHtml(kind: keyof typeof HEIGHTS, from: number, to: number): string {
  const x = Math.min(from, SPAN_MINUTES - LEAST_MINUTES);
  const width = Math.max(LEAST_MINUTES, to - from);
  return `<rect class="${kind}" x="${x.toFixed(1)}" y="${HEIGHT - HEIGHTS[kind]}" width="${width.toFixed(1)}" height="${HEIGHTS[kind]}"/>`;
}

function changesHtml({ transitions }: NodeSnapshot, ages: Ages): string {
  const newest = transitions.slice(-LISTED).reverse();
  const items = newest.map(
    ({ from, to, at, why }) =>
      `${when(at.wallMs, ages)}: ${text(from)} to <b class="${toneOfState(to)}">${text(to)}</b>, ${text(why)}`,
  );
  const older = transitions.length - items.length;
  return list('log', [...items, ...(older > 0 ? [`and ${older} before`] : [])]);
}

/** The last closes and refusals, newest first, and how many there were. */
export function setbacksHtml({ scope, setbacks, counters }: NodeSnapshot, ages: Ages): string {
  if (scope === 'remote') return paragraphs('note', 'They are in its log, on its own machine.');
  if (setbacks === undefined) return paragraphs('note', 'Not known: its log was not read.');
  const items = setbacks.toReversed().map((setback) => {
    const at = setback.wallMs === undefined ? 'some time ago' : when(setback.wallMs, ages);
    const what = setback.kind === 'close' ? `closed with ${setback.code}` : 'refused';
    return `${at}: ${what}${setback.reason && `, ${text(setback.reason)}`}`;
  });
  const counts = Object.entries({ ...counters.closes, ...counters.authFailures })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${text(what)} × ${count}`);
  const counted = counts.length > 0 && `Counted so far: ${counts.join(', ')}.`;
  return list('log', items) + paragraphs('note', items.length === 0 && 'Its log tells of none.', counted);
}
