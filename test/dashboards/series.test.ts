import { describe, expect, it } from 'vitest';
import { series } from '../../dashboards/series.ts';

describe('series', () => {
  it('selects by what the metric has', () => {
    expect(series('openclaw_nodehost_live')).toBe(
      'openclaw_nodehost_live{job=~"$job", instance=~"$instance", gateway=~"$gateway", node_host=~"$node_host"}',
    );
    expect(series('openclaw_nodehost_gateway_up', { transport: 'ws' })).toBe(
      'openclaw_nodehost_gateway_up{job=~"$job", instance=~"$instance", gateway=~"$gateway", transport="ws"}',
    );
    expect(series('up')).toBe('up{job=~"$job", instance=~"$instance"}');
  });

  it.each([
    ['a metric that nobody has', () => series('openclaw_nodehost_zombies')],
    ['a label that the metric lacks', () => series('openclaw_nodehost_live', { state: 'alive' })],
    ['a value that the label never has', () => series('openclaw_nodehost_state', { state: 'zombei' })],
  ])('refuses %s', (_, ask) => {
    expect(ask).toThrow(RangeError);
  });
});
