import {
  adviceOf,
  type GatewaySnapshot,
  NODE_KINDS,
  type NodeKind,
  type NodeSnapshot,
  type NodeState,
  type Snapshot,
} from '../../core/index.ts';
import { nounOf } from '../../document/noun.ts';
import { NO_NODE_HOST_HERE } from '../../document/no-node-host.ts';
import type { Tone } from '../../document/tone.ts';
import { cardId } from './card.ts';
import { concernOf, STATES_WORST_FIRST, toneOfState, worstFirst } from './concern.ts';
import { sickGateways } from './gateway-view.ts';
import type { SelfCheck } from '../routes/self-check.ts';
import type { Choice } from './choice.ts';
import { type Ages, text, textWithCommands } from './markup.ts';
import { gatewayRunbook, nodeRunbook } from './runbook-of.ts';

/** The one thing to know first. */
export interface Headline {
  readonly tone: Tone;
  /** Plain text, for the title of the window too. */
  readonly words: string;
}

/** The node hosts that the headline is about. An outage of a gateway is one thing, not one for each of its node hosts. */
function troubledNodes(snapshot: Snapshot): readonly NodeSnapshot[] {
  const of = (tone: Tone): readonly NodeSnapshot[] =>
    worstFirst(snapshot.nodes.filter((node) => concernOf(node).tone === tone));
  const faults = of('bad');
  return faults.length > 0 || sickGateways(snapshot).length > 0 ? faults : of('warn');
}

/** What is worst, in a few words. */
export function headlineOf(snapshot: Snapshot): Headline {
  const nodes = troubledNodes(snapshot);
  const [worst] = nodes;
  const total = snapshot.nodes.length;
  const { one, many } = nounOf(snapshot.nodes);
  if (worst !== undefined) {
    const words = sentence(nodes.map(saidOfNode), { total, things: many });
    return { tone: concernOf(worst).tone, words };
  }
  const sick = sickGateways(snapshot);
  if (sick.length > 0) {
    const count = snapshot.gateways.length;
    const said = sick.map(({ name, health }) => ({
      subject: count === 1 ? 'The gateway' : `Gateway ${name}`,
      alone: health,
    }));
    return { tone: 'bad', words: sentence(said, { total: count, things: 'gateways' }) };
  }
  if (total === 0) {
    const where = snapshot.noNodeHostHere === true ? 'on this machine' : 'yet';
    return { tone: 'none', words: `No node host was found ${where}` };
  }
  return { tone: 'good', words: total === 1 ? `The ${one} is well` : `All ${total} ${many} are well` };
}

/** What is wrong with a thing, said of it alone, and of one or several by their number where that is different. */
interface Said {
  readonly subject: string;
  readonly alone: string;
  readonly one?: string;
  readonly many?: string;
}

function sentence(
  said: readonly Said[],
  { total, things }: { readonly total: number; readonly things: string },
): string {
  const [only, ...others] = said;
  if (only === undefined) return '';
  if (others.length === 0) return `${only.subject} is ${only.alone}`;
  const subject = said.length === total ? `All ${total} ${things}` : `${said.length} of ${total} ${things}`;
  const kinds = Map.groupBy(said, ({ alone, many = alone }) => many);
  if (kinds.size === 1) return `${subject} are ${only.many ?? only.alone}`;
  const counts = [...kinds].map(([many, { length, 0: first }]) =>
    length === 1 ? `1 ${first?.one ?? many}` : `${length} ${many}`,
  );
  return `${subject} need attention: ${counts.join(', ')}`;
}

function saidOfNode({ name: subject, state, reasons }: NodeSnapshot): Said {
  if (reasons.includes('awaiting-approval')) return { subject, alone: 'waiting for approval' };
  if (state === 'zombie') return { subject, alone: 'a zombie', one: 'zombie', many: 'zombies' };
  if (state === 'gateway-down') return { subject, alone: 'without a gateway' };
  return { subject, alone: state === 'unknown' ? 'in an unknown state' : state };
}

/** Faults that get a line of their own; of the others there is the name. */
const LISTED = 12;
const NAMED = 50;

/** The headline, then each that is in trouble: since when, what to do, and where to read more. */
export function headlineHtml(snapshot: Snapshot, ages: Ages): string {
  const { tone, words } = headlineOf(snapshot);
  const lines = [...gatewayLines(snapshot), ...nodeLines(snapshot, ages)];
  const list = lines.length === 0 ? '' : `<ul class="first">${lines.join('')}</ul>`;
  return `<div id="headline" class="headline ${tone}"><p class="words" role="status">${text(words)}</p>${list}</div>`;
}

function nodeLines(snapshot: Snapshot, ages: Ages): readonly string[] {
  const nodes = troubledNodes(snapshot);
  const lines = nodes.slice(0, LISTED).map((node) => {
    const { state, since, remedy } = node;
    const advice = adviceOf(remedy);
    const todo = advice === '' ? '' : `: ${textWithCommands(advice)}`;
    return `<li>${cardLink(node)} <span class="state">${state}</span> for ${ages(since.wallMs, 'for')}${todo} ${nodeRunbook(node)}</li>`;
  });
  const others = nodes.slice(LISTED);
  if (others.length === 0) return lines;
  const rest = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  return [...lines, `<li>Also: ${others.slice(0, NAMED).map(cardLink).join(', ')}${rest}</li>`];
}

/** Also from where its card is filtered out. */
function cardLink(node: NodeSnapshot): string {
  return `<a href="./#${cardId(node)}">${text(node.name)}</a>`;
}

function gatewayLines(snapshot: Snapshot): readonly string[] {
  return sickGateways(snapshot)
    .slice(0, LISTED)
    .map((gateway) => `<li>${gatewayDetail(gateway, snapshot)} ${gatewayRunbook(gateway.health)}</li>`);
}

function gatewayDetail({ name, why }: GatewaySnapshot, { gateways, nodes }: Snapshot): string {
  const isOnly = gateways.length === 1;
  const waiting = nodes.filter(
    ({ state, gateway }) => state === 'gateway-down' && (isOnly || gateway === name),
  );
  const which = isOnly ? '' : `${text(name)}: `;
  return `${which}${text(why)}. ${waiting.length} of ${nodes.length} ${nounOf(nodes).many} wait for it; restarting them would not help.`;
}

/** What is to be said before the cards: the exporter's doubt in itself, and what it does not show. */
export function noticesHtml({ doubt, nodesUnwatched, noNodeHostHere }: Snapshot, health: SelfCheck): string {
  const notices = [
    !health.ok &&
      `The exporter makes no verdicts at the moment (${text(health.why)}): what is below may be wrong by now.`,
    doubt !== undefined && `The exporter waits before it reports a fault: ${text(doubt)}.`,
    nodesUnwatched > 0 &&
      `${nodesUnwatched} ${nodesUnwatched === 1 ? 'node is' : 'nodes are'} not watched: there are more than <code>limits.max_nodes</code>.`,
  ].flatMap((words) => (words === false ? [] : [`<p class="notice">${words}</p>`]));
  // A machine that only watches a gateway is nothing to worry about.
  if (noNodeHostHere === true) notices.push(`<p class="notice quiet">${text(NO_NODE_HOST_HERE)}</p>`);
  return `<div id="notices">${notices.join('')}</div>`;
}

/** How many nodes are in each state, of the kind that was asked for; each leads to those. */
export function countsHtml({ nodes }: Snapshot, choice: Choice): string {
  const { state: chosen, kind } = choice;
  const counted = kind === undefined ? nodes : nodes.filter((node) => node.kind === kind);
  const link = (state: NodeState | undefined, count: number): string => {
    const tone = state === undefined ? '' : ` class="${toneOfState(state)}"`;
    const current = state === chosen ? ' aria-current="true"' : '';
    return `<li><a href="${address({ ...choice, state })}"${tone}${current}>${state ?? 'all'} <b>${count}</b></a></li>`;
  };
  const byState = Map.groupBy(counted, ({ state }) => state);
  const states = STATES_WORST_FIRST.filter((state) => byState.has(state) || state === chosen);
  return `<ul id="counts" class="counts">${link(undefined, counted.length)}${states.map((state) => link(state, byState.get(state)?.length ?? 0)).join('')}</ul>`;
}

const KINDS: Readonly<Record<NodeKind, string>> = { 'node-host': 'node hosts', app: 'apps' };

/** How many are of each kind; each leads to those. Where there are no apps, nobody asks. */
export function kindsHtml({ nodes }: Snapshot, choice: Choice): string {
  const { kind: chosen } = choice;
  const byKind = Map.groupBy(nodes, ({ kind }) => kind);
  if (!byKind.has('app') && chosen === undefined) return '';
  const link = (kind: NodeKind | undefined, count: number): string => {
    const current = kind === chosen ? ' aria-current="true"' : '';
    return `<li><a href="${address({ ...choice, kind })}"${current}>${kind === undefined ? 'every kind' : KINDS[kind]} <b>${count}</b></a></li>`;
  };
  return `<ul id="kinds" class="counts">${link(undefined, nodes.length)}${NODE_KINDS.map((kind) => link(kind, byKind.get(kind)?.length ?? 0)).join('')}</ul>`;
}

function address({ words, state, kind }: Choice): string {
  const query = new URLSearchParams({
    ...(words !== '' && { q: words }),
    ...(state !== undefined && { state }),
    ...(kind !== undefined && { kind }),
  });
  return `?${text(query.toString())}`;
}
