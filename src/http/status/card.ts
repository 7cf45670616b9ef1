import type { NodeSnapshot, Snapshot } from '../../core/index.ts';
import { nodeDocument, type NodeDocument } from '../../document/nodes-document.ts';
import { heartbeatWords, proofWords, viewpointsOf, type Viewpoint } from '../../document/viewpoints.ts';
import { concernOf } from './concern.ts';
import { age, elementId, hiddenText, phrasesHtml, text, textWithCommands } from './markup.ts';
import { setbacksView } from './setbacks-view.ts';
import { timelineView } from './timeline-view.ts';

/** What the cards need besides their node host. */
export type CardContext = Pick<Snapshot, 'at' | 'observedSince' | 'gateways'>;

/** The element's id, and with `#` the link to one card. */
export function cardId(node: NodeSnapshot): string {
  return elementId('n', node.key);
}

/** Text that a filter looks in. */
function findable(node: NodeSnapshot): string {
  const { name, key, nodeId, gateway, state, scope, version, platform, reasons } = node;
  return [name, key, nodeId, gateway, state, scope, version, platform, ...reasons]
    .filter((word) => word !== undefined)
    .join(' ')
    .toLowerCase();
}

/**
 * What of a card must be told at once when it changes; the rest may wait a few seconds. A number in the sentence that
 * says why is a duration that grows with every look.
 */
export function cardNews(node: NodeSnapshot): string {
  const { name, state, since, why, remedy, live, ready, transitions } = node;
  return JSON.stringify([
    name,
    state,
    since.wallMs,
    why.replace(/\d+/g, ''),
    remedy,
    live,
    ready,
    transitions.length,
  ]);
}

/** One node host: state, since when, why and what to do; then what each viewpoint says, and how it came to be. */
export function cardHtml(node: NodeSnapshot, { at, observedSince, gateways }: CardContext): string {
  const document = nodeDocument(node, at);
  const { tone, rank } = concernOf(node);
  const name = text(node.name);
  const id = cardId(node);
  // Always there, if empty: news that put it in must not move what comes after it, which may have the focus.
  const advice = document.advice === '' ? '' : `<b>What to do:</b> ${textWithCommands(document.advice)}`;
  const path = text(encodeURIComponent(node.key.toWellFormed()));
  return `<li id="${id}" class="card ${tone}" data-rank="${rank}" data-name="${name}" data-state="${node.state}" data-find="${text(findable(node))}">
<div class="head"><span class="badge ${tone}">${text(node.state)}</span><h3>${name}</h3><span class="for">for ${age(node.since.wallMs, 'for')}</span></div>
<p class="why">${text(node.why)}</p>
<p class="todo">${advice}</p>
<p class="facts">${facts(document, gateways)}</p>
<details><summary>Details${hiddenText(` of ${name}`)}</summary>
<div class="block"><h4>Viewpoints</h4><dl class="viewpoints">${viewpointsOf(document, at.wallMs).map(viewpointHtml).join('')}</dl>
<p class="note">Proof of life: ${phrasesHtml(proofWords(document)) || 'none seen'}</p></div>
${timelineView(node, { nowMs: at.wallMs, observedSinceMs: observedSince.wallMs })}
${setbacksView(node)}
<p class="links"><a href="#${id}">link to this card</a> <a href="api/v1/nodes/${path}">everything as JSON</a> <a href="livez/${path}?verbose">livez</a></p>
</details></li>`;
}

function viewpointHtml({ name, tone, gist, rest }: Viewpoint): string {
  const fact = tone === 'bad' ? phrasesHtml([{ strong: gist }]) : text(gist);
  return `<div class="${tone}"><dt>${name}</dt><dd>${fact}${phrasesHtml(rest)}</dd></div>`;
}

function facts(document: NodeDocument, gateways: Snapshot['gateways']): string {
  const { scope, gateway, version, platform } = document;
  // With one gateway, every node host is at that.
  const isElsewhere = gateways.length > 1 || gateways.some(({ name }) => name !== gateway);
  return [
    scope === 'local' ? 'this machine' : 'remote',
    ...(isElsewhere && gateway !== '' ? [`gateway ${text(gateway)}`] : []),
    ...(version === null ? [] : [text(version)]),
    ...(platform === null ? [] : [text(platform)]),
    phrasesHtml(heartbeatWords(document)),
  ].join(' · ');
}
