import type { Labels } from './frame.ts';

/**
 * Name of a series by its `legendFormat`, as Grafana's server does it: `{{label}}` is the label's value, or nothing
 * where the series lacks it. Without a format, or where nothing is left of it, the series as Prometheus writes it.
 */
export function renderLegend(format: string, metric: Labels): string {
  const text = format.replaceAll(/\{\{([^{}]+)\}\}/g, (_, label: string) => metric[label.trim()] ?? '');
  return text === '' ? seriesText(metric) : text;
}

function seriesText(metric: Labels): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}

/** A template of an annotation: `{{label}}` is the label's value, or its name where the series lacks it. */
export function renderAnnotationTemplate(template: string, metric: Labels): string {
  return template.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, label: string) => {
    const value = metric[label];
    return value === undefined || value === '' ? label : value;
  });
}
