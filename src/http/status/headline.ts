import { adviceOf, type GatewaySnapshot, type NodeSnapshot, type Snapshot } from '../../core/index.ts';
import { nounOf } from '../../document/noun.ts';
import { NO_NODE_HOST_HERE } from '../../document/no-node-host.ts';
import type { Tone } from '../../document/tone.ts';
import type { SelfCheck } from '../routes/self-check.ts';
import { cardId } from './card.ts';
import { runbookLink, toneOf, worstFirst } from './concern.ts';
import { type Ages, text, textWithCommands } from './markup.ts';

/** The one thing to know first. */
export interface Headline {
  readonly tone: Tone;
  /** Plain text, for the title of the window too. */
  readonly words: string;
}

/** The gateways that nobody gets through to. */
function sickGateways({ gateways }: Snapshot): readonly GatewaySnapshot[] {
  return gateways.filter((gateway) => toneOf(gateway) === 'bad');
}

/** The node hosts that the headline is about. An outage of a gateway is one thing, not one for each of its node hosts. */
function troubledNodes(snapshot: Snapshot): readonly NodeSnapshot[] {
  const of = (tone: Tone): readonly NodeSnapshot[] =>
    worstFirst(snapshot.nodes.filter((node) => toneOf(node) === tone));
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
    const words = sentence(nodes.map(troubleOf), { total, things: many });
    return { tone: toneOf(worst), words };
  }
  const sick = sickGateways(snapshot);
  if (sick.length > 0) {
    const count = snapshot.gateways.length;
    const troubles = sick.map(({ name, health }) => ({
      subject: count === 1 ? 'The gateway' : `Gateway ${name}`,
      is: health,
    }));
    return { tone: 'bad', words: sentence(troubles, { total: count, things: 'gateways' }) };
  }
  if (total === 0) {
    const where = snapshot.noNodeHostHere === true ? 'on this machine' : 'yet';
    return { tone: 'none', words: `No node host was found ${where}` };
  }
  return { tone: 'good', words: total === 1 ? `The ${one} is well` : `All ${total} ${many} are well` };
}

/** What is wrong with one of them: it `is` down, or a zombie. */
interface Trouble {
  readonly subject: string;
  readonly is: string;
}

function sentence(
  troubles: readonly Trouble[],
  { total, things }: { readonly total: number; readonly things: string },
): string {
  const [only, ...others] = troubles;
  if (only === undefined) return '';
  if (others.length === 0) return `${only.subject} is ${only.is}`;
  const all =
    troubles.length === total ? `All ${total} ${things}` : `${troubles.length} of ${total} ${things}`;
  const kinds = Map.groupBy(troubles, ({ is }) => is);
  if (kinds.size === 1) return `${all} are ${counted(only.is, 2)}`;
  const counts = [...kinds].map(([is, { length }]) => `${length} ${counted(is, length)}`);
  return `${all} need attention: ${counts.join(', ')}`;
}

/** `a zombie` is `1 zombie` and `2 zombies`; what is no noun has no plural. */
function counted(is: string, count: number): string {
  return is.startsWith('a ') ? `${is.slice(2)}${count === 1 ? '' : 's'}` : is;
}

function troubleOf({ name: subject, state, reasons }: NodeSnapshot): Trouble {
  if (reasons.includes('awaiting-approval')) return { subject, is: 'waiting for approval' };
  if (state === 'zombie') return { subject, is: 'a zombie' };
  if (state === 'gateway-down') return { subject, is: 'without a gateway' };
  return { subject, is: state === 'unknown' ? 'in an unknown state' : state };
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
    return `<li>${cardLink(node)} <span class="state">${state}</span> for ${ages(since.wallMs, 'for')}${todo} ${runbookLink(node)}</li>`;
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
    .map((gateway) => `<li>${gatewayDetail(gateway, snapshot)} ${runbookLink(gateway)}</li>`);
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
