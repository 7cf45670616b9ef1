import type { NodeSnapshot, NodeState, Snapshot } from '../../core/index.ts';
import { cardId } from './card.ts';
import { concernOf, STATES_WORST_FIRST, toneOfState, worstFirst, type Tone } from './concern.ts';
import { age, text, textWithCommands } from './markup.ts';

/** The one thing to know first. */
export interface Headline {
  readonly tone: Tone;
  /** Plain text, for the title of the window too. */
  readonly words: string;
}

/** What is worst, in a few words. */
export function headlineOf({ nodes, gateway }: Snapshot): Headline {
  const total = nodes.length;
  if (total === 0) return { tone: 'none', words: 'No node host was found yet' };
  const faults = nodes.filter((node) => concernOf(node).tone === 'bad');
  const doubts = nodes.filter((node) => concernOf(node).tone === 'warn');
  if (faults.length > 0) {
    return { tone: 'bad', words: sentence(faults, total) };
  }
  if (gateway.health === 'down' || gateway.health === 'deaf') {
    return { tone: 'bad', words: `The gateway is ${gateway.health}` };
  }
  if (doubts.length > 0) {
    return { tone: 'warn', words: sentence(doubts, total) };
  }
  return { tone: 'good', words: total === 1 ? 'The node host is well' : `All ${total} node hosts are well` };
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

/** The headline, and where there is something to do, where and what. */
export function headlineHtml(snapshot: Snapshot): string {
  const { tone, words: headline } = headlineOf(snapshot);
  const [worst] = worstFirst(snapshot.nodes);
  const isGateway = headline.startsWith('The gateway is');
  const todo =
    worst === undefined || worst.advice === '' || isGateway
      ? ''
      : `<p class="first"><a href="#${cardId(worst)}">${text(worst.name)}</a> for ${age(worst.since.wallMs, 'for')}: ${textWithCommands(worst.advice)}</p>`;
  const waiting = snapshot.nodes.filter(({ state }) => state === 'gateway-down').length;
  const gateway = isGateway
    ? `<p class="first">${text(snapshot.gateway.why)}. ${waiting} of ${snapshot.nodes.length} node hosts wait for it; restarting them would not help.</p>`
    : '';
  return `<div id="headline" class="headline ${tone}"><p class="words">${text(headline)}</p>${gateway}${todo}</div>`;
}

/** What is to be said before the cards: the exporter's doubt in itself, and what it does not show. */
export function noticesHtml({ doubt, nodesDropped }: Snapshot): string {
  const notices = [
    ...(doubt === undefined
      ? []
      : [`The exporter doubts itself and waits before it accuses: ${text(doubt)}.`]),
    ...(nodesDropped === 0
      ? []
      : [`${nodesDropped} node hosts are not watched: there are more than <code>limits.max_nodes</code>.`]),
  ];
  return `<div id="notices">${notices.map((notice) => `<p class="notice">${notice}</p>`).join('')}</div>`;
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
