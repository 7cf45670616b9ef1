import type { Snapshot, SourceSnapshot } from '../../core/index.ts';
import type { SelfCheck } from '../routes/self-check.ts';
import { cardHtml } from './card.ts';
import { toneOf, worstFirst } from './concern.ts';
import { filterHtml, isChosen, type Choice } from './filter.ts';
import { gatewaysHtml } from './gateway-view.ts';
import { headlineHtml, headlineOf, noticesHtml } from './headline.ts';
import { type Ages, agesAt, icon, moment, text } from './markup.ts';

/** With more cards than these, a card leads to its details: the page is fetched every second. */
const DETAILED = 50;

const LINKS: readonly (readonly [path: string, meaning: string])[] = [
  ['metrics', 'for Prometheus, text or OpenMetrics'],
  ['livez?verbose', 'would a restart of a node host help? 503 if so'],
  ['readyz?verbose', 'is every local node host attached and usable?'],
  ['api/v1/nodes', 'everything that is known, as JSON'],
  ['runbooks', 'what to do about each alert'],
  ['sd', 'the node hosts, for Prometheus’ service discovery'],
  ['-/healthy', 'does this exporter work?'],
  ['-/ready', 'has it made its first verdicts?'],
];

const TITLE = 'OpenClaw node hosts';

export interface PageOptions {
  readonly snapshot: Snapshot;
  /** Of the exporter. */
  readonly version: string;
  readonly choice: Choice;
  readonly health: SelfCheck;
}

/**
 * The whole page of one moment. It says all there is without its script; with it, it is fetched again every second. Every
 * address in it is relative, so that it works wherever a proxy puts it.
 */
export function pageHtml({ snapshot, version, choice, health }: PageOptions): string {
  const { at, nodes } = snapshot;
  const { words, tone } = headlineOf(snapshot);
  const ages = agesAt(at.wallMs);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${text(words)} · ${TITLE}</title>
<link rel="icon" href="${icon(tone)}"><link rel="stylesheet" href="-/assets/status.css">
<noscript><meta http-equiv="refresh" content="15"></noscript>
<script type="module" src="-/assets/main.js"></script></head>
<body data-version="${text(version)}">
<a class="skip" href="#nodes">To the node hosts</a>
<header><h1>${TITLE}</h1><p class="asof">as of ${moment(at.wallMs)}</p></header>
<main>
${headlineHtml(snapshot, ages)}
${noticesHtml(snapshot, health)}
<section aria-labelledby="nodes-heading"><h2 id="nodes-heading">${nodes.some((node) => node.kind === 'app') ? 'Node hosts and apps' : 'Node hosts'}</h2>
${filterHtml(snapshot, choice)}
${cardsHtml(snapshot, choice)}
</section>
<section aria-labelledby="gateways-heading"><h2 id="gateways-heading">${snapshot.gateways.length > 1 ? 'Gateways' : 'Gateway'}</h2>
${gatewaysHtml(snapshot, ages)}
</section>
<section aria-labelledby="sources-heading"><h2 id="sources-heading">What the exporter sees with</h2>
${sourcesHtml(snapshot.sources, ages)}
</section>
<nav aria-labelledby="pages-heading"><h2 id="pages-heading">Pages</h2>
<ul>${LINKS.map(([path, meaning]) => `<li><a href="${path}">/${path}</a>: ${meaning}</li>`).join('')}</ul></nav>
</main>
<footer><p>openclaw-liveness-exporter ${text(version)}, watching since ${moment(snapshot.observedSince.wallMs)}</p></footer>
<template id="gone" title="No answer from the exporter · ${TITLE}"><div id="headline" class="headline bad"><p class="words" role="status">The exporter does not answer<span class="refusal"></span></p>
<p>Nobody watches the ${nodes.length === 1 ? 'node host' : 'node hosts'} now. What is below was so when it last answered and may be wrong by now. On its machine: <code>openclaw-liveness-exporter check</code> looks without it; its log says why it ended.</p></div></template>
</body></html>
`;
}

function cardsHtml(snapshot: Snapshot, choice: Choice): string {
  const { nodes } = snapshot;
  const shown = worstFirst(nodes.filter((node) => isChosen(node, choice)));
  const cards = shown.map((node, index) => {
    const isOpen = index === 0 && (shown.length === 1 || toneOf(node) === 'bad');
    return cardHtml(node, snapshot, shown.length > DETAILED ? 'linked' : isOpen ? 'open' : 'closed');
  });
  return `<p id="shown" class="note">${shown.length === nodes.length ? '' : `${shown.length} of ${nodes.length} shown`}</p>
<ul id="nodes" class="cards" tabindex="-1">${cards.join('\n')}</ul>`;
}

/** The exporter's own eyes: which see, and why one does not. */
function sourcesHtml(sources: readonly SourceSnapshot[], ages: Ages): string {
  const rows = sources.map(({ source, enabled, up, lastSuccess, lastError, note = '' }) => {
    const blind = (lastSuccess ?? lastError) ? ['bad', 'is blind'] : ['none', 'has not looked yet'];
    const [tone, state] = !enabled ? ['none', 'off'] : up ? ['good', 'sees'] : blind;
    const success = lastSuccess && ages(lastSuccess.wallMs, 'ago');
    const error =
      lastError && `${text(lastError.kind)}, ${ages(lastError.at.wallMs, 'ago')}: ${text(lastError.message)}`;
    return `<tr><th scope="row">${source}</th><td class="${tone}">${state}</td><td>${success ?? 'never'}</td><td>${error ?? 'none'}</td><td>${text(note)}</td></tr>`;
  });
  return `<div id="sources" class="scroll" tabindex="0" role="region" aria-label="The exporter’s sources"><table>
<thead><tr><th scope="col">Source</th><th scope="col">State</th><th scope="col">Last success</th><th scope="col">Last error</th><th scope="col">It says</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>`;
}
