/**
 * Draws the generated dashboards in the browser as Grafana would, from a real Prometheus.
 *
 *   npm run preview                                  a simulated fleet, the exporter and Prometheus are started
 *   npm run preview -- --prometheus http://host:9090 [--scrape-interval 15s]
 *   npm run preview -- --screenshot docs/images      writes the pictures of the README after five minutes, and ends
 *   npm run preview -- --port 3001
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PageServer } from '../dashboards/preview/page-server.ts';
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
import { PICTURE_WIDTH, takePicture, type Picture } from './take-pictures.ts';

const DASHBOARDS = ['fleet', 'node-host'].map((name) =>
  fileURLToPath(new URL(`../dashboards/${name}.json`, import.meta.url)),
);

const STORY_TIMINGS = { calmMs: 60_000, stoppedMs: 30_000, afterwardsMs: 75_000 };

const PICTURES: readonly Picture[] = [
  { fileName: 'fleet.png', uid: 'openclaw-nodehost-fleet', variables: {}, rows: 33 },
  {
    fileName: 'node-host.png',
    uid: 'openclaw-nodehost',
    variables: { node_host: STORY_CAST.zombie },
    rows: 30,
  },
];

/** Of Grafana's data source, where nobody says otherwise. */
const DEFAULT_SCRAPE_INTERVAL = '15s';

/** Time on the pictures of a Prometheus that is not ours. */
const FOREIGN_RANGE = '1h';

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string' },
    'scrape-interval': { type: 'string', default: DEFAULT_SCRAPE_INTERVAL },
    port: { type: 'string', default: '0' },
    screenshot: { type: 'string' },
  },
});

async function untilInterrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        resolve();
      });
  });
}

async function previewOf(
  prometheusUrl: string,
  scrapeIntervalMs: number,
  cleanup: Cleanup,
): Promise<PageServer> {
  return cleanup.use(
    await PageServer.start({
      dashboardPaths: DASHBOARDS,
      prometheusUrl: prometheusUrl.replace(/\/$/, ''),
      scrapeIntervalMs,
      port: Number(values.port),
    }),
  );
}

async function takePictures(
  baseUrl: string,
  { fromMs, pictures, directory }: { fromMs: number; pictures: readonly Picture[]; directory: string },
): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: PICTURE_WIDTH, height: 900 } });
    for (const picture of pictures) {
      const range = { fromMs, toMs: Date.now() };
      console.log(`wrote ${await takePicture(page, picture, { baseUrl, range, directory })}`);
    }
  } finally {
    await browser.close();
  }
}

async function runWithDemoSite(cleanup: Cleanup): Promise<void> {
  console.log('starting a gateway, node hosts, the exporter and Prometheus …');
  const startMs = Date.now();
  const stack = await startDemoSite(cleanup, { binaries: findStackBinaries(), cast: STORY_CAST });
  const server = await previewOf(stack.prometheus.url, STACK_SCRAPE_INTERVAL_MS, cleanup);
  console.log(`preview: ${server.url}/?from=now-5m  (Prometheus: ${stack.prometheus.url})`);
  const story = tellStory(stack, STORY_CAST, {
    timings: STORY_TIMINGS,
    pause: async (ms) => pause(ms),
    tell: (line) => {
      console.log(`${String(Math.round((Date.now() - startMs) / 1_000)).padStart(4)} s  ${line}`);
    },
  });
  if (values.screenshot === undefined) {
    await Promise.race([untilInterrupted(), story.then(untilInterrupted)]);
    return;
  }
  await story;
  await takePictures(server.url, { fromMs: startMs, pictures: PICTURES, directory: values.screenshot });
}

await withCleanup(async (cleanup) => {
  if (values.prometheus === undefined) {
    await runWithDemoSite(cleanup);
    return;
  }
  const server = await previewOf(values.prometheus, promDurationMs(values['scrape-interval']), cleanup);
  console.log(`preview: ${server.url}/`);
  if (values.screenshot === undefined) {
    await untilInterrupted();
    return;
  }
  // Whatever node hosts there are: the dashboard chooses the first.
  const pictures = PICTURES.map((picture) => ({ ...picture, variables: {} }));
  await takePictures(server.url, {
    fromMs: Date.now() - promDurationMs(FOREIGN_RANGE),
    pictures,
    directory: values.screenshot,
  });
});
