import type { NodeSnapshot, Snapshot } from '../../core/index.ts';
import { nodeDocument, type NodeDocument } from '../../document/nodes-document.ts';
import { recoveryWords } from '../../document/recovery-words.ts';
import { heartbeatWords, lastSeenWords, proofWords, viewpointsOf } from '../../document/viewpoints.ts';
import { runbookLink, toneOf } from './concern.ts';
import { type Ages, agesAt, elementId, paragraphs, phrasesHtml, text, withCommands } from './markup.ts';
import { setbacksHtml, timelineView } from './timeline.ts';

/** The element's id, and with `#` the link to one card. */
export function cardId(node: NodeSnapshot): string {
  return elementId('n', node.key);
}

/**
 * One node host: state, since when, why and what to do; then what each viewpoint says, and how it came to be.
 *
 * @param details `linked`: of so many cards, each leads to its details, and the page stays small
 */
export function cardHtml(
  node: NodeSnapshot,
  snapshot: Snapshot,
  details: 'open' | 'closed' | 'linked',
): string {
  const ages = agesAt(snapshot.at.wallMs);
  const document = nodeDocument(node, snapshot.at);
  const tone = toneOf(node);
  const name = text(node.name);
  const path = text(encodeURIComponent(node.key.toWellFormed()));
  const todo = document.advice && `<b>What to do:</b> ${withCommands(document.advice)}`;
  const done = phrasesHtml(recoveryWords(document), ages);
  const title = `Details<span class="vh"> of ${name}</span>`;
  const more =
    details === 'linked'
      ? `<p class="links"><a href="?q=${path}">${title}</a></p>`
      : `<details${details === 'open' ? ' open data-worst' : ''}><summary>${title}</summary>
<div class="block"><h4>Viewpoints</h4>${viewpointsHtml(document, snapshot, ages)}
<p class="note">Last sign that its event loop runs: ${phrasesHtml(proofWords(document), ages) || 'none seen'}</p></div>
${timelineView(node, snapshot)}
<div class="block"><h4>Closes and refusals</h4>${setbacksHtml(node, ages)}</div>
<p class="links">${runbookLink(node)} <a href="#${cardId(node)}">link to this card</a> <a href="api/v1/nodes/${path}">everything as JSON</a> <a href="livez/${path}?verbose">livez</a></p>
</details>`;
  return `<li id="${cardId(node)}" class="card ${tone}" data-name="${name}" data-state="${node.state}">
<div class="head"><span class="badge ${tone}">${node.state}</span><h3>${name}</h3><span class="for">for ${ages(node.since.wallMs, 'for')}</span></div>
<p class="why">${text(node.why)}</p>
${paragraphs('todo', todo)}${paragraphs('note', done && `<b>Recovery:</b> ${done}`)}<p class="facts">${facts(document, snapshot, ages)}</p>
${more}</li>`;
}

/** Those that say something, side by side; then, in a line, those without a word: `off` where nobody asked for them. */
function viewpointsHtml(document: NodeDocument, { at, sources }: Snapshot, ages: Ages): string {
  const off = new Set<string>(sources.filter(({ enabled }) => !enabled).map(({ source }) => source));
  const viewpoints = viewpointsOf(document, at.wallMs);
  const silent = viewpoints
    .filter(({ isSilent }) => isSilent)
    .map(({ name, gist }) => {
      const source = name === 'Gateway' ? 'gateway-session' : name.toLowerCase();
      return `${name}: ${off.has(source) ? 'off' : gist}`;
    });
  const telling = viewpoints
    .filter(({ isSilent }) => !isSilent)
    .map(({ name, tone, gist, rest }) => {
      const fact = tone === 'bad' ? `<b>${text(gist)}</b>` : text(gist);
      return `<div class="${tone}"><dt>${name}</dt><dd>${fact}${phrasesHtml(rest, ages)}</dd></div>`;
    });
  return `<dl class="viewpoints">${telling.join('')}</dl>\n${paragraphs('note', silent.join(' · '))}`;
}

function facts(document: NodeDocument, { gateways }: Snapshot, ages: Ages): string {
  const { scope, kind, namesakes, gateway, version, platform } = document;
  // With one gateway, every node host is at that.
  const isElsewhere = gateways.length > 1 || gateways.some(({ name }) => name !== gateway);
  return [
    kind === 'app' && 'app',
    namesakes > 0 && `<b>${namesakes + 1} of this name</b>`,
    scope === 'local' ? 'this machine' : 'remote',
    isElsewhere && gateway !== '' && `gateway ${text(gateway)}`,
    version !== null && text(version),
    platform !== null && text(platform),
    phrasesHtml(kind === 'app' ? lastSeenWords(document) : heartbeatWords(document), ages),
  ]
    .filter((fact) => fact !== false)
    .join(' · ');
}
