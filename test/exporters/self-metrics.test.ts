import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { expose } from '../../src/exporters/exposition.ts';
import { createSelfMetrics } from '../../src/exporters/self-metrics.ts';
import { parseOpenMetrics, parseText } from '../helpers/parse-exposition.ts';

describe('metrics of ourselves', () => {
  const own = createSelfMetrics();

  it('tell CPU, memory, descriptors, start time and versions of this process', async () => {
    const families = await own.families();
    const value = (name: string): number | undefined =>
      families.find((family) => family.name === name)?.samples[0]?.value;
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(value('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), -1);
    const version = families.find(({ name }) => name === 'nodejs_version_info');
    expect(version?.samples[0]?.labels).toContain(process.version);
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
    const registry = new Registry();
    const registers = [registry];
    new Gauge({ name: 'good', help: 'Good.', registers }).set(7);
    new Gauge({
      name: 'bad',
      help: 'Bad',
      registers,
      collect() {
        throw new Error('no such file');
      },
    });
    new Counter({ name: 'late_total', help: 'Late', labelNames: ['a'], registers }).inc({ a: 'b' }, 2);
    const errors: string[] = [];
    const metrics = createSelfMetrics({
      registry,
      onError: (metric, error) => errors.push(`${metric}: ${String(error)}`),
    });

    expect(await metrics.families()).toEqual([
      { name: 'good', help: 'Good', type: 'gauge', labels: [], samples: [{ labels: [], value: 7 }] },
      {
        name: 'late_total',
        help: 'Late',
        type: 'counter',
        labels: ['a'],
        samples: [{ labels: ['b'], value: 2 }],
      },
    ]);
    expect(errors).toEqual(['bad: Error: no such file']);
  });

  it('of a kind that our renderers do not write are left out', async () => {
    const registry = new Registry();
    new Histogram({ name: 'h', help: 'H', registers: [registry] }).observe(1);
    expect(await createSelfMetrics({ registry }).families()).toEqual([]);
  });
});
