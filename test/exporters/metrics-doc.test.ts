import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS_DOC, renderMetricsDoc } from '../../scripts/generate-metrics-doc.ts';
import { otelDescriptorOf } from '../../src/exporters/otel-name.ts';
import { CATALOGUE } from '../../src/exporters/catalogue.ts';

describe('docs/metrics.md', () => {
  it('is what the catalogue says (run: node scripts/generate-metrics-doc.ts)', async () => {
    expect(readFileSync(METRICS_DOC, 'utf8')).toBe(await renderMetricsDoc());
  });

  it('names every metric in both worlds', () => {
    const text = readFileSync(METRICS_DOC, 'utf8');
    for (const metric of CATALOGUE) {
      expect(text).toContain(`| \`${metric.name}\``);
      expect(text).toContain(`\`${otelDescriptorOf(metric).name}\``);
    }
  });
});
