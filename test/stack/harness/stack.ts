import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Guardian } from '../../../src/demo/guardian.ts';
import { ExporterUnderTest } from '../../real/exporter-under-test.ts';
import { makeTemporaryDirectory, type Cleanup } from '../../real/harness/cleanup.ts';
import { waitUntil } from '../../real/harness/wait-until.ts';
import type { Pace } from './pace.ts';
import type { Page } from './page-receiver.ts';
import { SimulatedSite, type NodeHostPlan } from './simulated-site.ts';
import type { StackBinaries } from './stack-binaries.ts';
import { startTelling, type Telling } from './telling.ts';

/** Long enough for a first scrape at the shipped interval on a busy machine. */
const FIRST_SCRAPE_TIMEOUT_MS = 90_000;

export interface StackOptions {
  readonly binaries: StackBinaries;
  readonly pace: Pace;
  readonly nodeHosts: readonly NodeHostPlan[];
  readonly onPage?: (page: Page) => void;
}

/** Everything between a node host and a telephone: site, exporter, Prometheus, Alertmanager, receiver of pages. */
export interface Stack extends Telling {
  readonly site: SimulatedSite;
  readonly exporter: ExporterUnderTest;
  /** Of the exporter, as Prometheus names it. */
  readonly instance: string;
  /** Of the gateway, as the exporter names it. */
  readonly gatewayLabel: string;
  /** Starts the exporter again after it was ended. */
  relaunchExporter(): Promise<void>;
}

/** Starts all of it; resolves when every local node host is `alive` (or refused, as planned) and was scraped as such. */
export async function startStack(cleanup: Cleanup, options: StackOptions): Promise<Stack> {
  const { binaries, pace, nodeHosts, onPage } = options;
  // The real path: that is what the exporter finds in the environment of a process.
  const directory = realpathSync(await makeTemporaryDirectory('stack'));
  const guardian = new Guardian(directory);
  cleanup.defer(() => guardian.dismiss());
  const site = cleanup.use(
    await SimulatedSite.start({ plans: nodeHosts, directory: join(directory, 'site'), guardian }),
  );
  const exporter = cleanup.use(
    await ExporterUnderTest.start({
      gatewayUrl: site.gateway.url,
      token: site.token,
      probe: true,
      nodes: site.localPlaces.map(({ name, stateDir, logPath }) => ({ name, stateDir, log: logPath })),
    }),
  );
  guardian.watch(exporter.pid);
  const instance = `127.0.0.1:${exporter.port}`;
  const telling = await startTelling(cleanup, {
    binaries,
    guardian,
    directory,
    pace,
    instances: [instance],
    ...(onPage !== undefined && { onPage }),
  });
  const settled = nodeHosts.filter((plan) => plan.hasWrongToken !== true).length;
  await waitUntil(
    async () =>
      (await telling.prometheus.query('openclaw_nodehost_state{state="alive"} == 1')).length >= settled,
    { timeoutMs: FIRST_SCRAPE_TIMEOUT_MS, everyMs: 250, what: 'the first scrape of healthy node hosts' },
  );
  const gatewayLabel = new URL(site.gateway.url).host;
  const relaunchExporter = async (): Promise<void> => {
    await exporter.launch();
    guardian.watch(exporter.pid);
  };
  return { site, exporter, ...telling, instance, gatewayLabel, relaunchExporter };
}
