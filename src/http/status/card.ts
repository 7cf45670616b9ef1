import type { NodeSnapshot, Snapshot } from '../../core/index.ts';
import { nodeDocument, type NodeDocument } from '../../document/nodes-document.ts';
import {
  heartbeatWords,
  lastSeenWords,
  proofWords,
  viewpointsOf,
  type Viewpoint,
} from '../../document/viewpoints.ts';
import { recoveryWords } from '../../document/recovery-words.ts';
import { runbookLink, toneOf } from './concern.ts';
import { type Ages, elementId, phrasesHtml, text, textWithCommands, when } from './markup.ts';
import { timelineView } from './timeline.ts';

/** What the cards need besides their node host. */
export interface CardContext {
  readonly snapshot: Snapshot;
  readonly ages: Ages;
  /** `linked`: of so many cards, each leads to its details, and the page stays small. */
  readonly details: 'open' | 'closed' | 'linked';
}

/** The element's id, and with `#` the link to one card. */
export function cardId(node: NodeSnapshot): string {
  return elementId('n', node.key);
}

/** One node host: state, since when, why and what to do; then what each viewpoint says, and how it came to be. */
export function cardHtml(node: NodeSnapshot, context: CardContext): string {
  const { snapshot, ages } = context;
  const document = nodeDocument(node, snapshot.at);
  const tone = toneOf(node);
  const name = text(node.name);
  const advice =
    document.advice === ''
      ? ''
      : `<p class="todo"><b>What to do:</b> ${textWithCommands(document.advice)}</p>`;
  const done = phrasesHtml(recoveryWords(document), ages);
  const recovery = done === '' ? '' : `<p class="note"><b>Recovery:</b> ${done}</p>`;
  return `<li id="${cardId(node)}" class="card ${tone}" data-name="${name}" data-state="${node.state}">
<div class="head"><span class="badge ${tone}">${text(node.state)}</span><h3>${name}</h3><span class="for">for ${ages(node.since.wallMs, 'for')}</span></div>
<p class="why">${text(node.why)}</p>
${advice}${recovery}<p class="facts">${facts(document, context)}</p>
${detailsHtml(node, document, context)}</li>`;
}

function detailsHtml(node: NodeSnapshot, document: NodeDocument, context: CardContext): string {
  const { snapshot, ages, details } = context;
  const name = `<span class="vh"> of ${text(node.name)}</span>`;
  const path = text(encodeURIComponent(node.key.toWellFormed()));
  if (details === 'linked') return `<p class="links"><a href="?q=${path}">Details${name}</a></p>`;
  const viewpoints = viewpointsOf(document, snapshot.at.wallMs);
  const telling = viewpoints.filter(({ isSilent }) => !isSilent);
  const silent = viewpoints.filter(({ isSilent }) => isSilent);
  return `<details${details === 'open' ? ' open data-worst' : ''}><summary>Details${name}</summary>
<div class="block"><h4>Viewpoints</h4><dl class="viewpoints">${telling.map((each) => viewpointHtml(each, ages)).join('')}</dl>
${silence(silent, snapshot)}
<p class="note">Last sign that its event loop runs: ${phrasesHtml(proofWords(document), ages) || 'none seen'}</p></div>
${timelineView(node, { nowMs: snapshot.at.wallMs, observedSinceMs: snapshot.observedSince.wallMs })}
<div class="block"><h4>Closes and refusals</h4>${setbacksHtml(node, ages)}</div>
<p class="links">${runbookLink(node)} <a href="#${cardId(node)}">link to this card</a> <a href="api/v1/nodes/${path}">everything as JSON</a> <a href="livez/${path}?verbose">livez</a></p>
</details>`;
}

function viewpointHtml({ name, tone, gist, rest }: Viewpoint, ages: Ages): string {
  const fact = tone === 'bad' ? `<b>${text(gist)}</b>` : text(gist);
  return `<div class="${tone}"><dt>${name}</dt><dd>${fact}${phrasesHtml(rest, ages)}</dd></div>`;
}

/** Viewpoints without a word: `off` where nobody asked for them. */
function silence(silent: readonly Viewpoint[], { sources }: Snapshot): string {
  if (silent.length === 0) return '';
  const off = new Set(sources.flatMap(({ source, enabled }) => (enabled ? [] : [source as string])));
  const words = silent.map(({ name }) => {
    const source = name === 'Gateway' ? 'gateway-session' : name.toLowerCase();
    return `${name}: ${off.has(source) ? 'off' : 'says nothing'}`;
  });
  return `<p class="note">${words.join(' · ')}</p>`;
}

/** The last closes and refusals, newest first, and how many there were. */
function setbacksHtml({ scope, setbacks, counters }: NodeSnapshot, ages: Ages): string {
  if (scope === 'remote') return '<p class="note">They are in its log, on its own machine.</p>';
  if (setbacks === undefined) return '<p class="note">Not known: its log was not read.</p>';
  const items = setbacks.toReversed().map((setback) => {
    const at = setback.wallMs === undefined ? 'some time ago' : when(setback.wallMs, ages);
    const what = setback.kind === 'close' ? `closed with ${setback.code}` : 'refused';
    return `<li>${at}: ${what}${setback.reason === '' ? '' : `, ${text(setback.reason)}`}</li>`;
  });
  const list =
    items.length === 0
      ? '<p class="note">Its log tells of none.</p>'
      : `<ul class="log">${items.join('')}</ul>`;
  const counted = Object.entries({ ...counters.closes, ...counters.authFailures })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${text(what)} × ${count}`);
  return counted.length === 0 ? list : `${list}<p class="note">Counted so far: ${counted.join(', ')}.</p>`;
}

function facts(document: NodeDocument, { snapshot: { gateways }, ages }: CardContext): string {
  const { scope, kind, namesakes, gateway, version, platform } = document;
  // With one gateway, every node host is at that.
  const isElsewhere = gateways.length > 1 || gateways.some(({ name }) => name !== gateway);
  return [
    ...(kind === 'app' ? ['app'] : []),
    ...(namesakes === 0 ? [] : [`<b>${namesakes + 1} of this name</b>`]),
    scope === 'local' ? 'this machine' : 'remote',
    ...(isElsewhere && gateway !== '' ? [`gateway ${text(gateway)}`] : []),
    ...(version === null ? [] : [text(version)]),
    ...(platform === null ? [] : [text(platform)]),
    phrasesHtml(kind === 'app' ? lastSeenWords(document) : heartbeatWords(document), ages),
  ].join(' · ');
}
