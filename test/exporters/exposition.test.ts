import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { CATALOGUE, familyOf } from '../../src/exporters/catalogue.ts';
import { expose, formatValue } from '../../src/exporters/exposition.ts';
import { unsentSignal } from '../../src/exporters/otlp/otlp-status.ts';
import type { ExpositionFormat } from '../../src/ports/exposition.ts';
import { REFUSAL_REASONS } from '../../src/ports/web-status.ts';
import { seriesOf, type ExporterContext, type Family, type Sample } from '../../src/exporters/metric.ts';
import { parseOpenMetrics, parseText } from '../helpers/parse-exposition.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import { aNode, aSnapshot } from '../helpers/snapshots.ts';

const CONTEXT: ExporterContext = {
  version: '1.2.3',
  nodejsVersion: 'v24.0.0',
  configLastReloadSuccessful: true,
  configLastReloadSuccessMs: 1_795_000_000_000,
  web: {
    config: {
      isLastReloadSuccessful: true,
      loadedMs: 1_795_310_000_000,
      certificateNotAfterMs: 1_826_850_000_000,
    },
    refusals: new Map(REFUSAL_REASONS.map((reason, index) => [reason, index])),
  },
  notify: new Map([['webhook', { delivered: 5, failed: 2 }]]),
  otlp: [
    { ...unsentSignal('metrics'), up: true, exports: 3 },
    {
      ...unsentSignal('logs'),
      up: false,
      failures: { ...unsentSignal('logs').failures, refused: 2 },
      dropped: 1,
    },
  ],
};

const READERS = { text: parseText, openmetrics: parseOpenMetrics } as const;
const FORMATS = ['text', 'openmetrics'] as const;

function render(snapshot: Snapshot, format: ExpositionFormat): string {
  const families = CATALOGUE.map((metric) => familyOf(metric, { snapshot, context: CONTEXT }));
  return [...expose(families, format)].join('');
}

/** Reads back the name of a node host from the exposition of one of its metrics. */
function nameReadBack(name: string, format: ExpositionFormat): string | undefined {
  const metric = CATALOGUE.find((candidate) => candidate.name === 'openclaw_nodehost_info');
  if (metric === undefined) throw new Error('no such metric');
  const family = familyOf(metric, { snapshot: aSnapshot({ nodes: [aNode({ name })] }), context: CONTEXT });
  return READERS[format]([...expose([family], format)].join(''))[0]?.samples[0]?.labels.node_host;
}

function renderOne(
  {
    samples = [{ labels: [], value: 1 }],
    ...family
  }: Partial<Family> & { readonly samples?: readonly Sample[] },
  format: ExpositionFormat,
): string {
  const subjects = samples.length === 0 ? [] : [{ names: [], samples }];
  const whole: Family = { name: 'a', help: 'A', type: 'gauge', labels: [], subjects, ...family };
  return [...expose([whole], format)].join('');
}

describe.each(FORMATS)('the %s exposition', (format) => {
  it('of the rich snapshot is the golden file', () => {
    const file = new URL(`golden/${format}.txt`, import.meta.url);
    const rendered = render(aRichSnapshot(), format);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, rendered);
    expect(rendered).toBe(readFileSync(file, 'utf8'));
  });

  it('is read by a strict parser as what the catalogue said', () => {
    const snapshot = aRichSnapshot();
    const parsed = READERS[format](render(snapshot, format)).flatMap(({ samples }) => samples);
    const said = CATALOGUE.map((metric) => familyOf(metric, { snapshot, context: CONTEXT })).flatMap(
      (family) =>
        seriesOf(family).map(({ labels, value }) => ({
          name: family.name,
          labels: Object.fromEntries(family.labels.map((label, index) => [label, labels[index]])),
          value,
        })),
    );
    expect(parsed).toEqual(said);
  });

  it('carries any name of a node host through unharmed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(nameReadBack(name, format)).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });

  it('carries nasty names through unharmed', () => {
    for (const name of [
      '\\',
      '\\n',
      '\n',
      '"',
      '\\"',
      '","x="',
      '}',
      '{}',
      '# EOF',
      '\r\n',
      '\u0000',
      '\u2028',
      '',
    ]) {
      expect(nameReadBack(name, format)).toBe(name);
    }
  });

  it('replaces a lone surrogate, which UTF-8 cannot carry', () => {
    expect(renderOne({ labels: ['x'], samples: [{ labels: ['a\ud800b'], value: 1 }] }, format)).toContain(
      'a{x="a\ufffdb"} 1\n',
    );
  });

  it('of a family that is too long for one chunk has each series once', () => {
    const samples = Array.from({ length: 1234 }, (_, value) => ({ labels: [`n${value}`], value }));
    const subjects = samples.map(({ labels: names, value }) => ({ names, samples: [{ labels: [], value }] }));
    const family: Family = { name: 'a', help: 'A', type: 'gauge', labels: ['x'], subjects };
    const chunks = [...expose([family], format)];
    expect(chunks.length).toBeGreaterThan(2);
    expect(
      READERS[format](chunks.join('')).flatMap((parsed) => parsed.samples.map(({ value }) => value)),
    ).toEqual(samples.map(({ value }) => value));
  });

  it('names each subject, whatever another family says first', () => {
    const named = (name: string, labels: readonly string[], ...subjects: readonly string[]): Family => ({
      ...{ name, help: 'A', type: 'gauge', labels },
      subjects: subjects.map((subject) => ({ names: [subject], samples: [{ labels: [], value: 1 }] })),
    });
    const families = [named('a', ['x'], 'one', 'two'), named('b', ['x'], 'two'), named('c', ['y'], 'two')];
    const lines = [...expose(families, format)].join('').split('\n');
    expect(lines.filter((line) => line.endsWith(' 1'))).toEqual([
      'a{x="one"} 1',
      'a{x="two"} 1',
      'b{x="two"} 1',
      'c{y="two"} 1',
    ]);
  });

  it('leaves out a family that has nothing to say', () => {
    expect(renderOne({ samples: [] }, format)).toBe(format === 'text' ? '' : '# EOF\n');
  });

  it('writes any number so that it is read as the same number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const text = renderOne({ samples: [{ labels: [], value }] }, format);
        // No format has a negative zero that would matter.
        expect(READERS[format](text)[0]?.samples[0]?.value).toBe(Object.is(value, -0) ? 0 : value);
      }),
    );
  });
});

describe('what the formats say differently', () => {
  const counter = { name: 'x_seconds_total', type: 'counter', unit: 'seconds' } as const;

  it('a counter is named with _total everywhere in text', () => {
    expect(renderOne(counter, 'text')).toBe(
      '# HELP x_seconds_total A\n# TYPE x_seconds_total counter\nx_seconds_total 1\n',
    );
  });

  it('a counter is named without _total in the metadata of OpenMetrics, and has its unit', () => {
    expect(renderOne(counter, 'openmetrics')).toBe(
      '# HELP x_seconds A\n# TYPE x_seconds counter\n# UNIT x_seconds seconds\nx_seconds_total 1\n# EOF\n',
    );
  });

  it('no UNIT is written where the name does not end in it', () => {
    expect(renderOne({ name: 'x', unit: 'seconds' }, 'openmetrics')).not.toContain('UNIT');
  });

  it('an info is a gauge in both: the collector would take _info off the series of an OpenMetrics info', () => {
    const rendered = '# HELP x_info A\n# TYPE x_info gauge\nx_info 1\n';
    expect(renderOne({ name: 'x_info', type: 'info' }, 'text')).toBe(rendered);
    expect(renderOne({ name: 'x_info', type: 'info' }, 'openmetrics')).toBe(`${rendered}# EOF\n`);
  });

  it('when a counter was zero is said in OpenMetrics, where somebody asks for it and it is known', () => {
    const family: Family = {
      ...{ name: 'x_total', help: 'A', type: 'counter', labels: ['a'] },
      subjects: [
        { names: ['1'], samples: [{ labels: [], value: 2 }], since: 1_500 },
        { names: ['2'], samples: [{ labels: [], value: 3 }] },
      ],
    };
    const rendered = (format: ExpositionFormat, createdTimestamps: boolean): string =>
      [...expose([family], format, { createdTimestamps })].join('');
    expect(rendered('openmetrics', true)).toBe(
      '# HELP x A\n# TYPE x counter\nx_total{a="1"} 2\nx_created{a="1"} 1.5\nx_total{a="2"} 3\n# EOF\n',
    );
    expect(rendered('openmetrics', false)).not.toContain('_created');
    expect(rendered('text', true)).not.toContain('_created');
  });

  it('a quote in HELP is escaped in OpenMetrics only', () => {
    expect(renderOne({ help: 'say "a\\b"\nnow' }, 'text')).toContain('# HELP a say "a\\\\b"\\nnow\n');
    expect(renderOne({ help: 'say "a\\b"\nnow' }, 'openmetrics')).toContain(
      '# HELP a say \\"a\\\\b\\"\\nnow\n',
    );
  });

  it('rendering one format does not change what the other says afterwards', () => {
    const before = render(aRichSnapshot(), 'text');
    render(aRichSnapshot(), 'openmetrics');
    expect(render(aRichSnapshot(), 'text')).toBe(before);
  });

  it('every series is the same in both formats', () => {
    const series = (format: ExpositionFormat): readonly unknown[] =>
      READERS[format](render(aRichSnapshot(), format)).flatMap(({ samples }) => samples);
    expect(series('openmetrics')).toEqual(series('text'));
  });
});

describe('a value', () => {
  it.each([
    [0, '0'],
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [NaN, 'NaN'],
    [1763780400.123, '1763780400.123'],
  ])('%d is written %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});
