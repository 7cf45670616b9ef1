import { quantile } from '../../helpers/quantile.ts';
import type { Counts } from './counting-front.ts';
import type { Reading } from './readings.ts';

export interface Harm {
  readonly version: string;
  readonly without: readonly Reading[];
  readonly watched: readonly Reading[];
  readonly askedAnHour: Counts;
}

export interface Circumstances {
  readonly at: Date;
  /** Of each kind of turn, for each version. */
  readonly minutes: number;
  readonly load: number;
  readonly system: string;
}

/** The section of docs/performance.md. */
export function harmSection(
  harms: readonly Harm[],
  { at, minutes, load, system }: Circumstances,
): readonly string[] {
  return [
    '## What being watched costs a node host',
    '',
    'Written in a checkout by `npm run harm -- --write`: a real node host and its gateway, by turns without an exporter and with one,',
    'asked for `system.which` once a second all the time. The exporter asks through a front that counts.',
    '',
    `- Run: ${at.toISOString().slice(0, 10)}, ${minutes.toFixed(0)} min of either for each version, ${system}, load ${load.toFixed(1)}`,
    '',
    '| OpenClaw | | not watched | watched |',
    '|---|---|---|---|',
    ...harms.flatMap(rows),
    '',
    'The exporter opens one session when it starts, and holds it. What it asks of the gateway, an hour, while nothing is wrong:',
    '',
    ...harms.map(({ version, askedAnHour }) => `- ${version}: ${askedWords(askedAnHour)}`),
  ];
}

function rows({ version, without, watched }: Harm): readonly string[] {
  const row = (what: string, of: (reading: Reading) => number, digits: number): string =>
    `| ${[version, what, spread(without.map(of), digits), spread(watched.map(of), digits)].join(' | ')} |`;
  return [
    row('CPU of the node host, ms a minute', ({ nodeHostCpu }) => nodeHostCpu, 0),
    row('it wakes, times a minute', ({ wakeUps }) => wakeUps, 0),
    row('`system.which`, median ms', ({ latencies }) => quantile(latencies, 0.5), 1),
    row('`system.which`, p95 ms', ({ latencies }) => quantile(latencies, 0.95), 1),
    row('`system.which` without an answer', ({ unanswered }) => unanswered, 0),
    row('bytes in its log', ({ logBytes }) => logBytes, 0),
    row('CPU of the gateway, ms a minute', ({ gatewayCpu }) => gatewayCpu, 0),
  ];
}

/** The middle turn, and between which the others lie. */
function spread(values: readonly number[], digits: number): string {
  const say = (value: number): string => value.toFixed(digits);
  const [least, middle, most] = [0, 0.5, 1].map((share) => quantile(values, share));
  return `${say(middle ?? 0)} (${say(least ?? 0)} to ${say(most ?? 0)})`;
}

function askedWords(asked: Counts): string {
  return [...asked]
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${count.toFixed(0)}`)
    .join(', ');
}
