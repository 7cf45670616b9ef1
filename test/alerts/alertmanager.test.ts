import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import { SOURCE_NAMES } from '../../src/core/model/vocabulary.ts';
import { ALERTMANAGER_FILE, alertRules, type AlertRule } from '../helpers/alert-rules.ts';
import { promDurationMs } from '../helpers/promql.ts';

const ROUTE = z.object({
  matchers: z.array(z.string()).optional(),
  receiver: z.string(),
  group_by: z.array(z.string()).optional(),
  group_wait: z.string().optional(),
  group_interval: z.string().optional(),
  repeat_interval: z.string().optional(),
});

/** Strict: a rule's `name` is only known to Alertmanager 0.30 and newer. */
const INHIBITION = z.strictObject({
  source_matchers: z.array(z.string()),
  target_matchers: z.array(z.string()),
  equal: z.array(z.string()).optional(),
});

const CONFIG = z.object({
  route: ROUTE.extend({ routes: z.array(ROUTE) }),
  inhibit_rules: z.array(INHIBITION),
  receivers: z.array(
    z.object({
      name: z.string(),
      webhook_configs: z.array(z.object({ url: z.string(), send_resolved: z.boolean() })).optional(),
    }),
  ),
});

const { route, inhibit_rules, receivers } = CONFIG.parse(parse(readFileSync(ALERTMANAGER_FILE, 'utf8')));
const alerts = alertRules();

/** Alternatives of `alertname="a"` or `alertname=~"a|b.+"`, each as a pattern; none of a matcher of another label. */
function alertPatterns(matcher: string): readonly RegExp[] {
  const [, names] = /^alertname=~?"(.+)"$/.exec(matcher) ?? [];
  return names === undefined ? [] : names.split('|').map((name) => new RegExp(`^(?:${name})$`));
}

/** From the end of a page to the first notification of another alert about the same. The verdict `down` waits 15 s itself. */
function comesAfterMs(rule: AlertRule): number {
  const verdictMs = rule.alert === 'OpenClawNodeHostDown' ? DEFAULT_THRESHOLDS.downAfterMs : 0;
  return promDurationMs(rule.for ?? '0s') + verdictMs;
}

describe('the example for Alertmanager', () => {
  it('names only alerts that there are', () => {
    const matchers = inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]);
    const strangers = matchers
      .flatMap(alertPatterns)
      .filter((pattern) => !alerts.some(({ alert }) => pattern.test(alert)));
    expect(strangers).toEqual([]);
  });

  it('names alerts in each rule, and beside them only what a label can be', () => {
    for (const { source_matchers, target_matchers } of inhibit_rules) {
      expect(source_matchers.flatMap(alertPatterns).length).toBeGreaterThan(0);
      expect(target_matchers.flatMap(alertPatterns).length).toBeGreaterThan(0);
      const others = [...source_matchers, ...target_matchers].filter(
        (matcher) => !matcher.startsWith('alertname'),
      );
      expect(
        others.filter((matcher) => !SOURCE_NAMES.some((name) => matcher === `source="${name}"`)),
      ).toEqual([]);
    }
  });

  it('lets no alert silence itself', () => {
    const matches = (matchers: readonly string[], alert: string): boolean =>
      matchers.flatMap(alertPatterns).some((pattern) => pattern.test(alert));
    const both = inhibit_rules.flatMap((rule) =>
      alerts.filter(
        ({ alert }) => matches(rule.source_matchers, alert) && matches(rule.target_matchers, alert),
      ),
    );
    expect(both).toEqual([]);
  });

  it('has a route for each severity', () => {
    for (const { labels } of alerts) {
      expect(route.routes.flatMap(({ matchers }) => matchers ?? [])).toContain(
        `severity="${labels.severity}"`,
      );
    }
  });

  it('repeats the dead man’s switch sooner than anybody else is told again, and never as resolved', () => {
    const [first] = route.routes;
    expect(first?.matchers).toEqual(['alertname="Watchdog"']);
    expect(first?.group_wait).toBe('0s');
    expect(promDurationMs(first?.group_interval ?? '')).toBeLessThan(
      promDurationMs(first?.repeat_interval ?? ''),
    );
    const receiver = receivers.find(({ name }) => name === first?.receiver);
    expect(receiver?.webhook_configs?.map(({ send_resolved }) => send_resolved)).toEqual([false]);
  });

  it('sends "resolved" of a page before a louder page can silence it', () => {
    // Alertmanager does not send the end of an alert that is inhibited when it ends, nor later.
    const pager = route.routes.find(({ matchers }) => matchers?.includes('severity="critical"') === true);
    const flushMs = promDurationMs(pager?.group_interval ?? '');
    const matching = (matchers: readonly string[]): readonly AlertRule[] => {
      const patterns = matchers.flatMap(alertPatterns);
      const isMeant = ({ alert }: AlertRule): boolean => patterns.some((pattern) => pattern.test(alert));
      return alerts.filter((rule) => rule.labels.severity === 'critical' && isMeant(rule));
    };
    const tooSoon = inhibit_rules.flatMap(({ source_matchers, target_matchers }) => {
      const loud = matching(source_matchers).filter((rule) => comesAfterMs(rule) <= flushMs);
      return loud.flatMap(({ alert }) =>
        matching(target_matchers).map((target) => `${alert} > ${target.alert}`),
      );
    });
    // The same trouble in the same evaluation: whoever is silenced never paged.
    expect(tooSoon).toEqual(['OpenClawNodeHostSupervisorGaveUp > OpenClawNodeHostDown']);
  });

  it('points nowhere real', () => {
    const urls = receivers
      .flatMap(({ webhook_configs }) => webhook_configs ?? [])
      .map(({ url }) => new URL(url));
    expect(urls.map(({ hostname }) => hostname).filter((name) => !name.endsWith('.example.com'))).toEqual([]);
  });
});
