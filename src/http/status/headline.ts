import { adviceOf, type GatewaySnapshot, type NodeSnapshot, type Snapshot } from '../../core/index.ts';
import { nounOf } from '../../document/noun.ts';
import { NO_NODE_HOST_HERE } from '../../document/no-node-host.ts';
import type { Tone } from '../../document/tone.ts';
import type { SelfCheck } from '../routes/self-check.ts';
import { cardId } from './card.ts';
import { runbookLink, toneOf, worstFirst } from './concern.ts';
import { type Ages, list, paragraphs, text, withCommands } from './markup.ts';

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

/** What is worst, in a few words of plain text: for the title of the window, too. */
export function headlineOf(snapshot: Snapshot): { readonly tone: Tone; readonly words: string } {
  const { nodes, gateways } = snapshot;
  const { one, many } = nounOf(nodes);
  const troubled = troubledNodes(snapshot);
  const [worst] = troubled;
  if (worst !== undefined)
    return { tone: toneOf(worst), words: sentence(troubled.map(troubleOf), nodes.length, many) };
  const sick = sickGateways(snapshot).map(({ name, health }): Trouble => [
    gateways.length === 1 ? 'The gateway' : `Gateway ${name}`,
    health,
  ]);
  if (sick.length > 0) return { tone: 'bad', words: sentence(sick, gateways.length, 'gateways') };
  if (nodes.length === 0) {
    const where = snapshot.noNodeHostHere === true ? 'on this machine' : 'yet';
    return { tone: 'none', words: `No node host was found ${where}` };
  }
  const words = nodes.length === 1 ? `The ${one} is well` : `All ${nodes.length} ${many} are well`;
  return { tone: 'good', words };
}

/** Who is what: down, or a zombie. */
type Trouble = readonly [subject: string, complement: string];

function troubleOf({ name, state, reasons }: NodeSnapshot): Trouble {
  if (reasons.includes('awaiting-approval')) return [name, 'waiting for approval'];
  if (state === 'zombie') return [name, 'a zombie'];
  if (state === 'gateway-down') return [name, 'without a gateway'];
  return [name, state === 'unknown' ? 'in an unknown state' : state];
}

function sentence(troubles: readonly Trouble[], total: number, things: string): string {
  const [said = '', ...others] = troubles.map(([subject, complement]) => `${subject} is ${complement}`);
  if (others.length === 0) return said;
  const all =
    troubles.length === total ? `All ${total} ${things}` : `${troubles.length} of ${total} ${things}`;
  const kinds = Map.groupBy(troubles, ([, complement]) => complement);
  const counts = [...kinds].map(([complement, { length }]) => `${length} ${inNumber(complement, length)}`);
  const [first = ''] = kinds.keys();
  return kinds.size > 1 ? `${all} need attention: ${counts.join(', ')}` : `${all} are ${inNumber(first, 2)}`;
}

/** `a zombie` is `1 zombie` and `2 zombies`; what is no noun has no plural. */
function inNumber(complement: string, count: number): string {
  return complement.replace(/^a (.*)/, count === 1 ? '$1' : '$1s');
}

/** Faults that get a line of their own; of the others there is the name. */
const LISTED = 12;
const NAMED = 50;

/** The headline, then each that is in trouble: since when, what to do, and where to read more. */
export function headlineHtml(snapshot: Snapshot, ages: Ages): string {
  const { tone, words } = headlineOf(snapshot);
  const nodes = troubledNodes(snapshot);
  const others = nodes.slice(LISTED).map(cardLink);
  const unnamed = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  const lines = [
    ...sickGateways(snapshot)
      .slice(0, LISTED)
      .map((gateway) => gatewayLine(gateway, snapshot)),
    ...nodes.slice(0, LISTED).map((node) => nodeLine(node, ages)),
    ...(others.length > 0 ? [`Also: ${others.slice(0, NAMED).join(', ')}${unnamed}`] : []),
  ];
  return `<div id="headline" class="headline ${tone}"><p class="words" role="status">${text(words)}</p>${list('first', lines)}</div>`;
}

function nodeLine(node: NodeSnapshot, ages: Ages): string {
  const advice = adviceOf(node.remedy);
  const todo = advice && `: ${withCommands(advice)}`;
  return `${cardLink(node)} ${node.state} for ${ages(node.since.wallMs, 'for')}${todo} ${runbookLink(node)}`;
}

/** Also from where its card is filtered out. */
function cardLink(node: NodeSnapshot): string {
  return `<a href="./#${cardId(node)}">${text(node.name)}</a>`;
}

function gatewayLine(gateway: GatewaySnapshot, { gateways, nodes }: Snapshot): string {
  const isOnly = gateways.length === 1;
  const waiting = nodes.filter(
    ({ state, gateway: name }) => state === 'gateway-down' && (isOnly || name === gateway.name),
  );
  const which = isOnly ? '' : `${text(gateway.name)}: `;
  return `${which}${text(gateway.why)}. ${waiting.length} of ${nodes.length} ${nounOf(nodes).many} wait for it; restarting them would not help. ${runbookLink(gateway)}`;
}

/** What is to be said before the cards: the exporter's doubt in itself, and what it does not show. */
export function noticesHtml({ doubt, nodesUnwatched, noNodeHostHere }: Snapshot, health: SelfCheck): string {
  const notices = paragraphs(
    'notice',
    !health.ok &&
      `The exporter makes no verdicts at the moment (${text(health.why)}): what is below may be wrong by now.`,
    doubt !== undefined && `The exporter waits before it reports a fault: ${text(doubt)}.`,
    nodesUnwatched > 0 &&
      `${nodesUnwatched} ${nodesUnwatched === 1 ? 'node is' : 'nodes are'} not watched: there are more than <code>limits.max_nodes</code>.`,
  );
  // A machine that only watches a gateway is nothing to worry about.
  return `<div id="notices">${notices}${paragraphs('notice quiet', noNodeHostHere === true && text(NO_NODE_HOST_HERE))}</div>`;
}
