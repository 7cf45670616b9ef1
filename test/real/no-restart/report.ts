import { load, machine } from '../../helpers/reliability-section.ts';
import type { Outcome } from './hour.ts';

export interface Run {
  readonly hours: number;
  readonly from: Date;
  readonly to: Date;
}

/** The section of docs/reliability.md. */
export function noRestartSection(outcome: Outcome, run: Run): readonly string[] {
  const { claims, acted, heldBack } = outcome;
  const failed = failuresOf(outcome);
  const held = claims.length + acted.length - failed.filter(({ isClaim }) => isClaim).length;
  const rules = [...heldBack].map(([rule, times]) => `${rule} ${times}`).join(', ');
  return [
    '## An hour of troubles that no restart helps',
    '',
    `Written in a checkout by \`npm run no-restart -- --hours ${run.hours} --write\`, as root on a machine with systemd: two real gateways, each`,
    'with three node hosts that attach, one with a wrong token and one that is never approved, all units of a real systemd. Exporters with',
    '`recovery:` on, as eager as the configuration allows (`held: 10s`, `gateway_healthy: 0s`, `wait_for_commands: 0s`, `max_attempts: 20`),',
    'watch them while one trouble after another befalls them that a restart would not end. Who restarted whom is asked of systemd. At',
    'the end, with the same exporters and the same configuration, what a restart does help is restarted.',
    '',
    `- Run: ${clock(run.from)} to ${clock(run.to)} UTC, OpenClaw 2026.4.15 and 2026.9.6, ${machine()}, load at the end ${load()}`,
    `- ${held} claims held, ${failed.length} did not; restarts that would not have helped: ${failed.some(({ isClaim }) => isClaim) ? 'see below' : 'none'}`,
    `- What kept the exporters from it where a verdict asked for a restart, beside the time that an accusation must hold: ${rules || 'nothing had to'}`,
    '',
    ...troubleTable(outcome),
    '',
    ...accusationList(outcome),
    ...actedTable(outcome),
    ...(failed.length === 0
      ? []
      : ['', 'What did not hold:', '', ...failed.map(({ what }) => `- ${what.replaceAll('|', '\\|')}`)]),
  ];
}

interface Failure {
  /** One of the exporter; else a trouble from which not all came back by themselves. */
  readonly isClaim: boolean;
  readonly what: string;
}

export function failuresOf({ claims, passed, acted }: Outcome): readonly Failure[] {
  return [
    ...claims
      .filter((claim) => !claim.passed)
      .map(({ what, seen }) => ({ isClaim: true, what: `${what}: ${seen}` })),
    ...acted
      .filter((act) => !act.passed)
      .map(({ node, fault, seen }) => ({ isClaim: true, what: `${node}, ${fault}: ${seen}` })),
    ...passed.flatMap(({ site, trouble, error }) =>
      error === undefined ? [] : [{ isClaim: false, what: `${site}, ${trouble}: ${error}` }],
    ),
  ];
}

function troubleTable({ passed }: Outcome): readonly string[] {
  const rows = [...new Set(passed.map(({ trouble }) => trouble))].map((trouble) => {
    const cells = ['old', 'new'].map((site) => {
      const these = passed.filter((one) => one.trouble === trouble && one.site === site);
      const looks = these.reduce((total, one) => total + one.looks, 0);
      const failed = these.reduce((total, one) => total + one.failedLooks, 0);
      return these.length === 0 ? '– | –' : `${these.length} | ${failed} of ${looks}`;
    });
    return `| ${trouble} | ${cells.join(' | ')} |`;
  });
  return [
    '| trouble | 2026.4.15: times | `/livez` 503, looks | 2026.9.6: times | `/livez` 503, looks |',
    '|---|---|---|---|---|',
    ...rows,
  ];
}

/** Whom `/livez` accused meanwhile: two of three that are stopped are broken, though nobody restarts them. */
function accusationList({ passed }: Outcome): readonly string[] {
  const accused = new Map<string, Set<string>>();
  for (const { trouble, accusations } of passed)
    for (const words of accusations) accused.set(words, (accused.get(words) ?? new Set()).add(trouble));
  if (accused.size === 0) return [];
  const lines = [...accused].map(([words, troubles]) => `- ${words} (${[...troubles].join('; ')})`);
  return ['What a 503 said:', '', ...lines, ''];
}

function actedTable({ acted }: Outcome): readonly string[] {
  const rows = acted.map(
    ({ fault, node, tookSeconds, passed, seen }) =>
      `| ${[fault, node, passed ? 'restarted once, and attached' : 'no', tookSeconds.toFixed(0), seen].join(' | ')} |`,
  );
  return [
    '| what a restart helps | node host | outcome | attached after, s | seen |',
    '|---|---|---|---|---|',
    ...rows,
  ];
}

function clock(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
