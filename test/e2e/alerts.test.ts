import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  ALERT_RULES_FILE,
  alertRules,
  alertTestFile,
  recordedForAlerts,
  RECORDING_RULES_FILE,
  scenarioFiles,
  type AlertRule,
} from '../helpers/alert-rules.ts';
import { describeWith, PROMTOOL } from '../helpers/debian-program.ts';
import { promDurationMs } from '../helpers/promql.ts';

/*
 * Prometheus's own evaluation of the alerts. What each test feeds and expects is in test/alerts; here it is run, and run
 * again on rules that are broken, which has to be noticed.
 */

interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

function run(program: string, args: readonly string[]): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ passed: code === 0, output });
    });
  });
}

/** Runs a test file on rules that are not those that it names. */
async function testWith(promtool: string, testFile: URL, rulesText: string): Promise<Verdict> {
  const directory = mkdtempSync(join(tmpdir(), 'alerts-'));
  try {
    const rulesFile = join(directory, 'rules.yml');
    const tests = parse(readFileSync(testFile, 'utf8')) as Record<string, unknown>;
    writeFileSync(rulesFile, rulesText);
    writeFileSync(join(directory, 'test.yml'), stringify({ ...tests, rule_files: [rulesFile] }));
    return await run(promtool, ['test', 'rules', join(directory, 'test.yml')]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The alert as somebody would lift it out: in a file of its own, with what is recorded for alerts. */
function alone(rule: object): string {
  return stringify({ groups: [{ name: 'alone', rules: [...recordedForAlerts(), rule] }] });
}

function withFor(rule: AlertRule, duration: string): AlertRule {
  return { ...rule, for: duration };
}

function scenario(name: string): URL {
  const file = scenarioFiles().find(({ pathname }) => pathname.endsWith(`/${name}.test.yml`));
  if (file === undefined) throw new Error(`no scenario ${name}`);
  return file;
}

/** What holds the alerts up, each taken away in turn. */
const LOAD_BEARING: readonly {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly noticedBy: string;
}[] = [
  {
    what: 'the hour for which a page is held whose target is gone',
    from: 'clock_seconds[1h]',
    to: 'clock_seconds[1m]',
    noticedBy: 'a-node-host-that-is-gone-from-the-configuration-stops-alerting',
  },
  {
    what: 'that a page is held for as long as its target is down',
    from: '(up or last_over_time',
    to: '(last_over_time',
    noticedBy: 'a-dead-exporter-does-not-resolve-a-zombie',
  },
  {
    what: 'the second half of an expression, which bridges a failed scrape',
    from: ' (ALERTS{',
    to: ' (NONE{',
    noticedBy: 'a-failed-scrape-does-not-resolve-a-page',
  },
  {
    what: 'that what is held bears the labels of what it continues',
    from: 'max without (alertstate, ',
    to: 'max without (',
    noticedBy: 'a-failed-scrape-does-not-resolve-a-page',
  },
  {
    what: 'that type and unit are not part of what an alert is',
    from: 'max without (__type__, __unit__)',
    to: 'max without ()',
    noticedBy: 'a-type-among-the-labels-ends-no-page',
  },
  {
    what: 'that what is held is no second alert beside what the exporter says',
    from: 'or on (job, instance, gateway) ',
    to: 'or ',
    noticedBy: 'a-failed-scrape-does-not-resolve-a-page',
  },
  {
    what: 'that a silence continues an alert and never begins one',
    from: 'node_host:openclaw_nodehost_alert:held{alertname="OpenClawNodeHostWedged"}',
    to: 'last_over_time(openclaw_nodehost_state{state="wedged"}[1h]) == 1',
    noticedBy: 'what-has-ended-does-not-begin-again',
  },
  {
    what: 'that a young exporter is believed as soon as it knows anything of the node host',
    from: 'unless on (job, instance, gateway, node_host) openclaw_nodehost_state{state!="unknown"} == 1\n',
    to: '\n',
    noticedBy: 'a-dead-exporter-does-not-resolve-a-zombie',
  },
  {
    what: 'that "unknown" is no word of a young exporter',
    from: '{state!="unknown"} == 1',
    to: ' == 1',
    noticedBy: 'an-exporter-restart-alerts-nobody',
  },
  {
    what: 'that an exporter which answers is believed',
    from: 'observed_since_timestamp_seconds > 60',
    to: 'observed_since_timestamp_seconds > 1e9',
    noticedBy: 'a-node-host-that-is-gone-from-the-configuration-stops-alerting',
  },
  {
    what: 'the minute that a young exporter is given',
    from: 'observed_since_timestamp_seconds > 60',
    to: 'observed_since_timestamp_seconds > 0',
    noticedBy: 'an-exporter-restart-alerts-nobody',
  },
  {
    what: 'that a loopback address is another gateway on each machine',
    from: ', gateway!~"(localhost|127[.].+|[[]::1[]]):[0-9]+"',
    to: '',
    noticedBy: 'two-machines-with-the-same-gateway-label-do-not-mix',
  },
  {
    what: 'that only who watches a node host itself may end what another one saw',
    from: 'openclaw_nodehost_info{scope="local"}',
    to: 'openclaw_nodehost_info',
    noticedBy: 'a-pod-that-came-back-elsewhere-ends-the-page',
  },
  {
    what: 'that the gateway was healthy for all the time in which attempts are counted',
    from: 'healthy:seconds >= 600',
    to: 'healthy:seconds >= 0',
    noticedBy: 'a-gateway-outage-is-one-alert',
  },
  {
    what: 'the wait of the gateway alerts',
    from: 'for: 2m',
    to: 'for: 30s',
    noticedBy: 'a-gateway-restart-alerts-nobody',
  },
  {
    what: 'that a heartbeat is not called stale while a gateway restarts',
    from: 'for: 3m',
    to: 'for: 30s',
    noticedBy: 'a-gateway-restart-alerts-nobody',
  },
  {
    what: 'that a stale heartbeat leaves the first word to the gateway’s page',
    from: 'for: 3m',
    to: 'for: 1m',
    noticedBy: 'a-gateway-outage-is-one-alert',
  },
  {
    what: 'that a stale heartbeat leaves the first word to the alert about who is offline',
    from: '[1m]) > 300',
    to: '[1m]) > 75',
    noticedBy: 'an-offline-node-host-is-told-by-its-own-alert-first',
  },
  {
    what: 'the wait of the alert about a refusal',
    from: 'for: 1m',
    to: 'for: 0s',
    noticedBy: 'a-rotated-token-that-heals-alerts-nobody',
  },
  {
    what: 'that the alert knows its own target',
    from: 'or ALERTS{alertname="OpenClawExporterDown"}',
    to: '',
    noticedBy: 'an-exporter-that-is-down-for-days-is-not-forgotten',
  },
];

describeWith(PROMTOOL, (promtool) => {
  it.each([ALERT_RULES_FILE, RECORDING_RULES_FILE])('has nothing to say about %s', async (file) => {
    const checked = await run(promtool, [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      fileURLToPath(file),
    ]);
    expect(checked).toEqual({ passed: true, output: expect.stringContaining('SUCCESS') as string });
  });

  describe.concurrent.each(alertRules())('$alert', (rule) => {
    const file = alertTestFile(rule.alert);
    const test = (changed: object): Promise<Verdict> => testWith(promtool, file, alone(changed));

    it('alerts as its tests say, lifted out of its file', async ({ expect }) => {
      expect(await test(rule)).toEqual({
        passed: true,
        output: expect.stringContaining('SUCCESS') as string,
      });
    });

    it('is not late: its tests notice 30 s more', async ({ expect }) => {
      const later = `${promDurationMs(rule.for ?? '0s') / 1000 + 30}s`;
      expect(await test(withFor(rule, later))).toMatchObject({ passed: false });
    });

    if (rule.for !== undefined) {
      it('is not early: its tests notice when it does not wait', async ({ expect }) => {
        expect(await test(withFor(rule, '0s'))).toMatchObject({ passed: false });
      });
    }

    it('is as severe as its tests say', async ({ expect }) => {
      const severity = rule.labels.severity === 'info' ? 'warning' : 'info';
      expect(await test({ ...rule, labels: { severity } })).toMatchObject({ passed: false });
    });
  });

  describe.concurrent.each(
    scenarioFiles().map((file) => ({ file, name: file.pathname.replace(/^.*\/(.+)\.test\.yml$/, '$1') })),
  )('$name', ({ file }) => {
    it('holds', async ({ expect }) => {
      expect(await run(promtool, ['test', 'rules', fileURLToPath(file)])).toEqual({
        passed: true,
        output: expect.stringContaining('SUCCESS') as string,
      });
    });
  });

  describe.concurrent('a scenario notices when somebody takes away', () => {
    it.each(LOAD_BEARING)('$what', async ({ from, to, noticedBy }) => {
      const rules = readFileSync(ALERT_RULES_FILE, 'utf8');
      expect(rules).toContain(from);
      expect(await testWith(promtool, scenario(noticedBy), rules.replaceAll(from, to))).toMatchObject({
        passed: false,
      });
    });
  });

  it('evaluates the recording rules as their tests say', async () => {
    const file = new URL('../alerts/recording/recording-rules.test.yml', import.meta.url);
    expect(await run(promtool, ['test', 'rules', fileURLToPath(file)])).toEqual({
      passed: true,
      output: expect.stringContaining('SUCCESS') as string,
    });
  });
});
