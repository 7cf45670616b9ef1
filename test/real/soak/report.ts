import { time } from '../harness/long-run.ts';
import { machine } from '../../helpers/reliability-section.ts';
import type { Claim } from './judge.ts';
import { median } from '../../helpers/quantile.ts';
import type { Outcome } from './soak.ts';

/** No sentence of the page is read further than this. */
const LONGEST_SENTENCE = 400;

export interface Run {
  readonly hours: number;
  readonly seed: string;
  /** On the clock of people, for a moment on the monotonic one. */
  readonly clock: (ms: number) => Date;
  readonly from: Date;
  readonly to: Date;
}

/** The section of docs/reliability.md. */
export function soakSection(outcome: Outcome, run: Run): readonly string[] {
  const { injected, failures, passed, looks, samples } = outcome;
  const loads = samples.map(({ load }) => load);
  const load = `${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)}, mostly ${median(loads).toFixed(0)}`;
  return [
    '## A soak in real OpenClaw',
    '',
    `Written in a checkout by \`npm run soak -- --hours ${run.hours} --seed ${run.seed} --write\`: two real gateways with two node hosts each,`,
    'restarted as launchd restarts them, and a random fault about once a minute. Two exporters watch all of it, each asked four times a',
    'second; one is left alone, one is killed and stopped now and then. Every answer is held against what was done. Bounds are those of',
    'the tables above, and count twice where more than two processes wanted each core.',
    '',
    `- Run: ${day(run.from)} ${time(run.from)} to ${day(run.to)} ${time(run.to)} UTC, OpenClaw 2026.4.15 and 2026.9.6, ${machine()}, load ${load}`,
    `- ${injected.length} faults, ${looks} looks at four node hosts: ${passed} claims held, ${failures.length} did not`,
    '',
    ...faultTable(outcome),
    '',
    ...resourceTable(outcome),
    ...(failures.length === 0 ? [] : ['', 'What did not hold:', '', ...failureList(outcome, run)]),
  ];
}

function failureList({ failures }: Outcome, { clock }: Run): readonly string[] {
  return failures.map(({ atMs, what }) => `- ${time(clock(atMs))} ${sentence(what)}`);
}

function faultTable({ injected, claims }: Outcome): readonly string[] {
  const faults = [...new Set(injected.map(({ fault }) => fault))].sort();
  const rows = faults.map((fault) => {
    const times = injected.filter((it) => it.fault === fault).length;
    const told = claims.filter((claim) => claim.kind === 'told' && claim.fault === fault);
    return `| ${[fault, times, ...toldCells(told)].join(' | ')} |`;
  });
  return [
    '| fault | times | told | within, s | median, s | worst, s |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
}

function toldCells(told: readonly Claim[]): readonly (string | number)[] {
  if (told.length === 0) return ['nobody is accused', '–', '–', '–'];
  const seconds = told.flatMap(({ tookSeconds }) => tookSeconds ?? []);
  const bounds = [...new Set(told.flatMap(({ withinSeconds }) => withinSeconds ?? []))].sort((a, b) => a - b);
  return [
    `${seconds.length} of ${told.length}`,
    bounds.join(' or '),
    median(seconds).toFixed(1),
    Math.max(0, ...seconds).toFixed(1),
  ];
}

function resourceTable({ flat }: Outcome): readonly string[] {
  return [
    '| the exporter that is left alone | first quarter | last quarter | at most |',
    '|---|---|---|---|',
    ...flat.map(
      ({ what, unit, from, to, limit }) =>
        `| ${[`${what}${unit === '' ? '' : `, ${unit}`}`, from.toFixed(1), to.toFixed(1), limit.toFixed(1)].join(' | ')} |`,
    ),
  ];
}

function sentence(text: string): string {
  const [first = ''] = text.replaceAll('|', '\\|').split('\n');
  return first.length <= LONGEST_SENTENCE ? first : `${first.slice(0, LONGEST_SENTENCE)}…`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
