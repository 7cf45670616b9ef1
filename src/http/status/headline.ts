import {
  adviceOf,
  type GatewaySnapshot,
  type NodeSnapshot,
  type NodeState,
  type Snapshot,
} from '../../core/index.ts';
import { NO_NODE_HOST_HERE } from '../../document/no-node-host.ts';
import type { Tone } from '../../document/tone.ts';
import { cardId } from './card.ts';
import { concernOf, STATES_WORST_FIRST, toneOfState, worstFirst } from './concern.ts';
import { sickGateways } from './gateway-view.ts';
import { age, text, textWithCommands } from './markup.ts';

/** The one thing to know first. */
export interface Headline {
  readonly tone: Tone;
  /** Plain text, for the title of the window too. */
  readonly words: string;
}

/** What the headline is about. An outage of a gateway is one thing, not one for each of its node hosts. */
type Topic =
  | { readonly about: 'node-hosts'; readonly tone: 'bad' | 'warn'; readonly nodes: readonly NodeSnapshot[] }
  | { readonly about: 'gateways'; readonly gateways: readonly GatewaySnapshot[] }
  | { readonly about: 'nothing' };

function topicOf(snapshot: Snapshot): Topic {
  const { nodes } = snapshot;
  const faults = nodes.filter((node) => concernOf(node).tone === 'bad');
  if (faults.length > 0) return { about: 'node-hosts', tone: 'bad', nodes: faults };
  const gateways = sickGateways(snapshot);
  if (gateways.length > 0) return { about: 'gateways', gateways };
  const doubts = nodes.filter((node) => concernOf(node).tone === 'warn');
  if (doubts.length > 0) return { about: 'node-hosts', tone: 'warn', nodes: doubts };
  return { about: 'nothing' };
}

/** What is worst, in a few words. */
export function headlineOf(snapshot: Snapshot): Headline {
  const topic = topicOf(snapshot);
  const total = snapshot.nodes.length;
  switch (topic.about) {
    case 'node-hosts':
      return { tone: topic.tone, words: sentence(topic.nodes, total) };
    case 'gateways':
      return { tone: 'bad', words: gatewaySentence(topic.gateways, snapshot.gateways.length) };
    case 'nothing':
      if (total > 0)
        return {
          tone: 'good',
          words: total === 1 ? 'The node host is well' : `All ${total} node hosts are well`,
        };
      return {
        tone: 'none',
        words: `No node host was found ${snapshot.noNodeHostHere === true ? 'on this machine' : 'yet'}`,
      };
    default:
      return topic satisfies never;
  }
}

function sentence(nodes: readonly NodeSnapshot[], total: number): string {
  const [only, ...others] = nodes;
  if (only === undefined) return '';
  if (others.length === 0) return `${only.name} is ${predicate(only).alone}`;
  const subject =
    nodes.length === total ? `All ${total} node hosts` : `${nodes.length} of ${total} node hosts`;
  const kinds = Map.groupBy(worstFirst(nodes), (node) => predicate(node).many);
  const [[state] = [''], ...further] = [...kinds];
  if (further.length === 0) return `${subject} are ${state}`;
  const counts = [...kinds.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { one, many } = predicate(first);
    return [`${alike.length} ${alike.length === 1 ? one : many}`];
  });
  return `${subject} need attention: ${counts.join(', ')}`;
}

function gatewaySentence(sick: readonly GatewaySnapshot[], total: number): string {
  const [only, ...others] = sick;
  if (only === undefined) return '';
  if (others.length === 0) return `${total === 1 ? 'The gateway' : `Gateway ${only.name}`} is ${only.health}`;
  const subject = sick.length === total ? `All ${total} gateways` : `${sick.length} of ${total} gateways`;
  const kinds = [...Map.groupBy(sick, ({ health }) => health)];
  return kinds.length === 1
    ? `${subject} are ${only.health}`
    : `${subject} need attention: ${kinds.map(([health, alike]) => `${alike.length} ${health}`).join(', ')}`;
}

/** How a state is said of one node host by its name, and of one or several by their number. */
interface Predicate {
  readonly alone: string;
  readonly one: string;
  readonly many: string;
}

function predicate({ state, reasons }: NodeSnapshot): Predicate {
  const always = (words: string): Predicate => ({ alone: words, one: words, many: words });
  if (reasons.includes('awaiting-approval')) return always('waiting for approval');
  if (state === 'zombie') return { alone: 'a zombie', one: 'zombie', many: 'zombies' };
  if (state === 'gateway-down') return always('without a gateway');
  return always(state === 'unknown' ? 'in an unknown state' : state);
}

/** Gateways of which the headline says more. */
const GATEWAYS_EXPLAINED = 3;

/** The headline, and where there is something to do, where and what. */
export function headlineHtml(snapshot: Snapshot): string {
  const { tone, words } = headlineOf(snapshot);
  return `<div id="headline" class="headline ${tone}"><p class="words">${text(words)}</p>${details(snapshot).join('')}</div>`;
}

function details(snapshot: Snapshot): readonly string[] {
  const topic = topicOf(snapshot);
  switch (topic.about) {
    case 'gateways':
      return topic.gateways
        .slice(0, GATEWAYS_EXPLAINED)
        .map((gateway) => `<p class="first">${gatewayDetail(gateway, snapshot)}</p>`);
    case 'node-hosts': {
      const [worst] = worstFirst(topic.nodes);
      const advice = worst === undefined ? '' : adviceOf(worst.remedy);
      return worst === undefined || advice === ''
        ? []
        : [
            `<p class="first"><a href="#${cardId(worst)}">${text(worst.name)}</a> for ${age(worst.since.wallMs, 'for')}: ${textWithCommands(advice)}</p>`,
          ];
    }
    case 'nothing':
      return [];
    default:
      return topic satisfies never;
  }
}

function gatewayDetail({ name, why }: GatewaySnapshot, { gateways, nodes }: Snapshot): string {
  const isOnly = gateways.length === 1;
  const waiting = nodes.filter(
    ({ state, gateway }) => state === 'gateway-down' && (isOnly || gateway === name),
  );
  const which = isOnly ? '' : `${text(name)}: `;
  return `${which}${text(why)}. ${waiting.length} of ${nodes.length} node hosts wait for it; restarting them would not help.`;
}

/** What is to be said before the cards: the exporter's doubt in itself, and what it does not show. */
export function noticesHtml({ doubt, nodesUnwatched, noNodeHostHere }: Snapshot): string {
  const notices = [
    ...(doubt === undefined
      ? []
      : [`<p class="notice">The exporter doubts itself and waits before it accuses: ${text(doubt)}.</p>`]),
    ...(nodesUnwatched === 0
      ? []
      : [
          `<p class="notice">${nodesUnwatched} ${nodesUnwatched === 1 ? 'node is' : 'nodes are'} not watched: there are more than <code>limits.max_nodes</code>.</p>`,
        ]),
    // A machine that only watches a gateway is nothing to worry about.
    ...(noNodeHostHere === true
      ? [`<p class="notice quiet">${textWithCommands(NO_NODE_HOST_HERE)}</p>`]
      : []),
  ];
  return `<div id="notices">${notices.join('')}</div>`;
}

/** What of the notices must be told at once when it changes. */
export function noticesNews({ doubt, nodesUnwatched, noNodeHostHere }: Snapshot): string {
  return JSON.stringify([doubt, nodesUnwatched, noNodeHostHere]);
}

/** How many node hosts are in each state; each narrows the list down to it. */
export function countsHtml({ nodes }: Snapshot, chosen: NodeState | undefined): string {
  const counts = STATES_WORST_FIRST.map(
    (state) => [state, nodes.filter((node) => node.state === state).length] as const,
  );
  const choices = counts
    .filter(([state, count]) => count > 0 || state === chosen)
    .map(
      ([state, count]) =>
        `<li><button type="submit" name="state" value="${state}" class="${toneOfState(state)}" aria-pressed="${String(state === chosen)}">${state} <b>${count}</b></button></li>`,
    );
  return `<ul id="counts" class="counts"><li><button type="submit" name="state" value="" aria-pressed="${String(chosen === undefined)}">all <b>${nodes.length}</b></button></li>${choices.join('')}</ul>`;
}
