import { realpathSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Guardian } from '../../../src/demo/guardian.ts';
import { findStackBinaries } from '../../stack/harness/stack-binaries.ts';
import { startTelling, type Telling } from '../../stack/harness/telling.ts';
import type { ExporterUnderTest } from '../exporter-under-test.ts';
import { App, type Outcome } from '../harness/app.ts';
import { makeTemporaryDirectory } from '../harness/cleanup.ts';
import type { Gateway } from '../harness/gateway.ts';
import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { firings } from './fired.ts';
import {
  BEHIND_A_PROXY,
  exportersBeside,
  isBlockedFor,
  logOf,
  metBy,
  refusalsOf,
  untilNode,
  wayFrom,
  type Exporters,
} from './refused.ts';
import { healthyGateway } from './world.ts';

const NAME = 'Ana';
/** How often it all happens: long enough for the alert that wants both refusals in each of two five minutes. */
const ROUNDS = 3;
const ATTEMPTS_A_TURN = 7;
/** As an app whose backoff has grown; and ten refusals in a minute would be answered by a lock-out. */
const PAUSE_MS = 10_000;
/** A line is read within a second, and the verdict made with it. */
const TOLD_WITHIN_SECONDS = 5;
/** One scrape and one evaluation, of 15 s each. */
const TO_PROMETHEUS_SECONDS = 30;
/** The three alerts of this report, by how long after what each has to fire. */
const ALERTS = {
  OpenClawGatewayTokenRegenerated: {
    since: 'regenerated',
    withinSeconds: TOLD_WITHIN_SECONDS + TO_PROMETHEUS_SECONDS,
  },
  // Three refusals, and five minutes of them.
  OpenClawAppRefused: { since: 'refused', withinSeconds: 360 + TO_PROMETHEUS_SECONDS },
  // A second time five minutes after the first.
  OpenClawNodeTokenChurn: { since: 'refused', withinSeconds: 600 },
} as const;
/** What all OpenClaw processes of a host log to in one file, 2026.4 says whose it was in a later line. */
const SHARED_LOG_SECONDS = 90;
/** Who the exporters are told to look for, so that they leave other scenarios alone; its page is none of this report's. */
const SOMEBODY_ELSE = 'OpenClawNodeHostDown';
/** Away for longer, as on a machine that starves, a gateway has a page of its own; less the time of a look. */
const GATEWAY_DOWN_AFTER_MS = 110_000;

/**
 * openclaw#41407, in the order of the report, in real time, with the Prometheus, the Alertmanager and the rules that ship
 * beside it: what the exporter tells, and who is told.
 */
export const tokenChurnScenario: Scenario = {
  name: 'token-churn',
  versions: ['2026.9.6', '2026.4.15'],
  // CI's half hour is full.
  shortVersions: [],
  async run(context) {
    const churn = await Churn.theAppIsConnected(context);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await churn.theConfigurationIsRewrittenWithoutItsToken();
      await churn.theAppIsRefused('token_mismatch');
      if (round === 2) await churn.theLogIsRotatedAndTheExportersAreKilled();
      await churn.theAppIsGivenTheToken();
      await churn.theAppIsRefused('pairing_required');
    }
    await churn.claimVerdicts();
    await churn.claimAlerts();
    await churn.claimPages();
    await churn.theAppIsApproved();
  },
};

interface Site {
  readonly gateway: Gateway;
  readonly app: App;
  readonly exporters: Exporters;
  readonly telling: Telling;
}

class Churn {
  readonly #context: ScenarioContext;
  readonly #site: Site;
  /** The longest that the verdict of the moment took, by exporter. */
  readonly #lateMs = new Map<ExporterUnderTest, number>();
  /** When each happened first, in Unix seconds. */
  readonly #firsts = new Map<'regenerated' | 'refused', number>();
  #longestAwayMs = 0;

  private constructor(context: ScenarioContext, site: Site) {
    this.#context = context;
    this.#site = site;
  }

  /** Paired and attached, since the day before. */
  static async theAppIsConnected(context: ScenarioContext): Promise<Churn> {
    const { cleanup } = context;
    const gateway = await healthyGateway(context, { gatewayConfig: BEHIND_A_PROXY });
    // What comes from the machine itself, 2026.4 pairs by itself.
    const { port } = await wayFrom(context, gateway, '203.0.113.7');
    const instanceId = '11111111-2222-3333-4444-555555555555';
    const url = `ws://127.0.0.1:${port}`;
    const app = cleanup.use(new App({ url, token: gateway.token, displayName: NAME, instanceId }));
    await expectOf(app, 'refused:pairing_required');
    await gateway.approveDevice(NAME);
    await expectOf(app, 'attached');
    app.seen.clear();
    const exporters = await exportersBeside(context, gateway);
    const directory = realpathSync(await makeTemporaryDirectory('telling'));
    const guardian = new Guardian(directory);
    cleanup.defer(() => guardian.dismiss());
    const telling = await startTelling(cleanup, {
      binaries: findStackBinaries(),
      guardian,
      directory,
      pace: 'shipped',
      instances: Object.values(exporters).map(instanceOf),
    });
    await untilNode(exporters['with a token'], NAME, ({ state }) => state === 'alive');
    await waitUntil(
      async () =>
        (await telling.prometheus.query('openclaw_nodehost_gateway_token_regenerated_total')).length === 2,
      { timeoutMs: 90_000, what: 'Prometheus to have scraped both exporters' },
    );
    return new Churn(context, { gateway, app, exporters, telling });
  }

  /** “auth token was missing. Generated a new token”, a SIGTERM and a restart. */
  async theConfigurationIsRewrittenWithoutItsToken(): Promise<void> {
    const { gateway } = this.#site;
    await Promise.all([
      this.#restart(() => gateway.loseToken()),
      this.#firsts.has('regenerated') ? undefined : this.#claimRegenerated(),
    ]);
  }

  /** “Could not connect to the server”, for as long as the gateway is away. */
  async #restart(change: () => Promise<unknown>): Promise<void> {
    const { gateway, app } = this.#site;
    const sinceMs = monotonicMs();
    await gateway.stop();
    await change();
    const booting = gateway.boot();
    while ((await app.attempt()) === 'unreachable') await sleep(PAUSE_MS / 10);
    this.#longestAwayMs = Math.max(this.#longestAwayMs, monotonicMs() - sinceMs);
    if (!this.#firsts.has('refused')) this.#firsts.set('refused', Date.now() / 1_000);
    await booting;
  }

  async theAppIsRefused(reason: string): Promise<void> {
    const { app, exporters } = this.#site;
    for (let attempt = 0; attempt < ATTEMPTS_A_TURN; attempt += 1) {
      await sleep(PAUSE_MS);
      await expectOf(app, `refused:${reason}`);
      for (const exporter of Object.values(exporters)) {
        const tookMs = await waitUntil(
          async () => asText(await refusalsOf(exporter, NAME)) === asText(metBy(app)),
          { timeoutMs: 60_000, what: `${asText(metBy(app))} to be counted` },
        );
        await untilNode(exporter, NAME, isBlockedFor(reason));
        this.#lateMs.set(exporter, Math.max(this.#lateMs.get(exporter) ?? 0, tookMs));
      }
    }
  }

  /** Half of the repair: the other half, its pairing, looks stale by now and is removed; and all of it is undone again. */
  async theAppIsGivenTheToken(): Promise<void> {
    const { gateway, app, exporters } = this.#site;
    if (this.#context.version === '2026.4.15') await gateway.takeUpSavedToken();
    // 2026.9 tells nobody the token that it made.
    else await this.#restart(() => gateway.rotateToken());
    await gateway.waitForOperator();
    await gateway.removeDevice(app.deviceId);
    exporters['with a token'].writeToken(gateway.token);
    app.use({ token: gateway.token });
  }

  /** What the app meets meanwhile is read up on. */
  async theLogIsRotatedAndTheExportersAreKilled(): Promise<void> {
    const { gateway, app } = this.#site;
    const exporters = Object.values(this.#site.exporters);
    const log = logOf(gateway);
    if (log !== undefined) await rename(log, `${log}.1`);
    await Promise.all(exporters.map((exporter) => exporter.end('SIGKILL')));
    await sleep(PAUSE_MS);
    await expectOf(app, 'refused:token_mismatch');
    await Promise.all(exporters.map((exporter) => exporter.launch()));
  }

  async #claimRegenerated(): Promise<void> {
    const { gateway, exporters } = this.#site;
    const isWritten = async (): Promise<boolean> =>
      (await gateway.output()).includes('auth token was missing');
    await waitUntil(isWritten, { timeoutMs: 240_000, what: 'the gateway to make itself a token' });
    this.#firsts.set('regenerated', Date.now() / 1_000);
    await Promise.all(
      Object.entries(exporters).map(async ([name, exporter]) => {
        const tookMs = await waitUntil(
          async () => /_token_regenerated_total\{[^}]*\} 1$/m.test(await exporter.page('/metrics')),
          { timeoutMs: 180_000, what: 'the exporter to tell of the token' },
        );
        this.#record(name, 'told that the gateway made itself a token', {
          tookSeconds: tookMs / 1_000,
          withinSeconds: TOLD_WITHIN_SECONDS + this.#sharedLogSeconds,
          seen: 'counted once',
        });
      }),
    );
  }

  async claimVerdicts(): Promise<void> {
    const { app, exporters } = this.#site;
    for (const [name, exporter] of Object.entries(exporters)) {
      this.#record(
        name,
        'the app is named, blocked by the reason of the moment, and each refusal is counted',
        {
          tookSeconds: (this.#lateMs.get(exporter) ?? 0) / 1_000,
          withinSeconds: TOLD_WITHIN_SECONDS,
          seen: 'after each refusal',
        },
      );
      const [met, counted] = [asText(metBy(app)), asText(await refusalsOf(exporter, NAME))];
      this.#record(name, 'counted as the app met them, over restarts, a rotation of the log and a SIGKILL', {
        passed: counted === met,
        seen: `met ${met}, counted ${counted}; could not connect ${app.count('unreachable')} times`,
      });
    }
  }

  async claimAlerts(): Promise<void> {
    const { prometheus } = this.#site.telling;
    for (const [name, exporter] of Object.entries(this.#site.exporters))
      for (const [alertname, { since, withinSeconds }] of Object.entries(ALERTS)) {
        const begunSeconds = this.#firsts.get(since) ?? 0;
        const labels = { alertname, instance: instanceOf(exporter) };
        await waitUntil(async () => (await firings(prometheus, labels, begunSeconds)).length > 0, {
          timeoutMs: 120_000,
          everyMs: 1_000,
          what: `${alertname} to fire`,
        }).catch(() => undefined);
        const [first, ...others] = await firings(prometheus, labels, begunSeconds);
        const goesOn =
          first !== undefined && others.length === 0 && Date.now() / 1_000 - first.toSeconds < 40;
        this.#record(name, `${alertname} fires, and goes on`, {
          ...(first !== undefined && { tookSeconds: first.fromSeconds - begunSeconds }),
          withinSeconds: withinSeconds + (since === 'regenerated' ? this.#sharedLogSeconds : 0),
          passed: goesOn,
          seen: first === undefined ? 'never' : `${others.length} breaks`,
        });
      }
  }

  /** The page names the cause; what follows from it is kept back for as long as it stands. */
  async claimPages(): Promise<void> {
    const { alertmanager, receiver } = this.#site.telling;
    const isLongAway = this.#longestAwayMs > GATEWAY_DOWN_AFTER_MS;
    const others = [SOMEBODY_ELSE, ...(isLongAway ? ['OpenClawGatewayDown'] : [])];
    const rings = receiver.pages.filter(
      ({ receiver: to, status, groupLabels: { alertname = '' } }) =>
        to === 'pager' && status === 'firing' && !others.includes(alertname),
    );
    const rung = rings.map(({ groupLabels }) => groupLabels.alertname ?? '');
    const keptBack = (await alertmanager.alerts()).filter(
      ({ labels, status }) => labels.node_host === NAME && status.state === 'suppressed',
    );
    this.#record(
      'both exporters',
      'one kind of page, told once an exporter at most; the app’s alerts are kept back',
      {
        passed:
          rung.length > 0 &&
          rung.length <= 2 &&
          rung.every((alertname) => alertname === 'OpenClawGatewayTokenRegenerated') &&
          keptBack.length === 4,
        seen: `pages: ${rung.join(', ')}; kept back: ${keptBack.map(({ labels }) => labels.alertname).join(', ')}`,
      },
    );
    const runbooks = [
      ...new Set(
        rings.flatMap(({ alerts }) => alerts.map(({ annotations }) => annotations.runbook_url ?? '')),
      ),
    ];
    const texts = await Promise.all(runbooks.map(async (url) => (await fetch(url)).text()));
    this.#record('both exporters', 'the page’s runbook is where it says, and names the report', {
      passed: texts.length > 0 && texts.every((text) => text.includes('openclaw/issues/41407')),
      seen: runbooks.join(', '),
    });
  }

  /** “What helped: approve the pending node pairing again, stop the restarts.” */
  async theAppIsApproved(): Promise<void> {
    const { gateway, app, exporters, telling } = this.#site;
    await gateway.approveDevice(NAME);
    await expectOf(app, 'attached');
    const met = asText(metBy(app));
    for (const [name, exporter] of Object.entries(exporters)) {
      const tookMs = await untilNode(exporter, NAME, ({ state }) => state !== 'blocked');
      this.#record(name, 'blocked no more once it is approved', {
        tookSeconds: tookMs / 1_000,
        withinSeconds: 15,
        seen: `counted ${asText(await refusalsOf(exporter, NAME))}`,
        passed: asText(await refusalsOf(exporter, NAME)) === met,
      });
    }
    const labels = { alertname: 'OpenClawAppRefused', instance: instanceOf(exporters['with a token']) };
    const tookMs = await waitUntil(
      async () => {
        const [last] = (await firings(telling.prometheus, labels, Date.now() / 1_000 - 40)).slice(-1);
        return last === undefined;
      },
      { timeoutMs: 120_000, everyMs: 1_000, what: 'OpenClawAppRefused to end' },
    );
    this.#record('with a token', 'OpenClawAppRefused ends', {
      tookSeconds: tookMs / 1_000,
      withinSeconds: 90,
      seen: '',
    });
  }

  get #sharedLogSeconds(): number {
    return this.#context.version === '2026.4.15' ? SHARED_LOG_SECONDS : 0;
  }

  #record(
    exporter: string,
    verdict: string,
    {
      passed = true,
      ...found
    }: {
      readonly tookSeconds?: number;
      readonly withinSeconds?: number;
      readonly passed?: boolean;
      readonly seen: string;
    },
  ): void {
    const { tookSeconds, withinSeconds = Infinity } = found;
    const isInTime = tookSeconds === undefined || tookSeconds <= withinSeconds * this.#context.leniency;
    const fault = `token churn of an app (openclaw#41407), ${exporter}`;
    this.#context.record({ fault, verdict, ...found, passed: passed && isInTime });
  }
}

/** One attempt of the app, which has to come to this: else the scenario tells another story. */
async function expectOf(app: App, expected: Outcome): Promise<void> {
  const outcome = await app.attempt();
  if (outcome !== expected) throw new Error(`the app was to be ${expected}, and was ${outcome}`);
}

function instanceOf({ port }: ExporterUnderTest): string {
  return `127.0.0.1:${port}`;
}

function asText(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([reason, count]) => `${count} ${reason}`).join(', ');
}
