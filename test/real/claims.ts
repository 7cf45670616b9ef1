import type { NodesDocument } from '../../src/document/nodes-document.ts';
import type { ExporterUnderTest, Sample } from './exporter-under-test.ts';
import { monotonicMs, sleep } from './harness/wait-until.ts';
import type { Measurement, ScenarioContext } from './scenario.ts';

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
      passed: tookSeconds <= withinSeconds * context.leniency,
      seen: sample.why,
    });
    return sample;
  } catch {
    context.record({
      fault: claim.fault,
      verdict,
      withinSeconds,
      passed: false,
      seen: `${lastWord(exporter.latest(node))}; gateway: ${await gatewayAsSeen(exporter)}`,
    });
    return undefined;
  }
}

/** The verdict that stood instead, in one sentence. */
function lastWord(sample: Sample | undefined): string {
  if (sample === undefined) return 'the exporter never answered for it';
  return `still ${sample.state} (${sample.reasons.join(', ')}), ${sample.livez}: ${sample.why}`;
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

/** A healthy node host's heartbeat is never older: its pulse, its log and its gateway's word come more often. */
export const MAX_HEARTBEAT_AGE_SECONDS = 40;
/**
 * A node host beats until its gateway is known to be away: the next look at that comes 3 s after the last, has 3 s for an
 * answer, and what the gateway said before is believed for 3 s more. The harness' own clock reading is late on top.
 */
const SKEW_SECONDS = 10;

export interface HeartbeatClaim {
  readonly exporter: ExporterUnderTest;
  readonly node: string;
  readonly fault: string;
  /** The moment from which it was not attached or not alive. */
  readonly sinceMs: number;
}

/** Claims that the heartbeat's age, as scraped, has counted from the fault on: it is small only while a node is alive. */
export async function claimHeartbeatStopped(context: ScenarioContext, claim: HeartbeatClaim): Promise<void> {
  const atLeast = (monotonicMs() - claim.sinceMs) / 1_000 - SKEW_SECONDS;
  const age = await claim.exporter.metric('openclaw_nodehost_heartbeat_age_seconds', claim.node);
  const atMost = (monotonicMs() - claim.sinceMs) / 1_000 + MAX_HEARTBEAT_AGE_SECONDS + SKEW_SECONDS;
  context.record({
    fault: `${claim.fault}: heartbeat age`,
    verdict: 'grows from the fault on',
    passed: age !== undefined && age >= atLeast && age <= atMost,
    seen: `${seconds(age)}, ${(atLeast + SKEW_SECONDS).toFixed(1)} s after the fault`,
  });
}

/** Claims that the heartbeat of a node host that is alive was never old since a moment. */
export function claimHeartbeatFresh(context: ScenarioContext, claim: HeartbeatClaim): void {
  const looks = claim.exporter.since(claim.node, claim.sinceMs);
  const ages = looks.map(({ heartbeatAgeSeconds = Infinity }) => heartbeatAgeSeconds);
  const oldest = Math.max(0, ...ages);
  context.record({
    fault: `${claim.fault}: heartbeat age`,
    verdict: `never over ${MAX_HEARTBEAT_AGE_SECONDS} s`,
    passed: oldest <= MAX_HEARTBEAT_AGE_SECONDS && ages.length > 0,
    seen: `at most ${seconds(oldest)} in ${ages.length} looks`,
  });
}

function seconds(age: number | undefined): string {
  return age === undefined || !Number.isFinite(age) ? 'no heartbeat' : `${age.toFixed(1)} s`;
}

/** Claims that exactly these local node hosts were listed at every look since a moment: nobody twice, nobody else. */
export function claimListedOnce(
  context: ScenarioContext,
  claim: {
    readonly exporter: ExporterUnderTest;
    readonly nodes: readonly string[];
    readonly fault: string;
    readonly sinceMs: number;
  },
): void {
  const listings = claim.exporter.listingsSince(claim.sinceMs);
  const wanted = [...claim.nodes].sort().join(', ');
  const wrong = listings.find(({ nodes }) => {
    const names = nodes.map(({ name }) => name).sort();
    return names.join(', ') !== wanted || nodes.some(({ scope }) => scope !== 'local');
  });
  context.record({
    fault: claim.fault,
    verdict: `${claim.nodes.length} node hosts are listed, each once`,
    passed: wrong === undefined && listings.length > 0,
    seen:
      wrong === undefined
        ? `${wanted} in ${listings.length} looks`
        : wrong.nodes.map(({ name, scope, state }) => `${name} (${scope}, ${state})`).join(', '),
  });
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
