import { createHash } from 'node:crypto';
import { capturedAnswers } from '../../test/helpers/captured-frames.ts';

export interface FleetOptions {
  readonly nodes: number;
  /** The number of the first of them: each gateway has others. */
  readonly first: number;
  /** The gateway's clock. */
  readonly wallMs: number;
  /** Moves which of the node hosts are away. */
  readonly round: number;
  /** How many of all come or go from one round to the next. */
  readonly flappingShare: number;
}

interface CapturedRow {
  readonly nodeId: string;
  readonly clientId?: string;
}

const captured = capturedAnswers('2026.9.6', 'node.list')[0]?.payload as {
  readonly nodes: readonly CapturedRow[];
};
const sample = captured.nodes.find(({ clientId }) => clientId === 'node-host');
if (sample === undefined) throw new Error('the capture holds no node host');

/** What a 2026.9.6 gateway answers to `node.list`, with as many node hosts as wanted, each like the captured one. */
export function fleetReply({ nodes, first, wallMs, round, flappingShare }: FleetOptions): object {
  const rows = Array.from({ length: nodes }, (_, index) => {
    const isFlapping = index < nodes * flappingShare;
    const connected = !isFlapping || (index + round) % 2 === 0;
    const connectedAtMs = isFlapping ? wallMs - 1_000 : wallMs - 86_400_000 + index;
    return {
      ...sample,
      nodeId: nodeIdOf(first + index),
      displayName: `build-box-${first + index}`,
      connected,
      connectedAtMs: connected ? connectedAtMs : undefined,
      lastConnectedAtMs: connectedAtMs,
      lastDisconnectedAtMs: wallMs - 90_000_000,
      hostStats: { updatedAtMs: wallMs - (index % 60) * 1_000 },
    };
  });
  return { ts: wallMs, nodes: rows };
}

const ids = new Map<number, string>();

export function nodeIdOf(index: number): string {
  const known = ids.get(index) ?? createHash('sha256').update(String(index)).digest('hex');
  ids.set(index, known);
  return known;
}
