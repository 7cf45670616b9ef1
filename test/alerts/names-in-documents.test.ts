import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SHIPPED } from '../dashboards/dashboard-json.ts';
import { recordingRules } from '../helpers/alert-rules.ts';
import { catalogueProblems, isKnownMetric, selectorProblems } from '../helpers/catalogue-problems.ts';
import { parsePromql, substituteGrafanaVariables } from '../helpers/promql.ts';

/*
 * What people copy: documentation, and the queries of the dashboards.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const recordedNames = recordingRules().map(({ record }) => record);

function filesUnder(folder: string, extension: string): readonly string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/** Metric names, and series such as `name{label="value"}`, wherever they stand in a text. */
function namesIn(text: string): {
  readonly metrics: readonly string[];
  readonly series: readonly string[];
} {
  const withoutRecorded = recordedNames.reduce((rest, name) => rest.replaceAll(name, ''), text);
  return {
    // `openclaw_nodehost_…` and `openclaw_nodehost_*` speak of many.
    metrics: [...withoutRecorded.matchAll(/(?<![\w:])openclaw_nodehost_[a-z0-9_]*[a-z0-9](?![\w*…])/g)].map(
      ([name]) => name,
    ),
    series: [...withoutRecorded.matchAll(/(?<![\w:])openclaw_nodehost_\w+\{[^{}]*="[^{}]*\}/g)].map(
      ([series]) => series,
    ),
  };
}

function documentProblems(text: string): readonly string[] {
  const { metrics, series } = namesIn(text);
  return [
    ...metrics.filter((name) => !isKnownMetric(name)).map((name) => `the catalogue has no metric ${name}`),
    ...series.flatMap((selector) =>
      parsePromql(`absent(${substituteGrafanaVariables(selector)})`).selectors.flatMap((found) =>
        selectorProblems(found),
      ),
    ),
  ];
}

/** Every string under a key `expr` of a parsed JSON file. */
function expressionsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'expr' && typeof inner === 'string' ? [inner] : expressionsIn(inner),
  );
}

const documents = ['README.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')];

describe.each(documents)('%s', (path) => {
  it('names no metric, label or label value that the catalogue lacks', () => {
    expect(documentProblems(readFileSync(`${ROOT}${path}`, 'utf8'))).toEqual([]);
  });
});

describe.each(SHIPPED.map((name) => `dashboards/${name}`))('%s', (path) => {
  const text = readFileSync(`${ROOT}${path}`, 'utf8');

  it('asks for nothing that the catalogue lacks', () => {
    const expressions = expressionsIn(JSON.parse(text)).map((expression) =>
      substituteGrafanaVariables(expression),
    );
    expect(expressions.length).toBeGreaterThan(0);
    expect(expressions.flatMap((expression) => catalogueProblems(parsePromql(expression)))).toEqual([]);
  });

  it('names no other metric anywhere', () => {
    expect(namesIn(text).metrics.filter((name) => !isKnownMetric(name))).toEqual([]);
  });
});

describe('a document', () => {
  it.each([
    ['`openclaw_nodehost_stat` is 1', ['the catalogue has no metric openclaw_nodehost_stat']],
    ['openclaw_nodehost_state{state="zombei"} 1', ['openclaw_nodehost_state never has state="zombei"']],
    ['`openclaw_nodehost_connects_total` counts', []],
    ['all of `openclaw_nodehost_gateway_*` and `openclaw_nodehost_…`', []],
    ['node_host:openclaw_nodehost_alive:avg5m', []],
  ])('with %s is seen through', (text, problems) => {
    expect(documentProblems(text)).toEqual(problems);
  });
});
