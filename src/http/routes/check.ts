import type { NodeSnapshot } from '../../core/index.ts';
import { NO_NODE_HOST_HERE } from '../../document/no-node-host.ts';
import { isoTime } from '../../document/time.ts';
import { oneLine } from '../../runtime/one-line.ts';

export type CheckName = 'livez' | 'readyz';

/** One node host's part in a check. */
export interface CheckedNode {
  readonly node: NodeSnapshot;
  /** `ignored`: it does not hold, and does not make the check fail either. */
  readonly result: 'passed' | 'failed' | 'ignored';
  /** Why it does not count; empty when it does. */
  readonly note: string;
}

export interface CheckResult {
  readonly name: CheckName;
  readonly ok: boolean;
  readonly nodes: readonly CheckedNode[];
  /** Why the check failed though no node host did. */
  readonly problem?: string;
  /** What a person should know although the check passed. */
  readonly note?: string;
  readonly unknownExcludes: readonly string[];
}

const HOLDS: Readonly<Record<CheckName, (node: NodeSnapshot) => boolean>> = {
  livez: (node) => node.live,
  readyz: (node) => node.ready,
};

function checkNode(
  node: NodeSnapshot,
  { name, excludes, isNamed }: { name: CheckName; excludes: ReadonlySet<string>; isNamed: boolean },
): CheckedNode {
  const passes = HOLDS[name](node);
  if (excludes.has(node.name) || excludes.has(node.key)) {
    return { node, result: passes ? 'passed' : 'ignored', note: 'excluded' };
  }
  if (node.scope === 'remote' && !isNamed) {
    return { node, result: passes ? 'passed' : 'ignored', note: 'remote, not counted' };
  }
  return { node, result: passes ? 'passed' : 'failed', note: '' };
}

const NONE_TO_VOUCH_FOR = 'no local node host is watched; ask for a remote one by name';

/**
 * Decides a check over `nodes`. Remote node hosts count only where the path names them: a restart of what runs on this
 * machine helps no other.
 */
export function checkNodes(
  name: CheckName,
  options: {
    readonly nodes: readonly NodeSnapshot[];
    readonly excludes?: readonly string[];
    /** The path names them, and so they count whatever their scope. */
    readonly isNamed?: boolean;
    /** Nothing of a node host is on this machine. */
    readonly noNodeHostHere?: boolean;
  },
): CheckResult {
  const { nodes, excludes = [], isNamed = false, noNodeHostHere = false } = options;
  const checked = nodes.map((node) => checkNode(node, { name, excludes: new Set(excludes), isNamed }));
  const unknownExcludes = excludes.filter(
    (excluded) => !nodes.some((node) => node.name === excluded || node.key === excluded),
  );
  const hasFailed = checked.some(({ result }) => result === 'failed');
  // Nothing to be live is no reason to restart anything; nothing to be ready is no reason to send work.
  const isEmpty = name === 'readyz' && !isNamed && !nodes.some(({ scope }) => scope === 'local');
  return {
    name,
    ok: !hasFailed && !isEmpty,
    nodes: checked,
    ...(isEmpty && { problem: noNodeHostHere ? NO_NODE_HOST_HERE : NONE_TO_VOUCH_FOR }),
    ...(noNodeHostHere && !isEmpty && { note: NO_NODE_HOST_HERE }),
    unknownExcludes,
  };
}

/** A verdict in one line, as in `zombie NodeA: its process runs …`. */
function verdictLine(node: NodeSnapshot): string {
  return `${node.state} ${oneLine(node.name)}: ${oneLine(node.why)}`;
}

function verboseLine({ node, result, note }: CheckedNode): string {
  const mark = result === 'failed' ? '[-]' : '[+]';
  const since = isoTime(node.since.wallMs) ?? 'unknown';
  const suffix = note === '' ? '' : ` (${note})`;
  const why = result === 'failed' ? `: ${oneLine(node.why)}` : '';
  return `${mark}${oneLine(node.name)} ${node.state} since ${since} ${node.reasons.join(',')}${suffix}${why}`;
}

/** A short answer for a shell: `ok`, or one line for each node host that fails. */
export function shortText(result: CheckResult): string {
  const failed = result.nodes
    .filter((checked) => checked.result === 'failed')
    .map(({ node }) => verdictLine(node));
  // A node host that restarts did not help must not look well because the answer is 200.
  const held = result.nodes
    .filter((checked) => checked.result === 'passed' && checked.node.reasons.includes('restart-did-not-help'))
    .map(({ node }) => `${verdictLine(node)} (restart-did-not-help)`);
  return text([result.ok ? 'ok' : undefined, result.problem, ...failed, ...held, result.note]);
}

/** Every node host in a line, in the manner of the Kubernetes API server. */
export function verboseText(result: CheckResult): string {
  const { name, ok, nodes, problem, note, unknownExcludes } = result;
  const unknown = unknownExcludes.map((excluded) => `"${oneLine(excluded)}"`).join(', ');
  return text([
    ...nodes.map(verboseLine),
    problem === undefined ? undefined : `[-]${problem}`,
    note === undefined ? undefined : `note: ${note}`,
    unknown === '' ? undefined : `warn: no such node host to exclude: ${unknown}`,
    `${name} check ${ok ? 'passed' : 'failed'}`,
  ]);
}

function text(lines: readonly (string | undefined)[]): string {
  return lines.flatMap((line) => (line === undefined ? [] : [`${line}\n`])).join('');
}
