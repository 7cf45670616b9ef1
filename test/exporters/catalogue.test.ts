import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, familyOf } from '../../src/exporters/catalogue.ts';
import { OTLP_SIGNALS, unsentSignal } from '../../src/exporters/otlp/otlp-status.ts';
import { NOTIFY_TARGETS } from '../../src/ports/notify-status.ts';
import { REFUSAL_REASONS } from '../../src/ports/web-status.ts';
import {
  seriesOf as seriesOfFamily,
  type ExporterContext,
  type Family,
  type MetricDefinition,
  type Series,
} from '../../src/exporters/metric.ts';
import type { NodeSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { NO_GATEWAY_COUNTERS, NO_NODE_COUNTERS, type NodeCounters } from '../../src/core/model/counters.ts';
import { statesOf } from '../../src/core/model/node-state.ts';
import { AUTH_REASONS, CLOSE_CODES, FAILURE_REASONS } from '../../src/core/model/vocabulary.ts';
import { expose } from '../../src/exporters/exposition.ts';
import { otelDescriptorOf } from '../../src/exporters/otel-name.ts';
import { prometheusNameOf } from '../helpers/otlp-to-prometheus.ts';
import { parseText } from '../helpers/parse-exposition.ts';
import { aRichSnapshot } from '../helpers/rich-snapshot.ts';
import {
  aGateway,
  ago,
  anApp,
  aNode,
  aRemoteNode,
  aSnapshot,
  aSource,
  aZombie,
  NOW,
} from '../helpers/snapshots.ts';

const CONTEXT: ExporterContext = {
  version: '1.2.3',
  nodejsVersion: 'v24.0.0',
  configLastReloadSuccessful: true,
  configLastReloadSuccessMs: 1_795_000_000_000,
  stateWriteFailures: 0,
  web: {
    config: {
      isLastReloadSuccessful: true,
      loadedMs: 1_795_310_000_000,
      certificateNotAfterMs: 1_826_850_000_000,
    },
    refusals: new Map(REFUSAL_REASONS.map((reason) => [reason, 0])),
  },
  notify: new Map(NOTIFY_TARGETS.map((target) => [target, { delivered: 0, failed: 0 }])),
  otlp: OTLP_SIGNALS.map((signal) => ({ ...unsentSignal(signal), up: true })),
};

function family(name: string, snapshot: Snapshot): Family {
  const metric = CATALOGUE.find((candidate) => candidate.name === `openclaw_nodehost_${name}`);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return familyOf(metric, { snapshot, context: CONTEXT });
}

function toldBy(metric: MetricDefinition, snapshot: Snapshot, context = CONTEXT): readonly Series[] {
  return seriesOfFamily(familyOf(metric, { snapshot, context }));
}

/** What the metric of this name says of the exporter itself. */
function told(name: string, context: ExporterContext): readonly Series[] {
  return CATALOGUE.filter((metric) => metric.name.endsWith(name)).flatMap((metric) =>
    toldBy(metric, aSnapshot(), context),
  );
}

/** Samples as `label=value,… number`, without the two labels that every node host has. */
function samples(name: string, snapshot: Snapshot): readonly string[] {
  const found = family(name, snapshot);
  const { labels } = found;
  return seriesOfFamily(found).map((sample) => {
    const pairs = labels.flatMap((label, index) =>
      label === 'gateway' || label === 'node_host' ? [] : [`${label}=${sample.labels[index] ?? ''}`],
    );
    return [...pairs, String(sample.value)].join(' ');
  });
}

/** Each close, refusal, failure and state once. */
function metEverything(counters: NodeCounters): NodeCounters {
  const once = <K extends string>(counts: Readonly<Record<K, number>>): Readonly<Record<K, number>> =>
    Object.fromEntries(Object.keys(counts).map((key) => [key, 1])) as Record<K, number>;
  return {
    ...counters,
    closes: once(counters.closes),
    authFailures: once(counters.authFailures),
    reconnectFailures: once(counters.reconnectFailures),
    transitions: once(counters.transitions),
  };
}

function without<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}

describe('the catalogue', () => {
  it('has exactly the metrics of the design that this version can know', () => {
    expect(CATALOGUE.map(({ name }) => name.replace(/^openclaw_nodehost_/, '')).sort()).toEqual(
      [
        'commands host_load_ratio host_memory_free_ratio host_disk_free_ratio gateway_duplicate_nodes gateway_ready',
        'gateway_startup_status gateway_clock_skew_seconds gateway_certificate_expiry_timestamp_seconds',
        'info state state_since_timestamp_seconds reason blocked live ready connected approved heartbeat_timestamp_seconds',
        'heartbeat_age_seconds proof_of_life_timestamp_seconds last_connect_timestamp_seconds last_disconnect_timestamp_seconds last_seen_timestamp_seconds connects_total',
        'reconnect_attempts_total reconnect_failures_total closes_total auth_failures_total parked process_up',
        'process_start_time_seconds process_resident_memory_bytes process_restarts_total',
        'process_cpu_seconds_total socket_established socket_unread_bytes log_last_write_timestamp_seconds',
        'probe_success probe_duration_seconds supervisor_gave_up supervisor_restarts transitions_total',
        'restart_budget_exhausted gateway_up',
        'gateway_rtt_seconds gateway_healthy_since_timestamp_seconds gateway_restarts_total',
        'gateway_session_closes_total gateway_auth_failures_total gateway_nodes gateway_info gateway_refused_connects_total gateway_token_regenerated_total',
        'exporter_build_info exporter_source_up exporter_source_last_success_timestamp_seconds',
        'exporter_source_duration_seconds exporter_source_errors_total exporter_log_gaps_total exporter_nodes_dropped_total',
        'exporter_nodes_unwatched',
        'recovery_attempts_total recovery_attached_after_seconds exporter_recovery_exhausted exporter_recovery_paused',
        'exporter_observed_since_timestamp_seconds exporter_clock_seconds exporter_config_last_reload_successful exporter_config_last_reload_success_timestamp_seconds exporter_state_write_failures_total',
        'exporter_web_config_last_reload_successful exporter_web_config_last_reload_success_timestamp_seconds',
        'exporter_web_certificate_expiry_timestamp_seconds exporter_http_refusals_total',
        'exporter_notify_deliveries_total',
        'exporter_otlp_up exporter_otlp_exports_total exporter_otlp_failures_total exporter_otlp_dropped_total',
      ]
        .flatMap((line) => line.split(' '))
        .sort(),
    );
  });

  it.each(CATALOGUE.map((metric) => [metric.name, metric] as const))(
    '%s follows the naming rules',
    (name, metric) => {
      expect(name).toMatch(/^openclaw_nodehost_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total')).toBe(metric.type === 'counter');
      expect(name.endsWith('_info')).toBe(metric.type === 'info');
      expect(/_(seconds|bytes)(_total)?$/.exec(name)?.[1]).toBe(metric.unit);
      expect(name).not.toMatch(
        /(milli|_ms$|_ms_|percent|minutes|hours|kilobyte|_count$|_sum$|_bucket$|_created$)/,
      );
      expect(metric.help).toMatch(/^[A-Z].*[^.]$/);
      for (const label of metric.labels) {
        expect(label.name).toMatch(/^[a-z]+(_[a-z]+)*$/);
        expect(['type', 'node', 'instance', 'job', 'le', 'quantile', 'result']).not.toContain(label.name);
        expect(label.values.length).toBeGreaterThan(0);
      }
      expect(new Set(metric.labels.map((label) => label.name)).size).toBe(metric.labels.length);
    },
  );

  it.each(CATALOGUE.map((metric) => [otelDescriptorOf(metric), metric] as const))(
    '$name follows the naming rules of OpenTelemetry',
    ({ name, unit, kind }, metric) => {
      expect(name).toMatch(/^openclaw\.nodehost(\.[a-z]+(_[a-z]+)*)+$/);
      expect(name).not.toMatch(/(total|seconds|bytes)$/);
      // No name is the namespace of another.
      expect(CATALOGUE.filter((other) => otelDescriptorOf(other).name.startsWith(`${name}.`))).toEqual([]);
      expect(kind).toBe(metric.type === 'counter' ? 'counter' : 'gauge');
      expect(unit).toMatch(kind === 'counter' ? /^(s|\{[a-z]+\})$/ : /^(s|By||\{[a-z]+\})$/);
    },
  );

  it.each(CATALOGUE.map((metric) => [metric.name, metric] as const))(
    '%s is what the OTLP receiver of Prometheus and the exporter of the collector call it, too',
    (name, metric) => {
      expect(prometheusNameOf(otelDescriptorOf(metric))).toBe(name);
    },
  );

  it('names each metric once, in both worlds', () => {
    expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
    expect(new Set(CATALOGUE.map((metric) => otelDescriptorOf(metric).name)).size).toBe(CATALOGUE.length);
    // OpenMetrics drops this suffix from family names, which must stay unique then, too.
    const openMetricsNames = CATALOGUE.map(({ name }) => name.replace(/_total$/, ''));
    expect(new Set(openMetricsNames).size).toBe(CATALOGUE.length);
  });

  it('gives every sample one value for each label, from its bounded values', () => {
    const snapshot = aRichSnapshot();
    for (const metric of CATALOGUE) {
      const found = toldBy(metric, snapshot);
      expect(found, `${metric.name} is silent on the rich snapshot`).not.toHaveLength(0);
      for (const sample of found) {
        expect(sample.labels).toHaveLength(metric.labels.length);
        for (const [index, { values }] of metric.labels.entries()) {
          if (typeof values !== 'string') expect(values).toContain(sample.labels[index]);
        }
        expect(Number.isFinite(sample.value)).toBe(true);
      }
    }
  });

  it('shows every known label value of a counter before anything was counted', () => {
    const snapshot = aSnapshot();
    for (const metric of CATALOGUE) {
      if (metric.type !== 'counter' || metric.name === 'openclaw_nodehost_process_cpu_seconds_total')
        continue;
      // Absent where recovery is off.
      if (metric.name === 'openclaw_nodehost_recovery_attempts_total') continue;
      const combinations = metric.labels
        .map(({ name, values }) => {
          if (typeof values === 'string') return 1;
          if (name === 'source')
            return snapshot.sources.filter((it) => it.enabled && values.includes(it.source)).length;
          // Those that a local node host can be in.
          return name === 'to' ? statesOf('local').length : values.length;
        })
        .reduce((product, count) => product * count, 1);
      const found = toldBy(metric, snapshot);
      expect(found, metric.name).toHaveLength(combinations);
      expect(found.every(({ value }) => value === 0)).toBe(true);
    }
  });

  it('counts what hardly anybody meets as other, and loses none of it', () => {
    const snapshot = aSnapshot({ nodes: [aNode({ counters: metEverything(NO_NODE_COUNTERS) })] });
    expect(samples('closes_total', snapshot)).toEqual([
      ...['1000', '1005', '1006', '1008', '1012', '4000', '4001'].map((code) => `code=${code} 1`),
      `code=other ${CLOSE_CODES.length - 7}`,
    ]);
    expect(samples('auth_failures_total', snapshot)).toEqual([
      'reason=token_missing 1',
      'reason=token_mismatch 1',
      'reason=device_token_mismatch 1',
      'reason=rate_limited 1',
      'reason=pairing_required 1',
      `reason=other ${AUTH_REASONS.length - 5}`,
    ]);
    expect(samples('reconnect_failures_total', snapshot)).toEqual(
      FAILURE_REASONS.map((reason) => `reason=${reason} 1`),
    );
  });
});

function pickGateway({ evidence: { gateway } }: NodeSnapshot): Pick<NodeSnapshot['evidence'], 'gateway'> {
  return gateway === undefined ? {} : { gateway };
}

describe('what one node host costs Prometheus', () => {
  /** Series in the real exposition, by node host. */
  const seriesOf = (nodeHost: string, snapshot: Snapshot): number => {
    const families = CATALOGUE.map((metric) => familyOf(metric, { snapshot, context: CONTEXT }));
    return parseText([...expose(families, 'text')].join(''))
      .flatMap((parsed) => parsed.samples)
      .filter(({ labels }) => labels.node_host === nodeHost).length;
  };
  const rich = aRichSnapshot();
  const theOne = (scope: NodeSnapshot['scope']): NodeSnapshot => {
    const [seen] = rich.nodes.filter((node) => node.scope === scope);
    if (seen === undefined) throw new Error(`the rich snapshot has no ${scope} node host`);
    return seen;
  };
  const recovered = theOne('local');
  // Recovery is off unless asked for.
  const { recovery, ...local } = recovered;
  if (recovery === undefined) throw new Error('nothing of recovery is in the rich snapshot');
  const locally: Snapshot = { ...rich, nodes: [local] };
  // One that is attached: then its gateway tells most.
  const remote = {
    ...theOne('remote'),
    evidence: { ...theOne('remote').evidence, ...pickGateway(local) },
  };
  const remotely: Snapshot = { ...rich, nodes: [remote] };

  it('is at most 80 series where every viewpoint sees it', () => {
    expect(seriesOf(local.name, locally)).toBeLessThanOrEqual(80);
    // Else the claim would be about one of which hardly anything is known.
    for (const metric of CATALOGUE.filter(({ labels }) => labels.some(({ name }) => name === 'node_host'))) {
      if (metric.help.endsWith('apps only')) continue;
      const told = toldBy(metric, aSnapshot({ nodes: [recovered] }));
      expect(told.length, metric.name).toBeGreaterThan(0);
    }
  });

  it('is at most 40 series where only its gateway knows it, node host or app', () => {
    expect(seriesOf(remote.name, remotely)).toBeLessThanOrEqual(40);
    const app = rich.nodes.find(({ kind }) => kind === 'app');
    expect(seriesOf(app?.name ?? '', rich)).toBeGreaterThan(20);
    expect(seriesOf(app?.name ?? '', rich)).toBeLessThanOrEqual(40);
  });

  it('is four more where recovery is enabled, and nothing of recovery where it is not', () => {
    const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const more = seriesOf(recovered.name, rich) - seriesOf(local.name, locally);
    expect(page.replaceAll(/\s+/g, ' ')).toContain(`With \`recovery\` enabled a local one has ${more} more`);
    const told = CATALOGUE.filter(({ name }) => name.includes('recovery')).map(
      (metric) => toldBy(metric, locally).length,
    );
    expect(told).toEqual([0, 0, 0, 0]);
  });

  it('is what the page of metrics says', () => {
    const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const most = `At most ${seriesOf(local.name, locally)} series for a local node host, ${seriesOf(remote.name, remotely)} for a remote one`;
    expect(page).toContain(most);
  });

  it.each(['blocked', 'zombie', 'wedged', 'down', 'gateway-down', 'reconnecting'] as const)(
    'does not grow while it is %s, nor with whatever it meets',
    (state) => {
      const node: NodeSnapshot = {
        ...local,
        counters: metEverything(local.counters),
        state,
        parked: 'pairing_required',
        reasons: ['refused', 'pairing_required', 'restart-did-not-help'],
      };
      expect(seriesOf(node.name, { ...rich, nodes: [node] })).toBe(seriesOf(local.name, locally));
    },
  );
});

describe('a fact that is not known', () => {
  const UNKNOWABLE = [
    'connected',
    'approved',
    'commands',
    'host_load_ratio',
    'host_memory_free_ratio',
    'host_disk_free_ratio',
    'heartbeat_timestamp_seconds',
    'heartbeat_age_seconds',
    'proof_of_life_timestamp_seconds',
    'last_connect_timestamp_seconds',
    'last_disconnect_timestamp_seconds',
    'last_seen_timestamp_seconds',
    'parked',
    'process_up',
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'socket_established',
    'socket_unread_bytes',
    'log_last_write_timestamp_seconds',
    'probe_success',
    'probe_duration_seconds',
    'supervisor_gave_up',
    'supervisor_restarts',
  ];

  it.each(UNKNOWABLE)('%s of a node host is absent, not zero', (name) => {
    expect(seriesOfFamily(family(name, aSnapshot({ nodes: [aNode()] })))).toEqual([]);
  });

  it.each([
    'gateway_up',
    'gateway_rtt_seconds',
    'gateway_healthy_since_timestamp_seconds',
    'gateway_info',
    'gateway_ready',
    'gateway_startup_status',
    'gateway_clock_skew_seconds',
    'gateway_certificate_expiry_timestamp_seconds',
  ])('%s is absent, not zero', (name) => {
    const gateway = without(aGateway(), 'healthySince', 'httpUp', 'wsUp');
    expect(seriesOfFamily(family(name, aSnapshot({ gateways: [gateway] })))).toEqual([]);
  });

  it('is absent for one transport while the other is known', () => {
    const gateway = without(aGateway({ httpUp: false }), 'wsUp');
    expect(samples('gateway_up', aSnapshot({ gateways: [gateway] }))).toEqual(['transport=http 0']);
  });

  it('is never claimed of a socket whose endpoint nobody knows', () => {
    const socket = { endpoint: null, state: 'none', unreadBytes: 0 } as const;
    const snapshot = aSnapshot({ nodes: [aNode({ evidence: { socket } })] });
    expect(samples('socket_established', snapshot)).toEqual([]);
    expect(samples('socket_unread_bytes', snapshot)).toEqual([]);
  });

  it('does not show as zeros of what only its own machine could count for a remote node host', () => {
    const snapshot = aSnapshot({ nodes: [aRemoteNode()] });
    expect(samples('closes_total', snapshot)).toEqual([]);
    expect(samples('reconnect_failures_total', snapshot)).toEqual([]);
    expect(samples('connects_total', snapshot)).toEqual(['0']);
    expect(samples('transitions_total', snapshot)).toEqual(
      statesOf('remote').map((state) => `to=${state} 0`),
    );
  });

  it('of a source that is switched off is absent, not down', () => {
    const snapshot = aSnapshot({ sources: [aSource({ source: 'probe', enabled: false, up: false })] });
    expect(samples('exporter_source_up', snapshot)).toEqual([]);
    expect(samples('exporter_source_errors_total', snapshot)).toEqual([]);
  });
});

describe('a fact that is known', () => {
  it('how the machine of a node is doing is told as shares, and of nothing there is none', () => {
    const told = (hostStats: object): readonly string[] => {
      const evidence = { gateway: { connected: true, rowAgeMs: 0, hostStats } };
      const snapshot = aSnapshot({ nodes: [aRemoteNode({ evidence })] });
      return ['host_load_ratio', 'host_memory_free_ratio', 'host_disk_free_ratio'].flatMap((name) =>
        samples(name, snapshot).map((value) => `${name} ${value}`),
      );
    };
    expect(
      told({
        cpuCount: 4,
        loadAverage: 6,
        memoryTotalBytes: 800,
        memoryFreeBytes: 200,
        diskTotalBytes: 10,
        diskAvailableBytes: 1,
      }),
    ).toEqual(['host_load_ratio 1.5', 'host_memory_free_ratio 0.25', 'host_disk_free_ratio 0.1']);
    expect(told({ cpuCount: 4, memoryTotalBytes: 0, memoryFreeBytes: 0 })).toEqual([]);
  });

  it('no socket to a known endpoint is "not established", without bytes to speak of', () => {
    const socket = { endpoint: { host: '::1', port: 1 }, state: 'none', unreadBytes: 0 } as const;
    const snapshot = aSnapshot({ nodes: [aNode({ evidence: { socket } })] });
    expect(samples('socket_established', snapshot)).toEqual(['0']);
    expect(samples('socket_unread_bytes', snapshot)).toEqual([]);
  });

  it('a process that was looked for and is not there is down', () => {
    const snapshot = aSnapshot({ nodes: [aNode({ evidence: { process: null } })] });
    expect(samples('process_up', snapshot)).toEqual(['0']);
    expect(samples('process_start_time_seconds', snapshot)).toEqual([]);
  });

  it('exactly one state of a node host is 1', () => {
    const found = samples('state', aSnapshot({ nodes: [aNode({ state: 'wedged' })] }));
    expect(found).toHaveLength(statesOf('local').length);
    expect(found.filter((line) => !line.endsWith(' 0'))).toEqual(['state=wedged 1']);
  });

  it('of all reasons of a verdict the gateway’s refusal is named, else the first', () => {
    const reasons = (...found: NodeSnapshot['reasons']): readonly string[] =>
      samples('reason', aSnapshot({ nodes: [aNode({ reasons: found })] }));
    expect(reasons('refused', 'token_mismatch')).toEqual(['reason=token_mismatch 1']);
    expect(reasons('parked', 'pairing_required', 'restart-did-not-help')).toEqual([
      'reason=pairing_required 1',
    ]);
    expect(reasons('probe-timeout', 'no-pulse')).toEqual(['reason=probe-timeout 1']);
    expect(reasons()).toEqual([]);
  });

  it.each([
    [['refused', 'token_mismatch'], 'token_mismatch'],
    [['refused', 'pairing_required', 'supervisor-gave-up'], 'pairing_required'],
    [['tls'], 'tls'],
    [['dns', 'supervisor-gave-up'], 'dns'],
    [['http-4xx'], 'http-4xx'],
    [['refused'], 'other'],
  ] as const)('a node host that is blocked by %j is one series with the reason %s', (reasons, reason) => {
    const node = aNode({ state: 'blocked', reasons });
    expect(samples('blocked', aSnapshot({ nodes: [node] }))).toEqual([`reason=${reason} 1`]);
  });

  it('a node host that is not blocked is one series without a reason', () => {
    expect(samples('blocked', aSnapshot())).toEqual(['reason= 0']);
  });

  it('a zombie whose refusal was lifted is not blocked by it', () => {
    const node = aZombie({ reasons: ['parked', 'pairing_required'], parked: 'pairing_required' });
    expect(samples('blocked', aSnapshot({ nodes: [node] }))).toEqual(['reason= 0']);
    expect(samples('parked', aSnapshot({ nodes: [node] }))).toEqual(['reason=pairing_required 1']);
  });

  it.each([
    [{ kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' }, '1'],
    [{ kind: 'gave-up', because: 'exit-status', lastExit: 'exit status 78' }, '1'],
    [{ kind: 'failed', lastExit: 'exit status 1' }, '0'],
    [{ kind: 'restarting' }, '0'],
    [{ kind: 'stopped' }, '0'],
    [{ kind: 'running' }, '0'],
  ] as const)('a service manager with a unit that is %j gave up: %s', (standing, value) => {
    const service = { manager: 'systemd', unit: 'openclaw-node.service', user: true } as const;
    const evidence = { supervisor: { service, standing, ageMs: 0 } };
    const snapshot = aSnapshot({ nodes: [aNode({ evidence })] });
    expect(samples('supervisor_gave_up', snapshot)).toEqual([value]);
    expect(samples('supervisor_restarts', snapshot)).toEqual([]);
  });

  it('nobody here could see that a remote node host is blocked', () => {
    expect(samples('blocked', aSnapshot({ nodes: [aRemoteNode()] }))).toEqual([]);
  });

  it('the clock of the exporter is that of the scrape', () => {
    const at = { monoMs: 1, wallMs: 1_763_780_400_250 };
    expect(samples('exporter_clock_seconds', aSnapshot({ at }))).toEqual(['1763780400.25']);
  });

  it('a readable log without a park is "not parked"', () => {
    const nodes = [aNode({ evidence: { log: { readable: true } } })];
    expect(samples('parked', aSnapshot({ nodes }))).toEqual(['reason= 0']);
  });

  it('the heartbeat of a silent zombie stands still while its pulse goes on', () => {
    const node = aZombie({ heartbeat: ago(90_000), proofsOfLife: { pulse: ago(2), connect: ago(90_010) } });
    const snapshot = aSnapshot({ nodes: [node] });
    expect(samples('heartbeat_timestamp_seconds', snapshot)).toEqual([String(NOW.wallMs / 1000 - 90_000)]);
    expect(samples('heartbeat_age_seconds', snapshot)).toEqual(['90000']);
    expect(samples('proof_of_life_timestamp_seconds', snapshot)).toEqual([
      `source=pulse ${NOW.wallMs / 1000 - 2}`,
      `source=connect ${NOW.wallMs / 1000 - 90_010}`,
    ]);
  });

  it('the age of a heartbeat is monotonic and of the scrape; a step of the wall clock does not touch it', () => {
    const heartbeat = { monoMs: NOW.monoMs - 2500, wallMs: NOW.wallMs + 3_600_000 };
    const snapshot = aSnapshot({ nodes: [aNode({ heartbeat })] });
    expect(samples('heartbeat_age_seconds', snapshot)).toEqual(['2.5']);
  });

  it('a heartbeat seen after the snapshot began has age zero, not less', () => {
    const heartbeat = { monoMs: NOW.monoMs + 1, wallMs: NOW.wallMs + 1 };
    expect(samples('heartbeat_age_seconds', aSnapshot({ nodes: [aNode({ heartbeat })] }))).toEqual(['0']);
  });

  it('timestamps are Unix seconds', () => {
    const snapshot = aSnapshot({ nodes: [aNode({ lastConnect: ago(0.5) })] });
    expect(samples('last_connect_timestamp_seconds', snapshot)).toEqual([String(NOW.wallMs / 1000 - 0.5)]);
  });

  it('nodes of a gateway are counted by kind and by what the gateway says of them', () => {
    const nodes = [
      aNode({ name: 'a', connected: true }),
      aRemoteNode({ name: 'b', connected: true }),
      aRemoteNode({ name: 'c', connected: false }),
      aNode({ name: 'd' }),
    ];
    const apps = [anApp({ name: 'e' }), anApp({ name: 'f', connected: true })];
    expect(samples('gateway_nodes', aSnapshot({ nodes: [...nodes, ...apps] }))).toEqual([
      'kind=node-host status=connected 2',
      'kind=node-host status=disconnected 1',
      'kind=node-host status=unknown 1',
      'kind=app status=connected 1',
      'kind=app status=disconnected 1',
      'kind=app status=unknown 0',
    ]);
  });

  it('of two gateways each has its own series and its own node hosts', () => {
    const snapshot = aSnapshot({
      gateways: [aGateway({ name: 'a:1' }), aGateway({ name: 'b:2', httpUp: false, wsUp: false })],
      nodes: [
        aNode({ name: 'x', gateway: 'a:1', connected: true }),
        aRemoteNode({ name: 'y', gateway: 'b:2', connected: false }),
        aNode({ name: 'z', gateway: 'nobody-watches:3' }),
      ],
    });
    const told = (name: string): readonly string[] =>
      seriesOfFamily(family(name, snapshot)).map(({ labels, value }) => [...labels, String(value)].join(' '));
    expect(told('gateway_up')).toEqual(['a:1 http 1', 'a:1 ws 1', 'b:2 http 0', 'b:2 ws 0']);
    expect(told('gateway_nodes').filter((line) => !line.endsWith(' 0'))).toEqual([
      'a:1 node-host connected 1',
      'b:2 node-host disconnected 1',
    ]);
    expect(told('live')).toEqual(['a:1 x 1', 'b:2 y 1', 'nobody-watches:3 z 1']);
  });

  it('node hosts beyond the limit are counted now and over all time', () => {
    const snapshot = aSnapshot({ nodesDropped: 7, nodesUnwatched: 2 });
    expect(samples('exporter_nodes_dropped_total', snapshot)).toEqual(['7']);
    expect(samples('exporter_nodes_unwatched', snapshot)).toEqual(['2']);
  });

  it('a failed reload of the configuration shows, and when the last one succeeded', () => {
    const context = { ...CONTEXT, configLastReloadSuccessful: false, configLastReloadSuccessMs: 1_500 };
    const value = (ending: string): number | undefined =>
      told(`exporter_config_${ending}`, context)[0]?.value;
    expect(value('last_reload_successful')).toBe(0);
    expect(value('last_reload_success_timestamp_seconds')).toBe(1.5);
  });

  it('writes of the state that failed are counted, from zero on', () => {
    const value = (context: ExporterContext) =>
      told('exporter_state_write_failures_total', context)[0]?.value;
    expect([value({ ...CONTEXT, stateWriteFailures: 3 }), value(CONTEXT)]).toEqual([3, 0]);
  });

  it('of a counter is also when it was zero', () => {
    const since = (name: string, snapshot: Snapshot): readonly (number | undefined)[] => [
      ...new Set(seriesOfFamily(family(name, snapshot)).map((sample) => sample.since)),
    ];
    const counted = aSnapshot({
      nodes: [aNode({ counters: { ...NO_NODE_COUNTERS, since: 1_000 } })],
      gateways: [aGateway({ counters: { ...NO_GATEWAY_COUNTERS, since: 2_000 } })],
      nodesDroppedSince: 3_000,
    });
    expect(since('closes_total', counted)).toEqual([1_000]);
    expect(since('gateway_restarts_total', counted)).toEqual([2_000]);
    expect(since('exporter_nodes_dropped_total', counted)).toEqual([3_000]);
    expect(since('exporter_source_errors_total', counted)).toEqual([counted.observedSince.wallMs]);
    expect(since('exporter_otlp_exports_total', counted)).toEqual([counted.observedSince.wallMs]);
    expect(since('connects_total', aSnapshot({ nodes: [aNode()] }))).toEqual([undefined]);
    expect(since('live', counted)).toEqual([undefined]);
  });

  it('the CPU time of a node host was zero when its process started', () => {
    const started = seriesOfFamily(family('process_cpu_seconds_total', aRichSnapshot())).map(
      ({ since }) => since,
    );
    expect(started).toEqual([ago(86_400).wallMs]);
  });
});

describe('OTLP', () => {
  it('has no metrics where nothing is sent', () => {
    const silent = {
      version: '1',
      nodejsVersion: 'v24',
      configLastReloadSuccessful: true,
      configLastReloadSuccessMs: 1_795_000_000_000,
    };
    for (const metric of CATALOGUE.filter(({ name }) => name.includes('_otlp_'))) {
      expect(toldBy(metric, aSnapshot(), silent)).toEqual([]);
    }
  });

  it('is neither up nor down before anything was sent', () => {
    expect(told('_otlp_up', { ...CONTEXT, otlp: [unsentSignal('logs')] })).toEqual([]);
  });
});
