import type { NodesDocument } from '../../src/document/nodes-document.ts';
import type { ExporterUnderTest, Sample } from './exporter-under-test.ts';
import { monotonicMs, sleep } from './harness/wait-until.ts';
import type { Measurement, ScenarioContext } from './scenario.ts';

/**
 * CI's machine is shared: there a bound is missed only beyond twice its length. The table in docs/reliability.md comes
 * from the whole run, which keeps to the bounds.
 */
const SHORT_RUN_LENIENCY = 2;
/** After a missed bound: how much longer to look, so that the table says how late it was instead of nothing. */
const EXTRA_PATIENCE_MS = 60_000;

export interface VerdictClaim {
  readonly exporter: ExporterUnderTest;
  readonly node: string;
  readonly fault: string;
  readonly state: string;
  readonly reason?: string;
  readonly livez: 200 | 503;
  readonly withinSeconds: number;
  /** The moment of the fault, or of what the bound counts from. */
  readonly sinceMs: number;
}

/** Claims that the verdict is on `/livez` within its bound; records how long it took. */
export async function claimVerdict(
  context: ScenarioContext,
  claim: VerdictClaim,
): Promise<Sample | undefined> {
  const { exporter, node, state, reason, livez, withinSeconds, sinceMs } = claim;
  const fits = (sample: Sample): boolean =>
    sample.state === state &&
    sample.livez === livez &&
    (reason === undefined || sample.reasons.includes(reason));
  const verdict = `${state}${reason === undefined ? '' : ` (${reason})`}, ${livez}`;
  try {
    const { elapsedMs, sample } = await exporter.waitFor(node, {
      fits,
      sinceMs,
      timeoutMs: withinSeconds * 1_000 + EXTRA_PATIENCE_MS,
      what: `to be ${verdict} after: ${claim.fault}`,
    });
    const tookSeconds = elapsedMs / 1_000;
    context.record({
      fault: claim.fault,
      verdict,
      tookSeconds,
      withinSeconds,
      passed: tookSeconds <= withinSeconds * (context.isShort ? SHORT_RUN_LENIENCY : 1),
      seen: sample.why,
    });
    return sample;
  } catch (error: unknown) {
    context.record({
      fault: claim.fault,
      verdict,
      withinSeconds,
      passed: false,
      // The first line is enough for a table; what the exporter knew then is worth more than a stack.
      seen: `${error instanceof Error ? error.message : String(error)}; gateway: ${await gatewayAsSeen(exporter)}`,
    });
    return undefined;
  }
}

/** How the exporter saw its gateways, for a claim that failed. */
async function gatewayAsSeen(exporter: ExporterUnderTest): Promise<string> {
  try {
    const { gateways } = JSON.parse(await exporter.page('/api/v1/nodes')) as Pick<NodesDocument, 'gateways'>;
    return gateways.map(({ name, health, why }) => `${name} ${health}, ${why}`).join('; ');
  } catch (error: unknown) {
    return String(error);
  }
}

const ACCUSING = new Set(['zombie', 'wedged', 'down']);

/** Claims that a node host which recovers by itself was not accused, and that `/livez` never said 503, since a moment. */
export function claimNeverAccused(
  context: ScenarioContext,
  claim: Pick<VerdictClaim, 'exporter' | 'node' | 'fault' | 'sinceMs'>,
): void {
  const samples = claim.exporter.since(claim.node, claim.sinceMs);
  const accused = samples.find((sample) => ACCUSING.has(sample.state) || sample.livez !== 200);
  const states = [...new Set(samples.map((sample) => sample.state))];
  const measurement: Measurement = {
    fault: claim.fault,
    verdict: 'never zombie, wedged or down; /livez never 503',
    passed: accused === undefined && samples.length > 0,
    seen:
      accused === undefined
        ? `${states.join(', ')} in ${samples.length} looks`
        : `${accused.state} ${accused.livez} after ${((accused.atMs - claim.sinceMs) / 1_000).toFixed(1)} s: ${accused.why}`,
  };
  context.record(measurement);
}

/** Waits until a node host is alive and has been for a moment. */
export async function settleAlive(
  exporter: ExporterUnderTest,
  node: string,
  timeoutMs = 120_000,
): Promise<void> {
  await exporter.waitFor(node, {
    fits: (sample) => sample.state === 'alive',
    sinceMs: monotonicMs(),
    timeoutMs,
    what: 'to be alive',
  });
  await sleep(1_000);
}
