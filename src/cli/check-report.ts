import { NO_NODE_HOST_HERE } from '../document/no-node-host.ts';
import type { NodeDocument, NodesDocument, SourceDocument } from '../document/nodes-document.ts';
import { nounOf } from '../document/noun.ts';
import { worstStatus, type PluginStatus } from './exit-code.ts';

/** Who was asked: a running exporter, or ourselves, by a short look. */
export type Via =
  | { readonly kind: 'exporter'; readonly url: string }
  | { readonly kind: 'own-look'; readonly lookedMs: number };

/** What `check` found out, whoever it asked. */
export interface CheckReport {
  readonly via: Via;
  readonly document: NodesDocument;
  /** What a person should know beside the table. */
  readonly notes: readonly string[];
}

/** The report of a document, of a running exporter or of our own. */
export function reportDocument(document: NodesDocument, via: Via): CheckReport {
  const { sources, doubt, noNodeHostHere, nodesUnwatched } = document;
  return {
    via,
    document,
    notes: [
      ...(noNodeHostHere ? [NO_NODE_HOST_HERE] : []),
      ...(nodesUnwatched > 0 ? [`${nodesUnwatched} more are not watched: see limits.max_nodes`] : []),
      ...sourceRemarks(sources),
      ...(doubt === null ? [] : [doubt]),
    ],
  };
}

/** A sentence for each source that should see and does not, and what the others say that they cannot see. */
function sourceRemarks(
  sources: readonly Pick<SourceDocument, 'source' | 'enabled' | 'up' | 'lastError' | 'note'>[],
): readonly string[] {
  return sources
    .filter(({ enabled }) => enabled)
    .flatMap(({ source, up, lastError, note }) => [
      ...(up ? [] : [`source ${source} cannot see: ${whyBlind(lastError)}`]),
      // An exporter of before it had notes has none.
      ...(typeof note === 'string' ? [`source ${source}: ${note}`] : []),
    ]);
}

function whyBlind(lastError: SourceDocument['lastError']): string {
  return lastError === null
    ? 'it has had nothing to look at yet'
    : `${lastError.message} (${lastError.kind})`;
}

/** What one node host means for a monitoring system. */
export function nodeStatus({
  state,
  ready,
  kind,
}: Pick<NodeDocument, 'state' | 'ready' | 'kind'>): PluginStatus {
  switch (state) {
    case 'alive':
      // Attached and not usable: its commands wait for an operator's approval.
      return ready ? 'ok' : 'warning';
    case 'starting':
    case 'reconnecting':
    case 'gateway-down':
    case 'blocked':
      return 'warning';
    case 'offline':
      // Its device sleeps.
      return kind === 'app' ? 'ok' : 'warning';
    case 'down':
    case 'wedged':
    case 'zombie':
      return 'critical';
    case 'unknown':
      return 'unknown';
    default:
      return state satisfies never;
  }
}

/** The status of all node hosts; without any, nobody knows. */
export function reportStatus({ document: { nodes } }: Pick<CheckReport, 'document'>): PluginStatus {
  return nodes.length === 0 ? 'unknown' : worstStatus(nodes.map(nodeStatus));
}

/** The first line, which is all that a monitoring system shows: `CRITICAL - 1 of 3 node hosts: nodea is zombie`. */
export function summarise(report: Pick<CheckReport, 'document'>): string {
  const { nodes } = report.document;
  const status = reportStatus(report);
  if (nodes.length === 0) return 'UNKNOWN - no node host found';
  const { one, many } = nounOf(nodes);
  const total = `${nodes.length} ${nodes.length === 1 ? one : many}`;
  const asleep = nodes.filter(({ state }) => state === 'offline').length;
  if (status === 'ok') return `OK - ${total} ${asleep === 0 ? 'alive' : `well, ${asleep} of them asleep`}`;
  const troubled = nodes.filter((node) => nodeStatus(node) !== 'ok');
  const named = sortByUrgency(troubled).map(({ name, state, ready }) =>
    state === 'alive' && !ready ? `${name} is alive but not ready` : `${name} is ${state}`,
  );
  const shown = named.length > 5 ? [...named.slice(0, 5), `${named.length - 5} more`] : named;
  return `${status.toUpperCase()} - ${troubled.length} of ${total}: ${shown.join(', ')}`;
}

const URGENCY: readonly PluginStatus[] = ['critical', 'warning', 'unknown', 'ok'];

/** The ones to look at first, first; otherwise by name. */
export function sortByUrgency(nodes: readonly NodeDocument[]): readonly NodeDocument[] {
  return nodes.toSorted(
    (a, b) =>
      URGENCY.indexOf(nodeStatus(a)) - URGENCY.indexOf(nodeStatus(b)) || a.name.localeCompare(b.name, 'en'),
  );
}
