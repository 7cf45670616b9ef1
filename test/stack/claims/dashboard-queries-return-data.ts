import type { Claim, ClaimContext } from '../claim.ts';
import { makeZombies, waitForState } from '../harness/faults.ts';
import {
  annotationQueries,
  askingPanels,
  legendLabels,
  legendOf,
  sentExpression,
  type Dashboard,
  type DashboardPanel,
  type PanelTarget,
  type Shown,
} from '../harness/grafana-dashboard.ts';
import type { Series } from '../harness/prometheus-server.ts';
import { shippedDashboard } from '../harness/shipped-files.ts';
import { startStack, type Stack } from '../harness/stack.ts';
import { objectionTo } from '../harness/unit-fits.ts';
import { waitUntil } from '../../real/harness/wait-until.ts';

const ZOMBIE = 'mac-studio';
const FROZEN = 'build-box';
const REFUSED = 'lobby-mini';
const RESTARTED = 'attic-pi';
const REMOTE = 'field-laptop';
const LOCAL = [ZOMBIE, FROZEN, REFUSED, RESTARTED];

/** The quick pace scrapes every second. */
const SCRAPE_SECONDS = 1;
const STEP_SECONDS = 2;

/** A story in which something happens for every panel: faults of each kind, a gateway restart, and healing. */
export const dashboardQueriesReturnData: Claim = {
  name: 'dashboard-queries-return-data',
  says: 'every query of every panel of both dashboards returns data, with a unit and a legend that fit',
  run: async (context) => {
    const startSeconds = Date.now() / 1_000;
    const stack = await startStack(context.cleanup, {
      binaries: context.binaries,
      pace: 'quick',
      nodeHosts: [
        { name: ZOMBIE },
        { name: FROZEN },
        { name: REFUSED, hasWrongToken: true },
        { name: RESTARTED },
        { name: REMOTE, isRemote: true },
      ],
    });
    await tellStory(stack);
    const look: Look = {
      context,
      stack,
      fromSeconds: startSeconds,
      toSeconds: Math.floor(Date.now() / 1_000),
    };
    await examine(look, JSON.parse(shippedDashboard('fleet')) as Dashboard, [{}]);
    await examine(
      look,
      JSON.parse(shippedDashboard('node-host')) as Dashboard,
      LOCAL.map((name) => ({ node_host: name, gateway: stack.gatewayLabel })),
    );
  },
};

async function tellStory(stack: Stack): Promise<void> {
  const { site, receiver } = stack;
  await waitForState(stack, REFUSED, 'blocked');
  await site.nodeHost(RESTARTED).restart();
  await makeZombies(stack, [ZOMBIE]);
  site.nodeHost(FROZEN).freeze();
  await site.nodeHost(REMOTE).kill();
  for (const alertname of ['OpenClawNodeHostZombie', 'OpenClawNodeHostWedged']) {
    await receiver.waitFor('firing', { alertname }, { timeoutMs: 120_000 });
  }
  site.nodeHost(FROZEN).continue();
  await waitForState(stack, FROZEN, 'alive');
  // What the dashboards show is what was scraped after the last of it.
  await waitUntil(
    async () => {
      const series = await stack.prometheus.query(
        'openclaw_nodehost_state{state=~"zombie|blocked|offline|alive"} == 1',
      );
      const states = new Map(series.map(({ labels }) => [labels.node_host, labels.state]));
      return (
        states.get(ZOMBIE) === 'zombie' &&
        states.get(FROZEN) === 'alive' &&
        states.get(REFUSED) === 'blocked' &&
        states.get(RESTARTED) === 'alive' &&
        states.get(REMOTE) === 'offline'
      );
    },
    { timeoutMs: 60_000, everyMs: 500, what: 'the end of the story to be scraped' },
  );
}

interface Look {
  readonly context: ClaimContext;
  readonly stack: Stack;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

type Choice = Readonly<Record<string, string>>;

/** `choices`: what is picked in the menus, one after the other; one of them must fill a panel. */
async function examine(look: Look, dashboard: Dashboard, choices: readonly Choice[]): Promise<void> {
  for (const panel of askingPanels(dashboard)) {
    const objections: string[] = [];
    let lines = 0;
    for (const target of panel.targets ?? []) {
      const series = await firstData(look, { dashboard, target, choices });
      lines += series.length;
      if (series.length === 0) objections.push(`${target.refId} is empty: ${target.expr}`);
      else objections.push(...objectionsToSeries(panel, target, series));
    }
    look.context.record({
      what: `${dashboard.title}: ${panel.title}`,
      passed: objections.length === 0,
      seen: objections.join('; ') || `${(panel.targets ?? []).length} queries, ${lines} series`,
    });
  }
  for (const { name, expr } of annotationQueries(dashboard)) {
    const series = await firstData(look, { dashboard, target: { refId: 'Anno', expr }, choices });
    look.context.record({
      what: `${dashboard.title}: annotation ${name}`,
      passed: series.length > 0,
      seen: `${series.length} series`,
    });
  }
}

async function firstData(
  { stack, fromSeconds, toSeconds }: Look,
  asked: { readonly dashboard: Dashboard; readonly target: PanelTarget; readonly choices: readonly Choice[] },
): Promise<readonly Series[]> {
  const { dashboard, target, choices } = asked;
  const shown: Shown = {
    rangeSeconds: Math.ceil(toSeconds - fromSeconds),
    stepSeconds: STEP_SECONDS,
    scrapeSeconds: SCRAPE_SECONDS,
  };
  for (const chosen of choices) {
    const expression = sentExpression(target.expr, { dashboard, chosen, shown });
    const series =
      target.instant === true
        ? await stack.prometheus.query(expression)
        : await stack.prometheus.queryRange(expression, {
            fromSeconds,
            toSeconds,
            stepSeconds: STEP_SECONDS,
          });
    const drawn = series.filter(({ samples }) => samples.some(({ value }) => Number.isFinite(value)));
    if (drawn.length > 0) return drawn;
  }
  return [];
}

function objectionsToSeries(
  panel: DashboardPanel,
  target: PanelTarget,
  series: readonly Series[],
): readonly string[] {
  const objections: string[] = [];
  // A table's columns have units of their own, by override; its rows have no legend.
  if (panel.type !== 'table') {
    const values = series.flatMap(({ samples }) => samples.map(({ value }) => value));
    const unit = unitOf(panel, target);
    const objection = objectionTo(unit, values, Date.now());
    if (objection !== undefined) objections.push(`${target.refId}: ${objection}`);
  }
  const { legendFormat = '' } = target;
  if (panel.type === 'table' || legendFormat === '__auto') return objections;
  if (legendFormat === '') return [...objections, `${target.refId} has no legend`];
  const unknown = legendLabels(legendFormat).filter((label) =>
    series.some(({ labels }) => (labels[label] ?? '') === ''),
  );
  if (unknown.length > 0) objections.push(`${target.refId}: no series has ${unknown.join(', ')}`);
  const names = series.map(({ labels }) => legendOf(legendFormat, labels));
  if (new Set(names).size < names.length)
    objections.push(`${target.refId}: two lines share a name: ${names.join(', ')}`);
  return objections;
}

/** Of the query itself where an override names it, else of the panel. */
function unitOf({ fieldConfig }: DashboardPanel, { refId }: PanelTarget): string | undefined {
  const own = fieldConfig?.overrides
    ?.filter(({ matcher }) => matcher.id === 'byFrameRefID' && matcher.options === refId)
    .flatMap(({ properties }) => properties.filter(({ id }) => id === 'unit'))
    .at(-1)?.value;
  return typeof own === 'string' ? own : fieldConfig?.defaults?.unit;
}
