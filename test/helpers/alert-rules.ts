import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const ALERTS = new URL('../../alerts/', import.meta.url);
const ALERT_TESTS = new URL('../alerts/', import.meta.url);

/** Strict: a key that Prometheus does not know is a rule that it does not load. */
const ALERT_RULE = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});

const RECORDING_RULE = z.strictObject({
  record: z.string(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});

const RULE_FILE = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([ALERT_RULE, RECORDING_RULE])),
    }),
  ),
});

const RULE_TESTS = z.object({
  rule_files: z.array(z.string()),
  tests: z.array(
    z.object({
      name: z.string(),
      input_series: z.array(z.object({ series: z.string(), values: z.string() })),
      alert_rule_test: z
        .array(
          z.object({
            alertname: z.string(),
            eval_time: z.string(),
            exp_alerts: z.array(
              z.object({
                exp_labels: z.record(z.string(), z.string()),
                exp_annotations: z.record(z.string(), z.string()),
              }),
            ),
          }),
        )
        .optional(),
      promql_expr_test: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
});

export type AlertRule = z.output<typeof ALERT_RULE>;
export type RecordingRule = z.output<typeof RECORDING_RULE>;
export type RuleTests = z.output<typeof RULE_TESTS>;

export const ALERT_RULES_FILE = new URL('openclaw-nodehost.rules.yml', ALERTS);
export const RECORDING_RULES_FILE = new URL('openclaw-nodehost.recording.rules.yml', ALERTS);
export const ALERTMANAGER_FILE = new URL('alertmanager.example.yml', ALERTS);

/** The alerts that ship, in the order of their file. */
export function alertRules(): readonly AlertRule[] {
  return rulesIn(ALERT_RULES_FILE).filter((rule) => 'alert' in rule);
}

/** What the alerts rest on, in the order of their file. */
export function recordedForAlerts(): readonly RecordingRule[] {
  return rulesIn(ALERT_RULES_FILE).filter((rule) => 'record' in rule);
}

/** The recording rules for reports, which no alert rests on. */
export function recordingRules(): readonly RecordingRule[] {
  return rulesIn(RECORDING_RULES_FILE).filter((rule) => 'record' in rule);
}

function rulesIn(file: URL): readonly (AlertRule | RecordingRule)[] {
  const { groups } = RULE_FILE.parse(parse(readFileSync(file, 'utf8')));
  return groups.flatMap(({ rules }) => rules);
}

/** Where promtool's tests of one alert are. */
export function alertTestFile(alert: string): URL {
  return new URL(`${alert}.test.yml`, ALERT_TESTS);
}

/** Promtool's tests that concern more than one alert, or one claim about several. */
export function scenarioFiles(): readonly URL[] {
  const folder = new URL('scenarios/', ALERT_TESTS);
  return yamlFilesIn(folder);
}

/** Every file of promtool's tests in the folder of the tests of alerts, scenarios not included. */
export function alertTestFiles(): readonly URL[] {
  return yamlFilesIn(ALERT_TESTS);
}

/** @throws ZodError when the file is not one of promtool's tests as we write them */
export function readRuleTests(file: URL): RuleTests {
  return RULE_TESTS.parse(parse(readFileSync(file, 'utf8')));
}

function yamlFilesIn(folder: URL): readonly URL[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.yml'))
    .sort()
    .map((name) => new URL(name, folder));
}
