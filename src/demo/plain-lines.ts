import type { NodeSnapshot, Snapshot } from '../core/index.ts';
import { clock } from './clip-text.ts';
import { livezCode } from './live-table.ts';

/** What a reader of plain lines was last told of each node host. */
export type Told = ReadonlyMap<string, string>;

export interface Changes {
  readonly lines: readonly string[];
  readonly told: Told;
}

/** One line for each node host whose state or `/livez` code is not what was last told. */
export function describeChanges(
  told: Told,
  now: { readonly snapshot: Snapshot; readonly elapsedMs: number },
): Changes {
  const next = new Map<string, string>();
  const lines: string[] = [];
  for (const node of now.snapshot.nodes) {
    const fact = `${node.state}, /livez ${livezCode(node)}`;
    next.set(node.name, fact);
    if (told.get(node.name) === fact) continue;
    lines.push(`${clock(now.elapsedMs)} ${node.name} is ${fact}: ${node.why}`);
  }
  return { lines, told: next };
}

/** One line for each node host at the end: what it is, and what it was before. */
export function summaryLines(snapshot: Snapshot): readonly string[] {
  return snapshot.nodes.map((node) => `${node.name}: ${history(node).join(' -> ')}`);
}

function history({ transitions, state }: NodeSnapshot): readonly string[] {
  const first = transitions[0];
  return first === undefined ? [state] : [first.from, ...transitions.map(({ to }) => to)];
}
