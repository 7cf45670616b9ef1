import { claimListedOnce, claimNeverAccused, claimVerdict, settleAlive } from '../claims.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { attachedNodeHost, exporterOf, healthyGateway } from './world.ts';

const HOME = 'AtHome';
const OFFICE = 'AtOffice';
/** The backoff's cap and a boot: what a node host may take to come back by itself. */
const RECOVERY_MS = 120_000;
const AFTERMATH_MS = 15_000;
const FROZEN_MS = 30_000;

/** Two gateways with a node host each, one exporter: what befalls one gateway touches its own node host alone. */
export const twoGatewaysScenario: Scenario = {
  name: 'two-gateways',
  versions: ['2026.4.15', '2026.9.6'],
  shortVersions: [],
  async run(context) {
    const home = await healthyGateway(context);
    const office = await healthyGateway(context);
    const atHome = await attachedNodeHost(context, home, { displayName: HOME });
    const atOffice = await attachedNodeHost(context, office, { displayName: OFFICE });
    const exporter = await exporterOf(context, {
      hosts: [atHome, atOffice],
      gateways: [
        { name: 'home', url: home.url, token: home.token },
        { name: 'office', url: office.url, token: office.token },
      ],
    });
    await settleAlive(exporter, HOME);
    await settleAlive(exporter, OFFICE);
    const settledAt = monotonicMs();
    await recordShown(context, exporter);

    const frozenAt = monotonicMs();
    home.freeze();
    await claimVerdict(context, {
      exporter,
      node: HOME,
      fault: 'two gateways, one frozen: its node host',
      state: 'gateway-down',
      livez: 200,
      withinSeconds: 15,
      sinceMs: frozenAt,
    });
    await sleep(Math.max(0, frozenAt + FROZEN_MS - monotonicMs()));
    home.thaw();
    await home.waitAttached(HOME, RECOVERY_MS);
    await settleAlive(exporter, HOME);
    await sleep(AFTERMATH_MS);
    recordUntouched(context, {
      exporter,
      node: OFFICE,
      fault: 'two gateways, one frozen',
      sinceMs: frozenAt,
    });

    const killedAt = monotonicMs();
    await office.stop('SIGKILL');
    await claimVerdict(context, {
      exporter,
      node: OFFICE,
      fault: 'two gateways, one killed: its node host',
      state: 'gateway-down',
      livez: 200,
      withinSeconds: 15,
      sinceMs: killedAt,
    });
    await office.boot();
    await office.waitAttached(OFFICE, RECOVERY_MS);
    await settleAlive(exporter, OFFICE);
    await sleep(AFTERMATH_MS);
    recordUntouched(context, { exporter, node: HOME, fault: 'two gateways, one killed', sinceMs: killedAt });

    for (const node of [HOME, OFFICE]) {
      claimNeverAccused(context, { exporter, node, fault: `two gateways: ${node}`, sinceMs: settledAt });
    }
    claimListedOnce(context, {
      exporter,
      nodes: [HOME, OFFICE],
      fault: 'two gateways: their node hosts',
      sinceMs: settledAt,
    });
  },
};

/** Both gateways are to be seen wherever somebody may look for them, each node host under its own. */
async function recordShown(context: ScenarioContext, exporter: ExporterUnderTest): Promise<void> {
  const pages = await Promise.all(['/metrics', '/api/v1/nodes', '/'].map((path) => exporter.page(path)));
  const isShown = pages.every((page) => page.includes('home') && page.includes('office'));
  const owners = [HOME, OFFICE].map((node) => exporter.latest(node)?.gateway);
  context.record({
    fault: 'two gateways: both shown, each with its node host',
    verdict: 'in /metrics, /api/v1/nodes and on the page',
    passed: isShown && owners.join(' ') === 'home office',
    seen: `${HOME} belongs to ${owners[0] ?? 'nobody'}, ${OFFICE} to ${owners[1] ?? 'nobody'}`,
  });
}

/** What happens to the other gateway does not change its verdict for a moment. */
function recordUntouched(
  context: ScenarioContext,
  claim: {
    readonly exporter: ExporterUnderTest;
    readonly node: string;
    readonly fault: string;
    readonly sinceMs: number;
  },
): void {
  const looks = claim.exporter.since(claim.node, claim.sinceMs);
  const other = looks.find(({ state, livez }) => state !== 'alive' || livez !== 200);
  context.record({
    fault: `${claim.fault}: the other’s node host`,
    verdict: 'alive, 200, all the time',
    passed: other === undefined && looks.length > 0,
    seen:
      other === undefined ? `alive in ${looks.length} looks` : `${other.state} ${other.livez}: ${other.why}`,
  });
}
