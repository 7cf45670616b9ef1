import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { sleep } from '../harness/wait-until.ts';
import type { ScenarioContext } from '../scenario.ts';

/** Until the next review has judged what came of a restart. */
const JUDGED_MS = 6_000;

export interface Recovered {
  readonly exporter: ExporterUnderTest;
  readonly node: string;
  readonly fault: string;
  readonly sinceMs: number;
  /** Restarts by the exporter since it watches, with this one. */
  readonly restarts: number;
  readonly withinSeconds: number;
}

/** Claims that it is attached again without a person, and that this was counted, once. */
export async function claimRecovered(
  context: ScenarioContext,
  { exporter, node, fault, sinceMs, restarts, withinSeconds }: Recovered,
): Promise<void> {
  const accused = await exporter.waitFor(node, {
    fits: ({ livez }) => livez === 503,
    sinceMs,
    timeoutMs: 120_000,
    what: `to be accused after: ${fault}`,
  });
  const { elapsedMs } = await exporter.waitFor(node, {
    fits: ({ state }) => state === 'alive',
    sinceMs: accused.sample.atMs,
    timeoutMs: 300_000,
    what: `to recover after: ${fault}`,
  });
  const tookSeconds = (elapsedMs + accused.elapsedMs) / 1_000;
  await sleep(JUDGED_MS);
  const counted = await attempts(exporter, node);
  const took = await exporter.metric('openclaw_nodehost_recovery_attached_after_seconds', node);
  context.record({
    fault: `${fault}, recovery on`,
    verdict: 'attached again without a person, by one restart',
    tookSeconds,
    withinSeconds,
    passed:
      counted.get('attached') === restarts &&
      sum(counted) === restarts &&
      tookSeconds <= withinSeconds * context.leniency,
    seen: `attached ${took?.toFixed(1) ?? '?'} s after the restart; accused ${(accused.elapsedMs / 1_000).toFixed(1)} s after the fault`,
  });
}

/** Claims that nothing was done to it since the exporter watches. */
export async function claimLeftAlone(
  context: ScenarioContext,
  exporter: ExporterUnderTest,
  { node, fault }: { readonly node: string; readonly fault: string },
): Promise<void> {
  const counted = await attempts(exporter, node);
  context.record({
    fault: `${fault}, recovery on`,
    verdict: 'not restarted',
    passed: counted.size > 0 && sum(counted) === 0,
    seen: `${exporter.latest(node)?.state ?? 'not seen'}; ${counted.size} outcomes, ${sum(counted)} counted`,
  });
}

/** `recovery_attempts_total` of a node host, by outcome. */
export async function attempts(
  exporter: ExporterUnderTest,
  node: string,
): Promise<ReadonlyMap<string, number>> {
  const lines = (await exporter.page('/metrics'))
    .split('\n')
    .filter((line) => line.includes('_recovery_attempts_total{') && line.includes(`node_host="${node}"`));
  return new Map(
    lines.map((line) => [/outcome="(\w+)"/.exec(line)?.[1] ?? '', Number(line.split(' ').at(-1))]),
  );
}

export function sum(counted: ReadonlyMap<string, number>): number {
  return [...counted.values()].reduce((total, count) => total + count, 0);
}
