/**
 * Draws the generated dashboards in the browser as Grafana would, from a real Prometheus.
 *
 *   npm run preview                                  a simulated fleet, the exporter and Prometheus are started
 *   npm run preview -- --prometheus http://host:9090 [--scrape-interval 15s]
 *   npm run preview -- --screenshot docs/images      writes the pictures of the README after five minutes, and ends
 *   npm run preview -- --port 3001
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPageServer } from '../dashboards/preview/page-server.ts';
import { promDurationMs } from '../test/helpers/promql.ts';
import { withCleanup, type Cleanup } from '../test/real/harness/cleanup.ts';
import { findStackBinaries } from '../test/stack/harness/stack-binaries.ts';
import {
  STACK_SCRAPE_INTERVAL_MS,
  startDemoSite,
  STORY_CAST,
  tellStory,
} from '../test/stack/harness/story.ts';
import { launchChromium } from './chromium.ts';
import { PICTURE_WIDTH, takePicture } from './take-pictures.ts';

const DASHBOARDS = ['fleet', 'node-host'].map((name) =>
  fileURLToPath(new URL(`../dashboards/${name}.json`, import.meta.url)),
);
const STORY_TIMINGS = { calmMs: 60_000, stoppedMs: 30_000, afterwardsMs: 75_000 };
/** On the pictures of a Prometheus that is not ours. */
const FOREIGN_RANGE_MS = 3_600_000;

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string' },
    // As in Grafana's data source, where nobody says otherwise.
    'scrape-interval': { type: 'string', default: '15s' },
    port: { type: 'string', default: '0' },
    screenshot: { type: 'string' },
  },
});

/** A Prometheus with what there is to see in it. */
interface Source {
  readonly prometheusUrl: string;
  readonly scrapeIntervalMs: number;
  readonly fromMs: number;
  /** On the picture of one; else the one that the dashboard chooses. */
  readonly nodeHost?: string;
  /** Resolves when there is all to see. */
  readonly told?: Promise<void>;
}

function foreign(prometheusUrl: string): Source {
  const scrapeIntervalMs = promDurationMs(values['scrape-interval']);
  return { prometheusUrl, scrapeIntervalMs, fromMs: Date.now() - FOREIGN_RANGE_MS };
}

async function demoSite(cleanup: Cleanup): Promise<Source> {
  console.log('starting a gateway, node hosts, the exporter and Prometheus …');
  const fromMs = Date.now();
  const stack = await startDemoSite(cleanup, { binaries: findStackBinaries(), cast: STORY_CAST });
  const told = tellStory(stack, STORY_CAST, {
    timings: STORY_TIMINGS,
    pause: async (ms) => pause(ms),
    tell: (line) => {
      console.log(`${String(Math.round((Date.now() - fromMs) / 1_000)).padStart(4)} s  ${line}`);
    },
  });
  const { url: prometheusUrl } = stack.prometheus;
  const scrapeIntervalMs = STACK_SCRAPE_INTERVAL_MS;
  return { prometheusUrl, scrapeIntervalMs, fromMs, nodeHost: STORY_CAST.zombie, told };
}

await withCleanup(async (cleanup) => {
  const { fromMs, nodeHost, told, ...source } =
    values.prometheus === undefined ? await demoSite(cleanup) : foreign(values.prometheus);
  const server = cleanup.use(
    await startPageServer({ ...source, dashboardPaths: DASHBOARDS, port: Number(values.port) }),
  );
  console.log(`preview: ${server.url}/?from=${fromMs}&to=now  (Prometheus: ${source.prometheusUrl})`);
  if (values.screenshot === undefined) {
    const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await Promise.race([interrupted, told?.then(async () => interrupted) ?? interrupted]);
    return;
  }
  await told;
  await using browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: PICTURE_WIDTH, height: 900 } });
  const options = { baseUrl: server.url, range: { fromMs, toMs: Date.now() }, directory: values.screenshot };
  const variables = nodeHost === undefined ? {} : { node_host: nodeHost };
  for (const picture of [
    { fileName: 'fleet.png', uid: 'openclaw-nodehost-fleet', variables: {}, rows: 33 },
    { fileName: 'node-host.png', uid: 'openclaw-nodehost', variables, rows: 30 },
  ]) {
    console.log(`wrote ${await takePicture(page, picture, options)}`);
  }
});
