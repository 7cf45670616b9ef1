import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readOtlpVariables } from '../../src/config/otlp-variables.ts';
import { formatProblem } from '../../src/config/problem.ts';
import type { OtlpSettings } from '../../src/exporters/otlp/otlp-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' };

function read(environment: Readonly<Record<string, string>>) {
  const { settings, warnings } = readOtlpVariables(environment, '/cwd');
  return { settings, warnings: warnings.map(formatProblem) };
}

function settingsOf(environment: Readonly<Record<string, string>>): OtlpSettings {
  const { settings, warnings } = read(environment);
  expect(warnings).toEqual([]);
  if (settings === undefined) throw new Error('nothing is sent');
  return settings;
}

/** One signal's endpoint for each variable, or nothing. */
function endpoints(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(read(environment).settings?.targets ?? {}).map(([signal, { endpoint }]) => [
      signal,
      endpoint,
    ]),
  );
}

describe('nothing is sent', () => {
  it.each([
    ['without an endpoint', {}],
    ['with a blank one', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    [
      'with only a protocol and headers',
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' },
    ],
    ['when the SDK is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
    [
      'when each signal is switched off',
      {
        ...ENDPOINT,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_TRACES_EXPORTER: 'none',
      },
    ],
  ])('%s', (_, environment) => {
    expect(read(environment)).toEqual({ settings: undefined, warnings: [] });
  });

  it('to localhost by default, though a signal is asked for', () => {
    expect(read({ OTEL_METRICS_EXPORTER: 'otlp' })).toEqual({
      settings: undefined,
      warnings: [
        'environment variable OTEL_METRICS_EXPORTER: asks for otlp, but no endpoint is set and none is assumed; set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT.',
      ],
    });
  });
});

describe('where it is sent', () => {
  it('over HTTP a general endpoint gets a path for each signal', () => {
    expect(endpoints({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel/base/' })).toEqual({
      metrics: 'https://otel/base/v1/metrics',
      logs: 'https://otel/base/v1/logs',
      traces: 'https://otel/base/v1/traces',
    });
  });

  it('a signal’s own endpoint goes first, as it is', () => {
    expect(endpoints({ ...ENDPOINT, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs:1' })).toMatchObject({
      logs: 'http://logs:1/',
      metrics: 'http://otel:4318/v1/metrics',
    });
  });

  it('only the signal that has an endpoint is sent', () => {
    expect(Object.keys(endpoints({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:1/x' }))).toEqual([
      'traces',
    ]);
  });

  it('over gRPC an endpoint is a host, encrypted unless it says otherwise', () => {
    const over = (endpoint: string, more: Readonly<Record<string, string>> = {}) =>
      endpoints({
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
        ...more,
      }).metrics;
    expect(over('http://otel:4317/ignored')).toBe('http://otel:4317');
    expect(over('https://otel:4317')).toBe('https://otel:4317');
    expect(over('otel:4317')).toBe('https://otel:4317');
    expect(over('otel:4317', { OTEL_EXPORTER_OTLP_INSECURE: 'true' })).toBe('http://otel:4317');
    expect(over('unix:/run/otel.sock')).toBe('unix:/run/otel.sock');
  });
});

describe('how it is sent', () => {
  it('is OpenTelemetry’s own defaults unless told otherwise', () => {
    const { targets, ...rest } = settingsOf(ENDPOINT);
    expect(targets.metrics).toEqual({
      protocol: 'http/protobuf',
      endpoint: 'http://otel:4318/v1/metrics',
      headers: {},
      compression: 'none',
      timeoutMs: 10_000,
      tls: {},
    });
    expect(rest).toEqual({
      metrics: { intervalMs: 60_000, timeoutMs: 30_000 },
      logs: { delayMs: 1_000, maxQueueSize: 2_048, maxBatchSize: 512, timeoutMs: 30_000 },
      traces: { delayMs: 5_000, maxQueueSize: 2_048, maxBatchSize: 512, timeoutMs: 30_000 },
      resourceAttributes: {},
    });
  });

  it('a signal’s own variable goes before the general one', () => {
    const { targets } = settingsOf({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '700',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/etc/me.pem',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/etc/me.key',
      OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: '/logs/ca.pem',
    });
    const client = { certificate: '/etc/me.pem', key: '/etc/me.key' };
    expect(targets.traces).toMatchObject({
      protocol: 'grpc',
      timeoutMs: 5_000,
      compression: 'gzip',
      tls: { ca: '/cwd/ca.pem', client },
    });
    expect(targets.logs).toMatchObject({
      protocol: 'http/protobuf',
      timeoutMs: 700,
      compression: 'none',
      tls: { ca: '/logs/ca.pem', client },
    });
  });

  it('headers are decoded, joined by name, and secrets', () => {
    const { targets } = settingsOf({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20eHg6eXk=, x-tenant=a',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-tenant=b',
    });
    const reveal = (signal: 'logs' | 'metrics') =>
      Object.entries(targets[signal]?.headers ?? {}).map(([name, value]) => `${name}: ${value.reveal()}`);
    expect(reveal('metrics')).toEqual(['authorization: Basic eHg6eXk=', 'x-tenant: a']);
    expect(reveal('logs')).toEqual(['authorization: Basic eHg6eXk=', 'x-tenant: b']);
    expect(JSON.stringify(targets)).not.toContain('eHg6eXk');
  });

  it('times and queues', () => {
    const settings = settingsOf({
      ...ENDPOINT,
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
      OTEL_METRIC_EXPORT_TIMEOUT: '4000',
      OTEL_BLRP_SCHEDULE_DELAY: '0',
      OTEL_BLRP_MAX_QUEUE_SIZE: '10',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '7',
      OTEL_BSP_EXPORT_TIMEOUT: '9',
    });
    expect(settings.metrics).toEqual({ intervalMs: 15_000, timeoutMs: 4_000 });
    expect(settings.logs).toMatchObject({ delayMs: 0, maxQueueSize: 10, maxBatchSize: 10 });
    expect(settings.traces).toMatchObject({ maxBatchSize: 7, timeoutMs: 9 });
  });

  it('a short interval shortens the default timeout without a word', () => {
    const settings = settingsOf({ ...ENDPOINT, OTEL_METRIC_EXPORT_INTERVAL: '1000' });
    expect(settings.metrics.timeoutMs).toBe(1_000);
  });

  it('resource attributes are decoded, and the service’s name has a variable of its own', () => {
    const settings = settingsOf({
      ...ENDPOINT,
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=x,team=a%2Cb%3Dc',
      OTEL_SERVICE_NAME: 'eyes',
    });
    expect(settings.resourceAttributes).toEqual({ 'service.name': 'eyes', team: 'a,b=c' });
  });
});

describe('a value that cannot be used is told with its variable and what is allowed, and ignored', () => {
  const HTTP = 'allowed for http/protobuf: http:// or https:// followed by host[:port][/path]';
  it.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      `found a value that is not shown; ${HTTP}`,
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'ftp://x' },
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
      `found "ftp://x"; ${HTTP}. Logs will not be sent.`,
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'found "http/json"; allowed: http/protobuf or grpc. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' },
      'OTEL_EXPORTER_OTLP_COMPRESSION',
      'found "zstd"; allowed: none or gzip. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT: '10s' },
      'OTEL_EXPORTER_OTLP_TIMEOUT',
      'found "10s"; allowed: a whole number from 1 to 86400000. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_METRIC_EXPORT_INTERVAL: '0' },
      'OTEL_METRIC_EXPORT_INTERVAL',
      'found "0"; allowed: a whole number from 1 to 86400000. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_METRIC_EXPORT_TIMEOUT: '90000' },
      'OTEL_METRIC_EXPORT_TIMEOUT',
      'found 90000; allowed: at most the interval, 60000 ms, which is used.',
    ],
    [
      { ...ENDPOINT, OTEL_BLRP_MAX_QUEUE_SIZE: '5', OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '9' },
      'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
      'found 9; allowed: at most the size of the queue, 5, which is used.',
    ],
    [
      { ...ENDPOINT, OTEL_SDK_DISABLED: 'yes' },
      'OTEL_SDK_DISABLED',
      'found "yes"; allowed: true or false. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_METRICS_EXPORTER: 'prometheus' },
      'OTEL_METRICS_EXPORTER',
      'found "prometheus"; allowed: otlp or none. What else it names is not written, and nothing is sent (Prometheus reads /metrics).',
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' },
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      'found "delta"; allowed: cumulative or lowmemory',
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key' },
      'OTEL_EXPORTER_OTLP_CLIENT_KEY',
      'is of no use alone; set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE too.',
    ],
    [
      { ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'team=a,oops' },
      'OTEL_RESOURCE_ATTRIBUTES',
      'entry 2 (not shown) is no attribute; allowed: name=value pairs',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPIONT: 'http://x' },
      'OTEL_EXPORTER_OTLP_ENDPIONT',
      'unknown variable. Did you mean OTEL_EXPORTER_OTLP_ENDPOINT?',
    ],
  ])('%j', (environment, variable, message) => {
    const { warnings } = read(environment);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`environment variable ${variable}: ${message}`);
  });

  it('no part of a header or of a URL with a password is shown', () => {
    const { warnings } = read({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret%,x=1\u0007s3cret,s3cret',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'gopher://me:s3cret@otel',
    });
    expect(warnings).toHaveLength(4);
    expect(warnings.join()).not.toContain('s3cret');
  });

  it.each([
    ['an endpoint with a key in its query', { OTEL_EXPORTER_OTLP_ENDPOINT: 'htp://h/?api_key=s3cret' }],
    ['an endpoint with a key for a host', { OTEL_EXPORTER_OTLP_ENDPOINT: 'htp://api_key=s3cret/' }],
    ['an endpoint with a number in its password', { OTEL_EXPORTER_OTLP_ENDPOINT: 'htp://me:1#s3cret@h' }],
    ['an endpoint that is a key', { OTEL_EXPORTER_OTLP_ENDPOINT: 's3cret' }],
    [
      'an endpoint of gRPC with a password',
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'u:s3cret' },
    ],
    ['a resource attribute', { ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'token=s3cret,b' }],
    ['a resource attribute that is not encoded', { ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'token=s3cret%' }],
  ])('a credential is not shown: %s', (_, environment) => {
    const { warnings } = read(environment);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.join()).not.toContain('s3cret');
  });

  it('of an endpoint scheme and host are shown', () => {
    const { warnings } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'htp://otel:4318/v1?api_key=s3cret' });
    expect(warnings.join()).toContain('found "htp://otel:4318" and more that is not shown; allowed');
  });

  it.each([
    ['http/protobuf', 'x-name=S%C3%89CRET', 'a value that is not ASCII'],
    ['http/protobuf', 'x-name=a%0d%0ab', 'a line break'],
    ['http/protobuf', 'x-name=a%09b', 'a tab'],
    ['http/protobuf', 'b d=2', 'a blank in a name'],
    ['grpc', 'x-name=S%C3%89CRET', 'a value that is not ASCII'],
    ['grpc', 'trace-BIN=AAAA', 'a binary name'],
    ['grpc', 'a!b=2', 'a name that only HTTP allows'],
  ])('over %s the header entry %s is left out: %s', (protocol, entry) => {
    const { settings, warnings } = read({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: `good=1,${entry}`,
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`OTEL_EXPORTER_OTLP_HEADERS: entry 2 (not shown) is no header; allowed`);
    expect(Object.keys(settings?.targets.logs?.headers ?? {})).toEqual(['good']);
  });

  it('a binary name and one with other signs are left to HTTP', () => {
    const { targets } = settingsOf({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'trace-bin=AAAA,a!b=2' });
    expect(Object.keys(targets.logs?.headers ?? {})).toEqual(['trace-bin', 'a!b']);
  });

  it('keeps the others', () => {
    const { settings } = read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'nowhere' });
    expect(Object.keys(settings?.targets ?? {})).toEqual(['metrics', 'traces']);
  });
});

describe('the configuration', () => {
  it('has the settings, frozen, and the warnings; neither keeps the exporter from starting', async () => {
    const loaded = await loadConfig({
      flags: [],
      environment: { ...ENDPOINT, HOME: '/nowhere', OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' },
    });
    if (!loaded.ok) throw new Error('it was refused');
    expect(Object.keys(loaded.config.otlp?.targets ?? {})).toEqual(['metrics', 'logs', 'traces']);
    expect(Object.isFrozen(loaded.config.otlp?.targets.metrics)).toBe(true);
    expect(loaded.warnings.map(formatProblem).join()).toContain('OTEL_EXPORTER_OTLP_TIMEOUT');
  });
});
