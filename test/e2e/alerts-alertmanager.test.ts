import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLastingPort } from '../../src/demo/free-port.ts';
import { Guardian } from '../../src/demo/guardian.ts';
import { ALERTMANAGER_FILE, alertRules } from '../helpers/alert-rules.ts';
import { ALERTMANAGER, AMTOOL, describeWith } from '../helpers/debian-program.ts';
import { waitUntil } from '../real/harness/wait-until.ts';
import { adaptAlertmanagerConfig } from '../stack/harness/adapt-config.ts';
import { AlertmanagerServer } from '../stack/harness/alertmanager-server.ts';
import { PageReceiver, type Labels } from '../stack/harness/page-receiver.ts';

/*
 * The example for Alertmanager, as Alertmanager's own tool and a real Alertmanager take it.
 */

const RECEIVER_OF_SEVERITY: Readonly<Record<string, string>> = {
  critical: 'pager',
  warning: 'chat',
  info: 'chat',
};

describeWith(AMTOOL, (amtool) => {
  const file = fileURLToPath(ALERTMANAGER_FILE);

  function run(...args: readonly string[]): { status: number | null; output: string } {
    const { error, status, stdout, stderr } = spawnSync(amtool, args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return { status, output: `${stdout}${stderr}` };
  }

  /** What amtool says about the receivers of an alert with these labels, and whether they are the expected one. */
  function route(receiver: string, labels: readonly string[]): { status: number | null; output: string } {
    return run(
      'config',
      'routes',
      'test',
      `--config.file=${file}`,
      `--verify.receivers=${receiver}`,
      ...labels,
    );
  }

  it('takes the example', () => {
    expect(run('check-config', file)).toMatchObject({
      status: 0,
      output: expect.stringContaining('SUCCESS') as string,
    });
  });

  it.each(alertRules())('$alert goes to whom its severity means', ({ alert, labels }) => {
    const receiver = alert === 'Watchdog' ? 'dead-man' : RECEIVER_OF_SEVERITY[labels.severity ?? ''];
    expect(receiver).toBeDefined();
    expect(route(receiver ?? '', [`alertname=${alert}`, `severity=${labels.severity ?? ''}`])).toMatchObject({
      status: 0,
    });
  });

  it.each([
    [
      'an alert of somebody else, whose severity is not known here',
      'chat',
      ['alertname=DiskFull', 'severity=page'],
    ],
    ['an alert without any severity', 'chat', ['alertname=DiskFull']],
    ['what is only for machines', 'nobody', ['alertname=InfoInhibitor', 'severity=none']],
  ])('%s goes to %s', (_, receiver, labels) => {
    expect(route(receiver, labels)).toMatchObject({ status: 0 });
  });

  it('would notice a wrong receiver', () => {
    expect(route('chat', ['alertname=OpenClawNodeHostZombie', 'severity=critical']).status).not.toBe(0);
  });
});

const NODE = ['job', 'instance', 'gateway', 'node_host'] as const;
const GATEWAY = ['job', 'instance', 'gateway'] as const;
const EXPORTER = ['job', 'instance'] as const;

interface Inhibition {
  readonly when: string;
  readonly source: string;
  readonly sourceHas: readonly string[];
  readonly silent: readonly string[];
  readonly heard: readonly string[];
}

const NODE_ALERTS = alertRules()
  .map(({ alert }) => alert)
  .filter((alert) => alert.startsWith('OpenClawNodeHost'));
/** Told once for all exporters, so they bear neither gateway nor instance. */
const OF_NO_EXPORTER = ['OpenClawNodeHostOffline', 'OpenClawNodeHostAwaitingApproval'];
const GATEWAY_BOUND = NODE_ALERTS.filter((alert) => !OF_NO_EXPORTER.includes(alert));
const PAGES = alertRules()
  .filter(({ labels }) => labels.severity === 'critical')
  .map(({ alert }) => alert)
  .filter((alert) => alert.startsWith('OpenClawNodeHost'));

const INHIBITIONS: readonly Inhibition[] = [
  {
    when: 'a gateway is down, all that concerns its node hosts is silent',
    source: 'OpenClawGatewayDown',
    sourceHas: GATEWAY,
    silent: [...GATEWAY_BOUND, 'OpenClawGatewayFlapping'],
    heard: [...OF_NO_EXPORTER, 'OpenClawExporterSourceBlind'],
  },
  {
    when: 'a gateway is deaf, all that concerns its node hosts is silent',
    source: 'OpenClawGatewayDeaf',
    sourceHas: GATEWAY,
    silent: [...GATEWAY_BOUND, 'OpenClawGatewayFlapping'],
    heard: OF_NO_EXPORTER,
  },
  {
    when: 'an exporter is down, what it saw before keeps its page, and what is made up of its silence is silent',
    source: 'OpenClawExporterDown',
    sourceHas: EXPORTER,
    silent: ['OpenClawNodeHostHeartbeatStale', 'OpenClawNodeHostUnknown', 'OpenClawExporterSourceBlind'],
    heard: [...PAGES, 'OpenClawGatewayDown', 'OpenClawGatewayDeaf'],
  },
  {
    when: 'a viewpoint is lost, what follows from that is silent, and a page is not',
    source: 'OpenClawExporterSourceBlind',
    sourceHas: [...EXPORTER, 'source'],
    silent: ['OpenClawNodeHostUnknown', 'OpenClawNodeHostHeartbeatStale'],
    heard: [...PAGES, 'OpenClawGatewayDown'],
  },
  {
    when: 'a clock is wrong, heartbeats that only seem old are silent',
    source: 'OpenClawExporterClockSkew',
    sourceHas: EXPORTER,
    silent: ['OpenClawNodeHostHeartbeatStale', 'OpenClawGatewayClockSkew'],
    heard: PAGES,
  },
  {
    when: 'a node host waits for an approval, that it offers fewer commands is silent',
    source: 'OpenClawNodeHostAwaitingApproval',
    sourceHas: ['node_id', 'node_host'],
    silent: ['OpenClawNodeCommandsWithheld'],
    heard: ['OpenClawNodeHostOffline'],
  },
  {
    when: 'a node host is down, it is no zombie',
    source: 'OpenClawNodeHostDown',
    sourceHas: NODE,
    silent: ['OpenClawNodeHostZombie', 'OpenClawNodeHostWedged', 'OpenClawNodeHostParked'],
    heard: [
      'OpenClawNodeHostSupervisorGaveUp',
      'OpenClawNodeHostBlocked',
      'OpenClawNodeHostRestartDidNotHelp',
    ],
  },
  {
    when: 'a node host crashes again and again, its reconnects are not told again, and no page is silenced',
    source: 'OpenClawNodeHostCrashLooping',
    sourceHas: NODE,
    silent: ['OpenClawNodeHostReconnectStorm', 'OpenClawNodeHostFutileReconnects'],
    heard: ['OpenClawNodeHostDown', 'OpenClawNodeHostSupervisorGaveUp', 'OpenClawNodeHostBlocked'],
  },
  {
    when: 'a supervisor gave up, that its node host is down is no second page',
    source: 'OpenClawNodeHostSupervisorGaveUp',
    sourceHas: NODE,
    silent: ['OpenClawNodeHostDown', 'OpenClawNodeHostReconnectStorm'],
    heard: ['OpenClawNodeHostZombie', 'OpenClawNodeHostBlocked'],
  },
  {
    when: 'a node host is blocked, the reason for it is not told again',
    source: 'OpenClawNodeHostBlocked',
    sourceHas: NODE,
    silent: [
      'OpenClawNodeHostParked',
      'OpenClawNodeTokenChurn',
      'OpenClawNodeHostHeartbeatStale',
      'OpenClawNodeHostFutileReconnects',
    ],
    heard: ['OpenClawNodeHostZombie', 'OpenClawNodeHostDown'],
  },
  {
    when: 'a node host is a zombie, its causes are not told again',
    source: 'OpenClawNodeHostZombie',
    sourceHas: NODE,
    silent: ['OpenClawNodeHostFutileReconnects', 'OpenClawNodeHostHeartbeatStale', 'OpenClawNodeHostParked'],
    heard: ['OpenClawNodeHostRestartDidNotHelp', 'OpenClawNodeTokenChurn'],
  },
  {
    when: 'restarts do not help, a zombie that has paged keeps its page, so that its end is told',
    source: 'OpenClawNodeHostRestartDidNotHelp',
    sourceHas: NODE,
    silent: ['OpenClawNodeHostReconnectStorm'],
    heard: ['OpenClawNodeHostZombie', 'OpenClawNodeHostWedged', 'OpenClawNodeHostDown'],
  },
  {
    when: 'a gateway flaps, that node hosts dial anew is silent',
    source: 'OpenClawGatewayFlapping',
    sourceHas: GATEWAY,
    silent: ['OpenClawNodeHostReconnectStorm', 'OpenClawNodeHostFutileReconnects'],
    heard: PAGES,
  },
];

/** Labels that an alert has by its rule. */
function labelNames(alert: string): readonly string[] {
  if (alert === 'OpenClawExporterAbsent') return [];
  if ([...OF_NO_EXPORTER, 'OpenClawNodeCommandsWithheld'].includes(alert)) return ['node_id', 'node_host'];
  if (/^OpenClaw(Node|App)/.test(alert)) return NODE;
  return alert.startsWith('OpenClawGateway') ? GATEWAY : EXPORTER;
}

/** These labels as one pair has them, which shares its job with no other. */
function labelsOf(pair: string, names: readonly string[], changed: Labels = {}): Labels {
  const usual = {
    job: pair,
    instance: 'mac:9789',
    gateway: '127.0.0.1:18789',
    node_host: 'builder',
    node_id: 'd1f0',
    source: 'process',
  };
  const all: Labels = { ...usual, ...changed };
  return { ...Object.fromEntries(names.map((name) => [name, all[name] ?? ''])), pair };
}

/** One second of the routes' waits stands for a minute. */
const DIVISOR = 60;
const DEADLINE_MS = 30_000;

describeWith(ALERTMANAGER, (binary) => {
  let guardian: Guardian;
  let alertmanager: AlertmanagerServer;
  let receiver: PageReceiver;
  let pairs = 0;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'alertmanager-'));
    guardian = new Guardian(directory);
    receiver = await PageReceiver.start();
    const config = readFileSync(ALERTMANAGER_FILE, 'utf8');
    alertmanager = await AlertmanagerServer.start({
      binary,
      guardian,
      directory,
      port: await findLastingPort(),
      config: adaptAlertmanagerConfig(config, { webhook: receiver.url, divisor: DIVISOR }),
    });
  });

  afterAll(async () => {
    await alertmanager[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await guardian.dismiss();
  });

  async function post(alerts: readonly Labels[]): Promise<void> {
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    });
    expect(response.status).toBe(200);
  }

  /** Whether another alert keeps this one quiet now. */
  async function isSilent(pair: string, alertname: string): Promise<boolean> {
    const alerts = await alertmanager.alerts();
    const alert = alerts.find(({ labels }) => labels.pair === pair && labels.alertname === alertname);
    if (alert === undefined) throw new Error(`Alertmanager has no ${alertname} of ${pair}`);
    return alert.status.inhibitedBy.length > 0;
  }

  /**
   * Alertmanager takes alerts in the order in which they come. Once one that came last is inhibited, all before it have
   * been looked at.
   */
  async function settled(): Promise<void> {
    pairs += 1;
    const pair = `last-${pairs}`;
    const last = { job: pair, instance: 'x', gateway: 'x', pair };
    await post([{ ...last, alertname: 'OpenClawGatewayDown' }]);
    await post([{ ...last, alertname: 'OpenClawGatewayFlapping' }]);
    await waitUntil(() => isSilent(pair, 'OpenClawGatewayFlapping'), {
      timeoutMs: DEADLINE_MS,
      everyMs: 20,
      what: 'the last alert to be inhibited',
    });
  }

  /**
   * Which of the targets are silent while the source fires, each in a pair of its own, so that none silences another.
   *
   * @param elsewhere labels in which the targets differ from the source
   */
  async function silencedBy(
    { source, sourceHas }: Pick<Inhibition, 'source' | 'sourceHas'>,
    targets: readonly string[],
    elsewhere: Labels = {},
  ): Promise<readonly string[]> {
    pairs += 1;
    const run = pairs;
    for (const alert of targets) {
      const pair = `${run}-${alert}`;
      await post([{ ...labelsOf(pair, sourceHas), alertname: source }]);
      await post([{ ...labelsOf(pair, labelNames(alert), elsewhere), alertname: alert }]);
    }
    await settled();
    const silent: string[] = [];
    for (const alert of targets) if (await isSilent(`${run}-${alert}`, alert)) silent.push(alert);
    return silent;
  }

  it.each(INHIBITIONS)('when $when', async ({ source, sourceHas, silent, heard }) => {
    expect(await silencedBy({ source, sourceHas }, [...silent, ...heard])).toEqual(silent);
  });

  it.each([
    ['on another machine, where 127.0.0.1 is another gateway', { instance: 'attic:9789' }],
    ['of another job', { job: 'elsewhere' }],
    ['of another gateway of the same exporter', { gateway: 'gw.lan:18789' }],
  ])('a gateway that is down leaves a zombie alone %s', async (_, elsewhere) => {
    const source = { source: 'OpenClawGatewayDown', sourceHas: GATEWAY };
    expect(await silencedBy(source, ['OpenClawNodeHostZombie'], elsewhere)).toEqual([]);
  });

  it('a log that cannot be read leaves a stale heartbeat alone', async () => {
    const pair = 'blind-log';
    const blind = { ...labelsOf(pair, [...EXPORTER, 'source']), source: 'log' };
    await post([{ ...blind, alertname: 'OpenClawExporterSourceBlind' }]);
    await post([{ ...labelsOf(pair, NODE), alertname: 'OpenClawNodeHostHeartbeatStale' }]);
    await settled();
    expect(await isSilent(pair, 'OpenClawNodeHostHeartbeatStale')).toBe(false);
  });

  it.each([
    ['that is offline', { node_id: 'd1f0' }, true],
    ['of the same name that is not', {}, false],
    ['of the same name that is offline, too', { node_id: 'e2a1' }, false],
  ])('a node host that is offline silences the stale heartbeat of one %s: %j', async (_, own, isSilenced) => {
    const pair = `offline-${JSON.stringify(own)}`;
    const offline = { alertname: 'OpenClawNodeHostOffline', node_host: pair, node_id: 'd1f0', pair };
    const stale = { ...labelsOf(pair, NODE), node_host: pair, ...own };
    await post([offline]);
    await post([{ ...stale, alertname: 'OpenClawNodeHostHeartbeatStale' }]);
    await settled();
    expect(await isSilent(pair, 'OpenClawNodeHostHeartbeatStale')).toBe(isSilenced);
  });

  it('a node host that is down leaves its neighbour alone', async () => {
    const source = { source: 'OpenClawNodeHostDown', sourceHas: NODE };
    expect(await silencedBy(source, ['OpenClawNodeHostZombie'], { node_host: 'attic' })).toEqual([]);
  });

  describe('when somebody is told', () => {
    const zombie = (node_host: string, gateway: string): Labels => ({
      alertname: 'OpenClawNodeHostZombie',
      severity: 'critical',
      job: 'pages',
      instance: 'mac:9789',
      gateway,
      node_host,
    });

    it('ten node hosts that hang together are one page, and another gateway is another', async () => {
      const nodeHosts = Array.from({ length: 10 }, (_, index) => `n${index}`);
      await post([...nodeHosts.map((name) => zombie(name, 'gw-a:18789')), zombie('m', 'gw-b:18789')]);
      await receiver.waitFor('firing', { gateway: 'gw-a:18789' }, { timeoutMs: DEADLINE_MS });
      await receiver.waitFor('firing', { gateway: 'gw-b:18789' }, { timeoutMs: DEADLINE_MS });
      const pages = receiver.pages.filter(
        ({ groupLabels }) => groupLabels.gateway?.startsWith('gw-') === true,
      );
      const brief = pages.map(({ receiver: to, groupLabels, alerts }) => [
        to,
        groupLabels.gateway,
        alerts.length,
      ]);
      expect(brief.sort()).toEqual([
        ['pager', 'gw-a:18789', 10],
        ['pager', 'gw-b:18789', 1],
      ]);
    });

    it('the dead man’s switch is heard again and again by its own receiver', async () => {
      await post([{ alertname: 'Watchdog', severity: 'none' }]);
      const { page } = await receiver.waitFor(
        'firing',
        { alertname: 'Watchdog' },
        { timeoutMs: DEADLINE_MS },
      );
      expect(page.receiver).toBe('dead-man');
      const { page: again } = await receiver.waitFor(
        'firing',
        { alertname: 'Watchdog' },
        { timeoutMs: DEADLINE_MS, sinceWallMs: page.atWallMs + 1 },
      );
      expect(again.receiver).toBe('dead-man');
    });
  });

  it('when an exporter is down, "none at all" is silent, whatever its labels', async () => {
    const source = { source: 'OpenClawExporterDown', sourceHas: EXPORTER };
    expect(await silencedBy(source, ['OpenClawExporterAbsent'])).toEqual(['OpenClawExporterAbsent']);
  });
});
