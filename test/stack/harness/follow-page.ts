import type { Moments } from '../path-to-page.ts';
import type { FirstPage } from './page-receiver.ts';
import type { Series } from './prometheus-server.ts';
import type { Stack } from './stack.ts';

export interface Followed {
  readonly nodeHost: string;
  readonly state: string;
  readonly alertname: string;
  readonly faultMs: number;
}

/** More than any story lasts. */
const LOOK_BACK_SECONDS = 900;

/** Waits for the page of a fault and finds out what it waited for on its way, from what each server wrote down. */
export async function followPage(stack: Stack, followed: Followed, timeoutMs: number): Promise<Moments> {
  const { nodeHost, state, alertname, faultMs } = followed;
  const labels = { alertname, node_host: nodeHost };
  const { page }: FirstPage = await stack.receiver.waitFor('firing', labels, { timeoutMs });
  const node = `node_host=${JSON.stringify(nodeHost)}`;
  const [since, states, pending, firing] = await Promise.all([
    stack.prometheus.stored(`openclaw_nodehost_state_since_timestamp_seconds{${node}}`, LOOK_BACK_SECONDS),
    stack.prometheus.stored(
      `openclaw_nodehost_state{${node},state=${JSON.stringify(state)}}`,
      LOOK_BACK_SECONDS,
    ),
    stack.prometheus.stored(
      `ALERTS_FOR_STATE{alertname=${JSON.stringify(alertname)},${node}}`,
      LOOK_BACK_SECONDS,
    ),
    stack.prometheus.stored(
      `ALERTS{alertname=${JSON.stringify(alertname)},alertstate="firing",${node}}`,
      LOOK_BACK_SECONDS,
    ),
  ]);
  const faultSeconds = faultMs / 1_000;
  const isSince = ({ atSeconds }: Sample): boolean => atSeconds >= faultSeconds;
  const of = `after the fault at ${faultSeconds} of ${alertname} for ${nodeHost}, paged at ${page.atWallMs / 1_000}`;
  const scraped = firstOf(states, (sample) => sample.value === 1 && isSince(sample), `no ${state} ${of}`);
  const isSame = ({ atSeconds }: Sample): boolean => atSeconds === scraped.atSeconds;
  return {
    faultMs,
    // The verdict that this very scrape brought.
    verdictMs: 1_000 * firstOf(since, isSame, `no start of the verdict at ${scraped.atSeconds} ${of}`).value,
    scrapedMs: 1_000 * scraped.atSeconds,
    pendingMs: 1_000 * firstOf(pending, isSince, `nothing pending ${of}`).atSeconds,
    firingMs: 1_000 * firstOf(firing, isSince, `nothing firing ${of}`).atSeconds,
    pagedMs: page.atWallMs,
  };
}

interface Sample {
  readonly atSeconds: number;
  readonly value: number;
}

function firstOf(series: readonly Series[], fits: (sample: Sample) => boolean, missing: string): Sample {
  const samples = series.flatMap((one) => one.samples).sort((a, b) => a.atSeconds - b.atSeconds);
  const first = samples.find(fits);
  if (first !== undefined) return first;
  const found = samples.map(({ atSeconds, value }) => `${value} at ${atSeconds}`).join(', ');
  throw new Error(`Prometheus stored ${missing}; found: ${found || 'nothing'}`);
}
