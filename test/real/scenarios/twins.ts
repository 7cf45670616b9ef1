import {
  claimHeartbeatFresh,
  claimHeartbeatStopped,
  claimListedOnce,
  claimNeverAccused,
  claimVerdict,
  settleAlive,
} from '../claims.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { exporterFor, healthyGateway, nodeHost, reconnectsByItself } from './world.ts';

/** Our words for them: the gateway knows both by the machine's name, or both by the same one. */
const SILENT = 'TwinSilent';
const WELL = 'TwinWell';
/** How long a verdict that was handed to the wrong one may take to show. */
const AFTERMATH_MS = 45_000;

/** Two node hosts of one machine that have the same name. The one that fell silent is called, and never the other. */
export const unnamedTwinsScenario: Scenario = {
  name: 'twins-unnamed',
  versions: ['2026.4.15', '2026.7.1', '2026.9.6'],
  shortVersions: ['2026.9.6'],
  run: (context) => runTwins(context, { nameGiven: null, as: 'two unnamed node hosts' }),
};

export const namedTwinsScenario: Scenario = {
  name: 'twins-named-alike',
  versions: ['2026.4.15', '2026.9.6'],
  shortVersions: [],
  run: (context) => runTwins(context, { nameGiven: 'Twin', as: 'two node hosts named alike' }),
};

interface Twins {
  readonly nameGiven: string | null;
  /** Begins the rows' words. */
  readonly as: string;
}

async function runTwins(context: ScenarioContext, { nameGiven, as }: Twins): Promise<void> {
  const losesTimer = reconnectsByItself(context);
  const gateway = await healthyGateway(context);
  const silent = await nodeHost(context, gateway, {
    displayName: SILENT,
    nameGiven,
    ...(losesTimer && { preload: 'lost-timer' as const }),
  });
  const well = await nodeHost(context, gateway, { displayName: WELL, nameGiven });
  await gateway.waitAttachedCount(2);
  const hosts = [silent, well];
  const knowing = await exporterFor(context, gateway, { hosts, token: gateway.token });
  const blind = await exporterFor(context, gateway, { hosts });
  const both = [
    { exporter: knowing, suffix: '' },
    { exporter: blind, suffix: ', no credential' },
  ];
  for (const { exporter } of both) {
    await settleAlive(exporter, SILENT);
    await settleAlive(exporter, WELL);
  }
  const settledAt = monotonicMs();
  await sleep(10_000);

  let faultAt = monotonicMs();
  if (losesTimer) {
    silent.loseTimers();
    await sleep(500);
    faultAt = monotonicMs();
    await gateway.restart({ outageMs: 2_000 });
    // HTTP answers seconds before anybody can attach, on a busy machine many.
    await gateway.waitForOperator();
  } else {
    silent.freeze();
  }
  // A lost timer counts from the moment at which anybody could attach again.
  const sinceMs = losesTimer ? monotonicMs() : faultAt;
  const fault = `${as}, one ${losesTimer ? 'loses its timer' : 'frozen'}`;
  await Promise.all(
    both.map(({ exporter, suffix }) =>
      claimVerdict(context, {
        exporter,
        node: SILENT,
        fault: `${fault}${suffix}`,
        state: losesTimer ? 'zombie' : 'wedged',
        livez: 503,
        // Without a session of its own an exporter cannot know when the gateway lets somebody in: ten seconds more.
        withinSeconds: losesTimer ? (exporter === knowing ? 15 : 20) : 7,
        sinceMs,
      }),
    ),
  );
  await sleep(AFTERMATH_MS);
  for (const { exporter, suffix } of both) {
    await claimHeartbeatStopped(context, {
      exporter,
      node: SILENT,
      fault: `${fault}${suffix}`,
      sinceMs: faultAt,
    });
    claimNeverAccused(context, {
      exporter,
      node: WELL,
      fault: `${as}: the healthy one${suffix}`,
      sinceMs: settledAt,
    });
    // Those who went with the gateway's restart have been back for a while.
    claimHeartbeatFresh(context, {
      exporter,
      node: WELL,
      fault: `${as}: the healthy one${suffix}`,
      sinceMs: losesTimer ? monotonicMs() - AFTERMATH_MS / 3 : settledAt,
    });
    claimListedOnce(context, {
      exporter,
      nodes: [SILENT, WELL],
      fault: `${as}${suffix}`,
      sinceMs: settledAt,
    });
  }
  await claimVerdict(context, {
    exporter: knowing,
    node: WELL,
    fault: `${as}: the healthy one, in the end`,
    state: 'alive',
    livez: 200,
    withinSeconds: 10,
    sinceMs: monotonicMs(),
  });
}
