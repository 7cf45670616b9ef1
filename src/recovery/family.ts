import { incarnationOf, type ProcessStat, type ProcessTable } from '../sources/process/process-table.ts';

/** A process and all that came out of it. */
export interface Family {
  readonly self: ProcessStat;
  readonly descendants: readonly ProcessStat[];
}

/** Whatever a node host starts by itself (a broker, MCP servers) it starts at its start. */
const OWN_WITHIN_MS = 60_000;

/** The process with this incarnation and its descendants; `undefined` where it has gone, or nobody could look. */
export async function familyOf(
  incarnation: string,
  table: Pick<ProcessTable, 'pids' | 'stat'>,
): Promise<Family | undefined> {
  const stats = await allOf(table);
  if (stats === undefined) return undefined;
  const self = stats.find((stat) => incarnationOf(stat) === incarnation && stat.state !== 'defunct');
  if (self === undefined) return undefined;
  const byParent = Map.groupBy(stats, ({ parentPid }) => parentPid);
  const descendants: ProcessStat[] = [];
  const open = [self.pid];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of byParent.get(pid) ?? []) {
      if (child.state === 'defunct' || child.pid === pid) continue;
      descendants.push(child);
      open.push(child.pid);
    }
  }
  return { self, descendants };
}

/** What it runs for agents (`system.run`): what it started itself, later than what it needs for its own work. */
export function commandsOf({ self, descendants }: Family): number {
  return descendants.filter(
    ({ parentPid, startedMs }) => parentPid === self.pid && startedMs - self.startedMs > OWN_WITHIN_MS,
  ).length;
}

/** Those of `incarnations` that still run; `undefined` where nobody could look. */
export async function stillRunning(
  incarnations: readonly string[],
  table: Pick<ProcessTable, 'stat'>,
): Promise<readonly string[] | undefined> {
  try {
    const left: string[] = [];
    for (const incarnation of incarnations) {
      const answer = await table.stat(Number(incarnation.split(':', 1)[0]));
      if (answer.kind === 'denied' || answer.kind === 'slow') return undefined;
      if (answer.kind === 'gone' || answer.value.state === 'defunct') continue;
      if (incarnationOf(answer.value) === incarnation) left.push(incarnation);
    }
    return left;
  } catch {
    // No table, or of a layout that is not known.
    return undefined;
  }
}

async function allOf(
  table: Pick<ProcessTable, 'pids' | 'stat'>,
): Promise<readonly ProcessStat[] | undefined> {
  try {
    const answers = await Promise.all((await table.pids()).map((pid) => table.stat(pid)));
    return answers.flatMap((answer) => (answer.kind === 'value' ? [answer.value] : []));
  } catch {
    return undefined;
  }
}
