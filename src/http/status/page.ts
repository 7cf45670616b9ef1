import {
  type Instant,
  NODE_STATES,
  type NodeSnapshot,
  type NodeState,
  type Snapshot,
} from '../../core/index.ts';
import type { Tone } from '../../document/tone.ts';
import { ASSETS_VERSION } from './assets.ts';
import type { StatusBoard } from './board.ts';
import { cardId } from './card.ts';
import { concernOf, worstFirst } from './concern.ts';
import { countsHtml, headlineOf } from './headline.ts';
import { moment, text, withAges } from './markup.ts';
import { withViewBoxes } from './timeline-view.ts';

/** Cards whose details are open from the start: those of the worst, or of the few that there are. */
const OPEN_FAULTS = 3;
const OPEN_ANYWAY = 2;

const LINKS: readonly (readonly [path: string, meaning: string])[] = [
  ['metrics', 'for Prometheus, text or OpenMetrics'],
  ['livez?verbose', 'would a restart of a node host help? 503 if so'],
  ['readyz?verbose', 'is every local node host attached and usable?'],
  ['api/v1/nodes', 'everything that is known, as JSON'],
  ['sd', 'the node hosts, for Prometheus’ service discovery'],
  ['-/healthy', 'does this exporter work?'],
  ['-/ready', 'has it made its first verdicts?'],
];

const ICON_COLOURS: Readonly<Record<Tone, string>> = {
  bad: 'c62828',
  warn: 'b26a00',
  good: '2e7d32',
  none: '777',
};

/** What the address asks to be shown. */
export interface Choice {
  readonly words: string;
  readonly state: NodeState | undefined;
}

/** Reads the address; what is nonsense in it is left out. */
export function choiceOf(query: Readonly<Record<string, unknown>>): Choice {
  const { q, state } = query;
  return {
    words: typeof q === 'string' ? q : '',
    state: NODE_STATES.find((known) => known === state),
  };
}

/** Whether a node host is among those asked for; the page's script asks its card the same. */
function isChosen(card: string, node: NodeSnapshot, { words, state }: Choice): boolean {
  if (state !== undefined && node.state !== state) return false;
  const [, found = ''] = /data-find="([^"]*)"/.exec(card) ?? [];
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => found.includes(text(word)));
}

function icon(tone: Tone): string {
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='4' fill='%23${ICON_COLOURS[tone]}'/%3E%3C/svg%3E`;
}

/** A card as the page begins with it: opened, hidden, and with its ages. */
function firstCard(
  card: string,
  {
    node,
    index,
    total,
    choice,
    at,
  }: {
    readonly node: NodeSnapshot;
    readonly index: number;
    readonly total: number;
    readonly choice: Choice;
    readonly at: Instant;
  },
): string {
  const isOpen = total <= OPEN_ANYWAY || (index < OPEN_FAULTS && concernOf(node).tone === 'bad');
  const opened = isOpen ? card.replace('<details>', '<details open>') : card;
  const shown = isChosen(card, node, choice) ? opened : opened.replace('<li ', '<li hidden ');
  return withViewBoxes(withAges(shown, at), at.wallMs);
}

/**
 * The whole page of one moment, piece by piece, so that others may do something between two of them; some are empty. It
 * says all there is without its script; with it, it goes on from the version of the board that it carries. Every address
 * in it is relative, so that it works wherever a proxy puts it.
 */
export function* pagePieces(
  board: StatusBoard,
  {
    snapshot,
    version,
    choice,
  }: { readonly snapshot: Snapshot; readonly version: string; readonly choice: Choice },
): Generator<string, void, undefined> {
  const renewing = board.renew(snapshot);
  while (renewing.next().done !== true) yield '';
  const { at, nodes } = snapshot;
  const { words, tone } = headlineOf(snapshot);
  const ordered = worstFirst(nodes);
  const shown = nodes.filter((node) => isChosen(board.card(cardId(node)), node, choice)).length;
  // What changes while the cards are written is sent again: its version is above this one.
  yield withAges(
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${text(words)} · OpenClaw node hosts</title>
<link rel="icon" href="${icon(tone)}"><link rel="stylesheet" href="-/assets/status.css?${ASSETS_VERSION}">
<noscript><meta http-equiv="refresh" content="15"></noscript>
<script type="module" src="-/assets/main.js"></script></head>
<body data-since="${board.run}.${board.version}" data-at="${at.wallMs}" data-assets="${ASSETS_VERSION}">
<a class="skip" href="#nodes">To the node hosts</a>
<header><h1>OpenClaw node hosts</h1><p id="live" class="live" aria-live="polite">as of ${moment(at.wallMs)}</p></header>
<main>
${board.part('headline')}
${board.part('notices')}
<section aria-labelledby="nodes-heading"><h2 id="nodes-heading">Node hosts</h2>
<form id="filter" role="search" method="get" action="./">
<label for="q">Find</label><input id="q" type="search" name="q" value="${text(choice.words)}" placeholder="name, state, reason, gateway, version" autocomplete="off" spellcheck="false">
${choice.state === undefined ? board.part('counts') : countsHtml(snapshot, choice.state)}
</form>
<p id="shown" class="note">${shown === nodes.length ? '' : `${shown} of ${nodes.length} shown`}</p>
<ul id="nodes" class="cards" tabindex="-1">`,
    at,
  );
  for (const [index, node] of ordered.entries()) {
    yield firstCard(board.card(cardId(node)), { node, index, total: nodes.length, choice, at });
  }
  yield withAges(
    `</ul>
</section>
<section aria-labelledby="gateways-heading"><h2 id="gateways-heading">${snapshot.gateways.length > 1 ? 'Gateways' : 'Gateway'}</h2>
<ul id="gateways" class="cards">${board.gateways.join('')}</ul>
</section>
<section aria-labelledby="sources-heading"><h2 id="sources-heading">What the exporter sees with</h2>
${board.part('sources')}
</section>
<nav aria-labelledby="pages-heading"><h2 id="pages-heading">Pages</h2>
<ul>${LINKS.map(([path, meaning]) => `<li><a href="${path}">/${path}</a>: ${meaning}</li>`).join('')}</ul></nav>
</main>
<footer><p>openclaw-liveness-exporter ${text(version)}, watching since ${moment(snapshot.observedSince.wallMs)}</p></footer>
<div id="said" class="vh" role="status" aria-live="polite"></div>
</body></html>
`,
    at,
  );
}
