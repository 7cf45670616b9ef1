import { describe, expect, it } from 'vitest';
import { alertTestFiles, readRuleTests, scenarioFiles } from '../helpers/alert-rules.ts';
import { catalogueProblems, selectorProblems } from '../helpers/catalogue-problems.ts';
import { parsePromql } from '../helpers/promql.ts';

/** A counter stands alone in a test's series, which is no mistake there. */
function seriesProblems(series: string): readonly string[] {
  const [selector] = parsePromql(`absent(${series})`).selectors;
  return selector === undefined ? [`no series: ${series}`] : selectorProblems(selector);
}

/*
 * A test that feeds a rule with series that no exporter sends proves nothing about the rule.
 */
describe.each([...alertTestFiles(), ...scenarioFiles()].map((file) => ({ file, name: basename(file) })))(
  '$name',
  ({ file }) => {
    const { tests } = readRuleTests(file);

    it('feeds only series that an exporter sends', () => {
      const series = tests.flatMap(({ input_series }) => input_series.map((input) => input.series));
      expect(series.flatMap(seriesProblems)).toEqual([]);
    });

    it('asks only for what there is', () => {
      const expressions = tests.flatMap(({ promql_expr_test }) => promql_expr_test ?? []);
      expect(expressions.flatMap(({ expr }) => catalogueProblems(parsePromql(expr)))).toEqual([]);
    });

    it('makes a claim in each of its tests', () => {
      for (const test of tests) {
        expect((test.alert_rule_test ?? []).length + (test.promql_expr_test ?? []).length).toBeGreaterThan(0);
      }
    });
  },
);

describe('a series in a test', () => {
  it.each([
    'openclaw_nodehost_state{job="a",instance="b",state="zombei"}',
    'openclaw_nodehost_state{node="b"}',
    'openclaw_nodehost_zombie{job="a"}',
  ])('%s is found out', (series) => {
    expect(seriesProblems(series)).toHaveLength(1);
  });
});

function basename(file: URL): string {
  return file.pathname.replace(/^.*\//, '');
}
