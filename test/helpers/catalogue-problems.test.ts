import { describe, expect, it } from 'vitest';
import { catalogueProblems } from './catalogue-problems.ts';
import { parsePromql } from './promql.ts';

function problems(expression: string): readonly string[] {
  return catalogueProblems(parsePromql(expression));
}

describe('an expression', () => {
  it.each([
    'openclaw_nodehost_state{state="zombie"} == 1',
    'openclaw_nodehost_state{state=~"zombie|wedged|gateway-.+"}',
    'openclaw_nodehost_state{state=~"$state", job=~"$job"}',
    'openclaw_nodehost_info{node_id!=""}',
    'sum by (job, code) (rate(openclaw_nodehost_closes_total{code!="1000"}[5m]))',
    'max_over_time(rate(openclaw_nodehost_connects_total[5m])[1h:])',
    'resets(process_cpu_seconds_total[1h])',
    'absent(openclaw_nodehost_connects_total)',
    'up == 0 and on (job, instance) ALERTS{alertname="X", alertstate="firing"}',
    'sum by (origin) (label_replace(up, "origin", "$1", "instance", "(.+):.+"))',
    'count(openclaw_nodehost_reason{reason="awaiting-approval"})',
  ])('%s asks for nothing that is not there', (expression) => {
    expect(problems(expression)).toEqual([]);
  });

  it.each([
    ['openclaw_nodehost_stat', 'the catalogue has no metric openclaw_nodehost_stat'],
    ['{job="x"}', 'no metric is named by {job="x"}'],
    ['openclaw_nodehost_state{state="zombei"}', 'openclaw_nodehost_state never has state="zombei"'],
    ['openclaw_nodehost_state{state!="zombei"}', 'openclaw_nodehost_state never has state="zombei"'],
    ['openclaw_nodehost_state{state=~"zombie|wegded"}', 'openclaw_nodehost_state never has state=~"wegded"'],
    ['openclaw_nodehost_state{status="zombie"}', 'openclaw_nodehost_state has no label status'],
    [
      'openclaw_nodehost_connects_total > 3',
      'openclaw_nodehost_connects_total is a counter and stands outside of rate(), increase() and resets()',
    ],
    [
      'max_over_time(openclaw_nodehost_connects_total[5m])',
      'openclaw_nodehost_connects_total is a counter and stands outside of rate(), increase() and resets()',
    ],
    ['rate(openclaw_nodehost_ready[5m])', 'openclaw_nodehost_ready is no counter and stands in rate()'],
    ['sum by (host) (openclaw_nodehost_ready)', 'nothing has the label host of "by (host)"'],
    [
      'openclaw_nodehost_ready and on (gateway, code) openclaw_nodehost_gateway_up',
      'nothing has the label code of "on (gateway, code)"',
    ],
  ])('%s does: %s', (expression, problem) => {
    expect(problems(expression)).toEqual([problem]);
  });
});
