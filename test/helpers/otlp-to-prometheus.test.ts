import { describe, expect, it } from 'vitest';
import { prometheusNameOf } from './otlp-to-prometheus.ts';

/** Examples of the specification, and of the library that Prometheus and the collector share. */
describe('an OTLP metric in Prometheus', () => {
  it.each([
    [{ name: 'http.server.duration', unit: 's', kind: 'gauge' }, 'http_server_duration_seconds'],
    [{ name: 'system.disk.io', unit: 'By', kind: 'counter' }, 'system_disk_io_bytes_total'],
    [{ name: 'requests.total.made', unit: '{request}', kind: 'counter' }, 'requests_made_total'],
    [{ name: 'system.cpu.utilization', unit: '1', kind: 'gauge' }, 'system_cpu_utilization_ratio'],
    [{ name: 'things', unit: '1', kind: 'counter' }, 'things_total'],
    [{ name: 'wait.seconds.spent', unit: 's', kind: 'gauge' }, 'wait_seconds_spent'],
    [{ name: 'a..b__c', unit: '', kind: 'gauge' }, 'a_b_c'],
    [{ name: '2xx', unit: '', kind: 'gauge' }, '_2xx'],
  ] as const)('%j is called %s', (metric, name) => {
    expect(prometheusNameOf(metric)).toBe(name);
  });
});
