import {
  NODE_KINDS,
  NODE_STATES,
  type NodeKind,
  type NodeSnapshot,
  type NodeState,
  type Snapshot,
} from '../../core/index.ts';
import { STATES_WORST_FIRST, toneOfState } from './concern.ts';
import { list, text } from './markup.ts';

/** What the address asks to be shown, by its own names; what is empty is not asked for. */
export interface Choice {
  readonly q: string;
  readonly state: NodeState | '';
  readonly kind: NodeKind | '';
}

/** Reads the address; what is nonsense in it is left out. */
export function choiceOf({ q, state, kind }: Readonly<Record<string, unknown>>): Choice {
  return {
    q: typeof q === 'string' ? q : '',
    state: NODE_STATES.find((known) => known === state) ?? '',
    kind: NODE_KINDS.find((known) => known === kind) ?? '',
  };
}

/** Whether a node is among those asked for. */
export function isChosen(node: NodeSnapshot, choice: Choice): boolean {
  if (choice.state !== '' && node.state !== choice.state) return false;
  if (choice.kind !== '' && node.kind !== choice.kind) return false;
  const { name, key, nodeId, gateway, state, scope, kind, version, platform, reasons } = node;
  const found = [name, key, nodeId, gateway, state, scope, kind, version, platform, ...reasons]
    .filter((word) => word !== undefined)
    .join(' ')
    .toLowerCase();
  const words = choice.q.toLowerCase().split(/\s+/);
  return words.every((word) => found.includes(word));
}

/** Asks for other nodes: by words, by kind where there are apps, by state. */
export function filterHtml({ nodes }: Snapshot, choice: Choice): string {
  const { q, state, kind } = choice;
  const byKind = Map.groupBy(nodes, (node) => node.kind);
  const ofKind = kind === '' ? nodes : (byKind.get(kind) ?? []);
  const byState = Map.groupBy(ofKind, (node) => node.state);
  const kinds = [
    linkHtml(choice, { kind: '' }, 'every kind', nodes),
    linkHtml(choice, { kind: 'node-host' }, 'node hosts', byKind.get('node-host')),
    linkHtml(choice, { kind: 'app' }, 'apps', byKind.get('app')),
  ];
  const states = STATES_WORST_FIRST.filter((each) => byState.has(each) || each === state).map((each) =>
    linkHtml(choice, { state: each }, each, byState.get(each)),
  );
  return `<form id="filter" role="search" method="get" action="./">
<label for="q">Find</label><input id="q" type="search" name="q" value="${text(q)}" placeholder="name, state, reason, gateway, version, kind" autocomplete="off" spellcheck="false">
${state && `<input type="hidden" name="state" value="${state}">`}
${kind && `<input type="hidden" name="kind" value="${kind}">`}
${byKind.has('app') || kind !== '' ? list('counts', kinds) : ''}
${list('counts', [linkHtml(choice, { state: '' }, 'all', ofKind), ...states])}
</form>`;
}

/** To `nodes`, which are chosen once `change` is. */
function linkHtml(
  choice: Choice,
  change: Partial<Choice>,
  name: string,
  nodes: readonly NodeSnapshot[] = [],
): string {
  const { q, state, kind } = { ...choice, ...change };
  const query = new URLSearchParams(Object.entries({ q, state, kind }).filter(([, value]) => value !== ''));
  const tone = change.state ? ` class="${toneOfState(change.state)}"` : '';
  const current = state === choice.state && kind === choice.kind ? ' aria-current="true"' : '';
  return `<a href="?${text(query.toString())}"${tone}${current}>${name} <b>${nodes.length}</b></a>`;
}
