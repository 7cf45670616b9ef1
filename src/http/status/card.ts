import { createHash } from 'node:crypto';
import type { Instant, NodeSnapshot } from '../../core/index.ts';
import { concernOf } from './concern.ts';
import { age, hiddenText, text, textWithCommands } from './markup.ts';
import { setbacksView } from './setbacks-view.ts';
import { timelineView } from './timeline-view.ts';
import { viewpointsOf } from './viewpoints.ts';

/** What the cards need besides their node host. */
export interface CardContext {
  readonly at: Instant;
  readonly observedSince: Instant;
}

/** The element's id, and with `#` the link to one card: short, and of harmless characters whatever the key is. */
export function cardId(node: NodeSnapshot): string {
  return `n-${createHash('sha256').update(node.key.toWellFormed()).digest('hex').slice(0, 12)}`;
}

/** Text that a filter looks in. */
function findable({ name, key, nodeId, state, scope, version, platform, reasons }: NodeSnapshot): string {
  return [name, key, nodeId, state, scope, version, platform, ...reasons]
    .filter((word) => word !== undefined)
    .join(' ')
    .toLowerCase();
}

/**
 * What of a card must be told at once when it changes; the rest may wait a few seconds. A number in the sentence that
 * says why is a duration that grows with every look.
 */
export function cardNews(node: NodeSnapshot): string {
  const { name, state, since, why, advice, live, ready, transitions } = node;
  return JSON.stringify([
    name,
    state,
    since.wallMs,
    why.replace(/\d+/g, ''),
    advice,
    live,
    ready,
    transitions.length,
  ]);
}

/** One node host: state, since when, why and what to do; then what each viewpoint says, and how it came to be. */
export function cardHtml(node: NodeSnapshot, { at, observedSince }: CardContext): string {
  const { tone, rank } = concernOf(node);
  const name = text(node.name);
  const id = cardId(node);
  // Always there, if empty: news that put it in must not move what comes after it, which may have the focus.
  const advice = node.advice === '' ? '' : `<b>What to do:</b> ${textWithCommands(node.advice)}`;
  const path = text(encodeURIComponent(node.key.toWellFormed()));
  return `<li id="${id}" class="card ${tone}" data-rank="${rank}" data-name="${name}" data-state="${node.state}" data-find="${text(findable(node))}">
<div class="head"><span class="badge ${tone}">${text(node.state)}</span><h3>${name}</h3><span class="for">for ${age(node.since.wallMs, 'for')}</span></div>
<p class="why">${text(node.why)}</p>
<p class="todo">${advice}</p>
<p class="facts">${facts(node)}</p>
<details><summary>Details${hiddenText(` of ${name}`)}</summary>
<div class="block"><h4>Viewpoints</h4><dl class="viewpoints">${viewpointsOf(node, at)
    .map(
      (viewpoint) =>
        `<div class="${viewpoint.tone}"><dt>${viewpoint.name}</dt><dd>${viewpoint.html}</dd></div>`,
    )
    .join('')}</dl></div>
${timelineView(node, { nowMs: at.wallMs, observedSinceMs: observedSince.wallMs })}
${setbacksView(node)}
<p class="links"><a href="#${id}">link to this card</a> <a href="api/v1/nodes/${path}">everything as JSON</a> <a href="livez/${path}?verbose">livez</a></p>
</details></li>`;
}

function facts(node: NodeSnapshot): string {
  const { scope, version, platform, heartbeat } = node;
  return [
    scope === 'local' ? 'this machine' : 'remote',
    ...(version === undefined ? [] : [text(version)]),
    ...(platform === undefined ? [] : [text(platform)]),
    heartbeat === undefined ? 'no proof of life seen yet' : `proof of life ${age(heartbeat.wallMs, 'ago')}`,
  ].join(' · ');
}
