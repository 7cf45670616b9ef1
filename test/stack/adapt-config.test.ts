import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { adaptAlertmanagerConfig, adaptPrometheusConfig, adaptRules } from './harness/adapt-config.ts';
import { dividedDuration, durationText } from './harness/prometheus-duration.ts';
import {
  shippedAlertmanagerConfig,
  shippedPrometheusConfig,
  shippedRuleFiles,
} from './harness/shipped-files.ts';

/*
 * The stack suite stands or falls with these: what it proves is proved of the shipped files only as far as they were
 * left alone.
 */

const ADDRESSES = { exporters: ['127.0.0.1:1'], prometheus: '127.0.0.1:2', alertmanager: '127.0.0.1:3' };

/** Every place where two documents differ, as paths. */
function differences(a: unknown, b: unknown, path = ''): readonly string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? [] : [path];
  }
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) =>
    differences(left[key], right[key], `${path}/${key}`),
  );
}

describe('at the shipped pace', () => {
  it('nothing but addresses of the Prometheus configuration changes', () => {
    const shipped = parse(shippedPrometheusConfig()) as unknown;
    const adapted = parse(
      adaptPrometheusConfig(shippedPrometheusConfig(), { addresses: ADDRESSES, divisor: 1 }),
    ) as unknown;
    for (const path of differences(shipped, adapted)) {
      expect(path).toMatch(/^\/rule_files|\/(static_configs|file_sd_configs)/);
    }
  });

  it('nothing but URLs of receivers of the Alertmanager configuration changes', () => {
    const shipped = parse(shippedAlertmanagerConfig()) as unknown;
    const adapted = parse(
      adaptAlertmanagerConfig(shippedAlertmanagerConfig(), { webhook: 'http://127.0.0.1:4/', divisor: 1 }),
    ) as unknown;
    const changed = differences(shipped, adapted);
    expect(changed.length).toBeGreaterThan(0);
    for (const path of changed) expect(path).toMatch(/^\/receivers\/\d+\/webhook_configs\/\d+\/url$/);
  });

  it('rules are the very text that ships', () => {
    expect(shippedRuleFiles().length).toBeGreaterThan(0);
    for (const { text } of shippedRuleFiles()) expect(adaptRules(text, 1)).toBe(text);
  });
});

describe('at the quick pace', () => {
  it('rules change in what they wait for and in nothing else', () => {
    for (const { text } of shippedRuleFiles()) {
      const changed = differences(parse(text), parse(adaptRules(text, 15)));
      for (const path of changed) expect(path).toMatch(/\/(for|keep_firing_for|interval)$/);
    }
  });

  it('a rule without `for` gets none, and one with it keeps one', () => {
    const rules = 'groups: [{name: a, rules: [{alert: A, expr: x}, {alert: B, expr: x, for: 30s}]}]';
    expect(parse(adaptRules(rules, 15))).toEqual({
      groups: [
        {
          name: 'a',
          rules: [
            { alert: 'A', expr: 'x' },
            { alert: 'B', expr: 'x', for: '2s' },
          ],
        },
      ],
    });
  });

  it('Prometheus scrapes and evaluates once a second', () => {
    const adapted = parse(
      adaptPrometheusConfig(shippedPrometheusConfig(), { addresses: ADDRESSES, divisor: 15 }),
    ) as { readonly global: unknown };
    expect(adapted.global).toMatchObject({ scrape_interval: '1s', evaluation_interval: '1s' });
  });

  it('Alertmanager groups faster on every level of its routes, and waits not at all where it did not', () => {
    const config =
      'route: {receiver: a, group_wait: 10s, routes: [{group_wait: 0s, group_interval: 5m, repeat_interval: 4h}]}\nreceivers: [{name: a}]';
    expect(parse(adaptAlertmanagerConfig(config, { webhook: 'http://x/', divisor: 15 }))).toMatchObject({
      route: {
        group_wait: '667ms',
        routes: [{ group_wait: '0s', group_interval: '20s', repeat_interval: '16m' }],
      },
    });
  });
});

describe('what the tests could not receive is said, not lost', () => {
  it('a receiver of another kind', () => {
    const config = 'receivers: [{name: a, slack_configs: [{channel: x}]}]';
    expect(() => adaptAlertmanagerConfig(config, { webhook: 'http://x/', divisor: 1 })).toThrow(
      'a test cannot receive for slack_configs of a',
    );
  });

  it('a scrape job that the tests have no address for', () => {
    const config = 'scrape_configs: [{job_name: other}]';
    expect(() => adaptPrometheusConfig(config, { addresses: ADDRESSES, divisor: 1 })).toThrow('other');
  });
});

describe('durations', () => {
  it.each([
    [0, '0s'],
    [667, '667ms'],
    [1_500, '1s500ms'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
  ])('%i ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('a divided wait never becomes none', () => {
    expect(dividedDuration('1s', 15, 200)).toBe('200ms');
    expect(dividedDuration('0s', 15, 200)).toBe('0s');
  });
});
