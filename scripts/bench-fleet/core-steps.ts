import { DEFAULT_THRESHOLDS, type Instant, LivenessCore, type RosterRow } from '../../src/core/index.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { interpretRoster } from '../../src/sources/gateway-session/interpret-roster.ts';
import { fleetReply } from './fleet-reply.ts';
import { median } from '../../test/helpers/quantile.ts';

/** What one step cost, in milliseconds of an event loop that could do nothing else meanwhile. */
export interface StepCost {
  readonly step: string;
  readonly medianMs: number;
  readonly maxMs: number;
}

const GATEWAY = 'gw:1';
const ROUNDS = 40;
/** Rounds before the engine has compiled what it runs. */
const WARM_UP_ROUNDS = 10;
/** Sessions that begin or end between two rosters: each makes a transition, and so a long history. */
const FLAPPING_SHARE = 0.2;

/** Times each thing that the core does for `nodes` remote node hosts, all with a full history behind them. */
export function timeCoreSteps(nodes: number): readonly StepCost[] {
  let now: Instant = { monoMs: 1_000_000, wallMs: Date.parse('2026-11-22T03:00:00Z') };
  const pass = (ms: number): void => {
    now = { monoMs: now.monoMs + ms, wallMs: now.wallMs + ms };
  };
  const core = new LivenessCore({
    targets: [{ id: 'local', explicit: false }],
    gateways: [{ name: GATEWAY, url: `ws://${GATEWAY}`, address: { host: 'gw', port: 1 } }],
    limits: DEFAULT_THRESHOLDS,
    enabledSources: ['process', 'gateway-http', 'gateway-session'],
    defaultName: 'bench',
    maxNodes: nodes + 1,
    forgetNodesAfterMs: 30 * 86_400_000,
    startedAt: now,
  });
  core.observe({ source: 'process', target: 'local', at: now, process: null });
  core.report({ source: 'process', at: now, durationMs: 1 });
  core.observe({
    source: 'gateway-session',
    gateway: GATEWAY,
    at: now,
    kind: 'opened',
    serverVersion: '2026.9.6',
    protocol: 4,
    connectMs: 1,
  });

  const costs = new Map<string, number[]>();
  const time = <T>(step: string, run: () => T): T => {
    const begun = performance.now();
    const result = run();
    costs.set(step, [...(costs.get(step) ?? []), performance.now() - begun]);
    return result;
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === WARM_UP_ROUNDS) costs.clear();
    pass(5_000);
    core.observe({ source: 'gateway-http', gateway: GATEWAY, at: now, result: { ok: true, rttMs: 1 } });
    const text = JSON.stringify(
      fleetReply({ nodes, first: 0, wallMs: now.wallMs, round, flappingShare: FLAPPING_SHARE }),
    );
    const rows = time('read node.list', () => rowsOf(JSON.parse(text)));
    time('take in the roster', () => {
      core.observe({
        source: 'gateway-session',
        gateway: GATEWAY,
        at: now,
        kind: 'roster',
        gatewayTsMs: now.wallMs,
        rows,
        rttMs: 1,
      });
    });
    time('tick', () => core.tick(now));
    pass(1_000);
    time('tick without news', () => core.tick(now));
    time('snapshot', () => core.snapshot(now));
    time('state to save', () => JSON.stringify(dehydrate(core.memory(), { now, logs: {} })));
  }
  return [...costs].map(([step, ms]) => ({ step, medianMs: median(ms), maxMs: Math.max(...ms) }));
}

function rowsOf(payload: unknown): readonly RosterRow[] {
  const roster = interpretRoster(payload);
  if (roster.kind !== 'roster') throw new Error(roster.message);
  return roster.rows;
}
