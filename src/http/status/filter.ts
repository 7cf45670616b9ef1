import {
  NODE_KINDS,
  NODE_STATES,
  type NodeKind,
  type NodeSnapshot,
  type NodeState,
  type Snapshot,
} from '../../core/index.ts';
import { STATES_WORST_FIRST, toneOfState } from './concern.ts';
import { text } from './markup.ts';

/** What the address asks to be shown. */
export interface Choice {
  readonly words: string;
  readonly state: NodeState | undefined;
  readonly kind: NodeKind | undefined;
}

/** Reads the address; what is nonsense in it is left out. */
export function choiceOf({ q, state, kind }: Readonly<Record<string, unknown>>): Choice {
  return {
    words: typeof q === 'string' ? q : '',
    state: NODE_STATES.find((known) => known === state),
    kind: NODE_KINDS.find((known) => known === kind),
  };
}

/** Whether a node is among those asked for. */
export function isChosen(node: NodeSnapshot, choice: Choice): boolean {
  if (choice.state !== undefined && node.state !== choice.state) return false;
  if (choice.kind !== undefined && node.kind !== choice.kind) return false;
  const { name, key, nodeId, gateway, state, scope, kind, version, platform, reasons } = node;
  const found = [name, key, nodeId, gateway, state, scope, kind, version, platform, ...reasons]
    .filter((word) => word !== undefined)
    .join(' ')
    .toLowerCase();
  const words = choice.words.toLowerCase().split(/\s+/);
  return words.every((word) => found.includes(word));
}

/** Asks for other nodes: by words, by kind, by state. */
export function filterHtml({ nodes }: Snapshot, choice: Choice): string {
  const { words, state, kind } = choice;
  const hidden = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `<input type="hidden" name="${name}" value="${value}">`;
  return `<form id="filter" role="search" method="get" action="./">
<label for="q">Find</label><input id="q" type="search" name="q" value="${text(words)}" placeholder="name, state, reason, gateway, version, kind" autocomplete="off" spellcheck="false">
${hidden('state', state)}
${hidden('kind', kind)}
${kindsHtml(nodes, choice)}${statesHtml(nodes, choice)}
</form>`;
}

const KINDS: Readonly<Record<NodeKind, string>> = { 'node-host': 'node hosts', app: 'apps' };

/** How many are of each kind. Where there are no apps, nobody asks. */
function kindsHtml(nodes: readonly NodeSnapshot[], choice: Choice): string {
  const byKind = Map.groupBy(nodes, ({ kind }) => kind);
  if (!byKind.has('app') && choice.kind === undefined) return '';
  const links = NODE_KINDS.map((kind) => linkHtml(choice, { kind }, [KINDS[kind], byKind.get(kind)]));
  return `<ul id="kinds" class="counts">${linkHtml(choice, { kind: undefined }, ['every kind', nodes])}${links.join('')}</ul>`;
}

/** How many nodes are in each state, of the kind that was asked for. */
function statesHtml(nodes: readonly NodeSnapshot[], choice: Choice): string {
  const ofKind = choice.kind === undefined ? nodes : nodes.filter(({ kind }) => kind === choice.kind);
  const byState = Map.groupBy(ofKind, ({ state }) => state);
  const links = STATES_WORST_FIRST.filter((state) => byState.has(state) || state === choice.state).map(
    (state) => linkHtml(choice, { state }, [state, byState.get(state)]),
  );
  return `<ul id="counts" class="counts">${linkHtml(choice, { state: undefined }, ['all', ofKind])}${links.join('')}</ul>`;
}

/** To `nodes`, which are chosen once `change` is. */
function linkHtml(
  choice: Choice,
  change: Partial<Choice>,
  [name, nodes = []]: readonly [name: string, nodes: readonly NodeSnapshot[] | undefined],
): string {
  const { words, state, kind } = { ...choice, ...change };
  const query = new URLSearchParams({
    ...(words !== '' && { q: words }),
    ...(state !== undefined && { state }),
    ...(kind !== undefined && { kind }),
  });
  const tone = change.state === undefined ? '' : ` class="${toneOfState(change.state)}"`;
  const current = state === choice.state && kind === choice.kind ? ' aria-current="true"' : '';
  return `<li><a href="?${text(query.toString())}"${tone}${current}>${name} <b>${nodes.length}</b></a></li>`;
}
