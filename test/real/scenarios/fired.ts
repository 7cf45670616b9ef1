import type { Labels } from '../../stack/harness/page-receiver.ts';
import type { PrometheusServer } from '../../stack/harness/prometheus-server.ts';

/** Of the rules that ship. */
const EVALUATED_EVERY_SECONDS = 15;

/** From when until when an alert fired, in Unix seconds. */
export interface Firing {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** When alerts with these labels fired since a moment; an evaluation that is missing ends one. */
export async function firings(
  prometheus: PrometheusServer,
  labels: Labels,
  sinceSeconds: number,
): Promise<readonly Firing[]> {
  const selector = Object.entries({ ...labels, alertstate: 'firing' })
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
  const [series] = await prometheus.stored(
    `ALERTS{${selector}}`,
    Math.ceil(Date.now() / 1_000 - sinceSeconds),
  );
  const found: Firing[] = [];
  for (const { atSeconds } of series?.samples ?? []) {
    const last = found.at(-1);
    if (last === undefined || atSeconds - last.toSeconds > 1.5 * EVALUATED_EVERY_SECONDS)
      found.push({ fromSeconds: atSeconds, toSeconds: atSeconds });
    else found[found.length - 1] = { ...last, toSeconds: atSeconds };
  }
  return found;
}
