import { describe, expect, it } from 'vitest';
import { expose } from '../../src/exporters/exposition.ts';
import { seriesOf, type Family } from '../../src/exporters/metric.ts';
import { createSelfMetrics, type MetricRegistry } from '../../src/exporters/self-metrics.ts';
import { parseOpenMetrics, parseText } from '../helpers/parse-exposition.ts';

function metric(name: string, reading: object): object {
  return { name, get: () => Promise.resolve(reading) };
}

function registryOf(...metrics: readonly object[]): MetricRegistry {
  return { getMetricsAsArray: () => metrics };
}

function first(family: Family | undefined) {
  return family && seriesOf(family)[0];
}

describe('metrics of ourselves', () => {
  const own = createSelfMetrics();

  it('tell CPU, memory, descriptors, start time and versions of this process', async () => {
    const families = await own.families();
    const value = (name: string): number | undefined =>
      first(families.find((family) => family.name === name))?.value;
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(value('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), -1);
    const version = families.find(({ name }) => name === 'nodejs_version_info');
    expect(first(version)?.labels).toContain(process.version);
  });

  it('have no part that promtool refuses, that lies, or that changes its series with the format', async () => {
    const families = await own.families();
    expect(
      families
        .map(({ name }) => name)
        .filter((name) => /_lag_(min|max|mean|stddev|p\d+)_|utilization|gc_duration|active_/.test(name)),
    ).toEqual([]);
    expect(families.flatMap(({ labels }) => labels)).not.toContain('type');
    expect(families.filter(({ name, type }) => name.endsWith('_total') && type !== 'counter')).toEqual([]);
  });

  it('are read by strict parsers of both formats', async () => {
    const families = await own.families();
    const text = parseText([...expose(families, 'text')].join('')).flatMap(({ samples }) => samples);
    const openMetrics = parseOpenMetrics([...expose(families, 'openmetrics')].join('')).flatMap(
      ({ samples }) => samples,
    );
    expect(text.length).toBeGreaterThan(30);
    expect(openMetrics).toEqual(text);
  });

  it('that cannot be collected are left out, and the rest stays', async () => {
    const errors: string[] = [];
    const metrics = createSelfMetrics({
      registry: registryOf(
        metric('good', { help: 'Good.', type: 'gauge', values: [{ value: 7, labels: {} }] }),
        { name: 'bad', get: () => Promise.reject(new Error('no such file')) },
        metric('late_total', { help: 'Late', type: 'counter', values: [{ value: 2, labels: { a: 'b' } }] }),
      ),
      onError: (name, error) => errors.push(`${name}: ${String(error)}`),
    });

    expect(await metrics.families()).toEqual([
      {
        name: 'good',
        help: 'Good',
        type: 'gauge',
        labels: [],
        subjects: [{ names: [], samples: [{ labels: [], value: 7 }] }],
      },
      {
        name: 'late_total',
        help: 'Late',
        type: 'counter',
        labels: ['a'],
        subjects: [{ names: [], samples: [{ labels: ['b'], value: 2 }] }],
      },
    ]);
    expect(errors).toEqual(['bad: Error: no such file']);
  });

  it('that throw at once are left out as well', async () => {
    const registry = registryOf({
      name: 'bad',
      get: () => {
        throw new Error('at once');
      },
    });
    expect(await createSelfMetrics({ registry }).families()).toEqual([]);
  });

  it('of a kind that our renderers do not write are left out', async () => {
    const registry = registryOf(
      metric('h', { help: 'H', type: 'histogram', values: [{ value: 1, labels: {} }] }),
    );
    expect(await createSelfMetrics({ registry }).families()).toEqual([]);
  });
});
