import type { NodeDocument } from './nodes-document.ts';
import type { Phrase } from './viewpoints.ts';

/** What recovery did last and what it waits for, in a line; empty where it is off or has nothing to say. */
export function recoveryWords({ recovery }: Pick<NodeDocument, 'recovery'>): readonly Phrase[] {
  // A running exporter of an earlier version says nothing of it.
  if (recovery === null || (recovery as unknown) === undefined) return [];
  const { last, now, paused } = recovery;
  const pause =
    paused === null || now !== null ? [] : [`paused until ${paused.until ?? '?'}: ${paused.reason}`];
  const parts: readonly (readonly Phrase[])[] = [
    ...(now === null ? [] : [[now]]),
    ...pause.map((words) => [words]),
    ...(last === null ? [] : [[`${last.words}, `, { time: last, form: 'ago' } as const]]),
  ];
  return parts.flatMap((part, index) => (index === 0 ? part : ['; ', ...part]));
}
