import { App } from '../harness/app.ts';
import { waitUntil } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import {
  BEHIND_A_PROXY,
  exportersBeside,
  isBlockedFor,
  metBy,
  nodesOf,
  refusalsOf,
  wayFrom,
} from './refused.ts';
import { healthyGateway } from './world.ts';

const APPS = 20;
/** The first three have one name. */
const NAMESAKES = 3;
const ATTEMPTS = 2;

/** Apps that are refused from elsewhere, known by the log of the gateway alone. */
export const twentyAppsScenario: Scenario = {
  name: 'twenty-apps',
  versions: ['2026.9.6', '2026.4.15'],
  // CI's half hour is full.
  shortVersions: [],
  async run(context) {
    const gateway = await healthyGateway(context, { gatewayConfig: BEHIND_A_PROXY });
    const exporters = await exportersBeside(context, gateway);
    const apps = await Promise.all(
      Array.from({ length: APPS }, async (_, index) => {
        // An address for each: ten refusals of one in a minute are answered by a lock-out.
        const { port } = await wayFrom(context, gateway, `203.0.113.${index + 1}`);
        return context.cleanup.use(
          new App({
            url: `ws://127.0.0.1:${port}`,
            token: 'a-token-from-before-the-rotation',
            displayName: index < NAMESAKES ? 'Ana' : `App ${index}`,
            instanceId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          }),
        );
      }),
    );
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) for (const app of apps) await app.attempt();
    for (const [name, exporter] of Object.entries(exporters))
      await claimApps(context, { apps, exporter, name });
  },
};

interface Seen {
  readonly apps: readonly App[];
  readonly exporter: ExporterUnderTest;
  readonly name: string;
}

/** Each is told apart from all others, and has its own counters. */
async function claimApps(context: ScenarioContext, { apps, exporter, name }: Seen): Promise<void> {
  const fault = `twenty apps, three with one name, ${name}`;
  const shown = async () => (await nodesOf(exporter)).filter(({ kind }) => kind === 'app');
  await waitUntil(async () => (await shown()).filter(isBlockedFor('token_mismatch')).length >= APPS, {
    timeoutMs: 30_000,
    what: 'all apps to be blocked',
  }).catch(() => undefined);
  const nodes = await shown();
  const alike = nodes.filter(({ namesakes }) => namesakes === NAMESAKES - 1);
  context.record({
    fault,
    verdict: 'twenty nodes, each blocked, three told to be called alike',
    passed:
      nodes.length === APPS &&
      nodes.every(isBlockedFor('token_mismatch')) &&
      new Set(nodes.map((node) => node.name)).size === APPS &&
      alike.length === NAMESAKES,
    seen: `${nodes.length} nodes, ${alike.length} of one name: ${alike.map((node) => node.name).join(', ')}`,
  });
  const met = apps.map((app) => metBy(app).token_mismatch ?? 0);
  const count = async (): Promise<readonly number[]> =>
    Promise.all(nodes.map(async (node) => (await refusalsOf(exporter, node.name)).token_mismatch ?? 0));
  const isAsMet = (counted: readonly number[]): boolean =>
    counted.toSorted().join() === met.toSorted().join();
  // Its log is read every second: the last of them may not have been.
  await waitUntil(async () => isAsMet(await count()), { timeoutMs: 10_000 }).catch(() => undefined);
  const counted = await count();
  context.record({
    fault,
    verdict: 'each one’s refusals are counted as it met them',
    passed: isAsMet(counted),
    seen: `met ${met.join(' ')}, counted ${counted.join(' ')}`,
  });
}
