import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readOtlpVariables } from '../../src/config/otlp-variables.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { scrubberFor } from '../../src/exporters/otlp/collector-scrubber.ts';
import type { OtlpSettings } from '../../src/exporters/otlp/otlp-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' };

function read(environment: Readonly<Record<string, string>>) {
  const { settings, warnings } = readOtlpVariables(environment);
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
    Object.entries(read(environment).settings?.collectors ?? {}).map(([signal, { endpoint }]) => [
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

  it('over gRPC an endpoint is a host', () => {
    const over = (endpoint: string) =>
      endpoints({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint })
        .metrics;
    expect(over('http://otel:4317/ignored')).toBe('http://otel:4317');
    expect(over('https://otel:4317')).toBe('https://otel:4317');
    // Whether that is encrypted, the exporter knows by OTEL_EXPORTER_OTLP_INSECURE.
    expect(over('otel:4317')).toBe('otel:4317');
    expect(over('unix:///run/otel.sock')).toBe('unix:///run/otel.sock');
  });
});

it('what only the collector may be told is kept to be taken out of messages, and shown nowhere', () => {
  const { collectors: targets } = settingsOf({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://me:pa55word@otel/',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://otel/?key=abcdefg',
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20eHg6eXk=, x-tenant=a',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-tenant=tenant-b',
  });
  expect(JSON.stringify(targets)).not.toMatch(/eHg6eXk|pa55word|abcdefg/);
  if (targets.metrics === undefined || targets.logs === undefined) throw new Error('nothing is sent');
  expect(scrubberFor(targets.metrics)('"Basic eHg6eXk=" from me:pa55word')).toBe(
    '"[redacted]" from me:[redacted]',
  );
  expect(scrubberFor(targets.logs)('eHg6eXk= tenant-b abcdefg')).toBe('[redacted] [redacted] [redacted]');
});

describe('a value that cannot be used is told with its variable and what is allowed, and ignored', () => {
  const HTTP =
    'allowed for http/protobuf: http:// or https:// followed by host[:port][/path], a query only in the endpoint of one signal';
  it.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      `found a value that is not shown; ${HTTP}`,
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'ftp://x' },
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
      `found a value that is not shown; ${HTTP}. Nothing is sent there.`,
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'found "http/json"; allowed: http/protobuf or grpc. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_SDK_DISABLED: 'yes' },
      'OTEL_SDK_DISABLED',
      'found "yes"; allowed: true or false. It is ignored.',
    ],
    [
      { ...ENDPOINT, OTEL_METRICS_EXPORTER: 'prometheus' },
      'OTEL_METRICS_EXPORTER',
      'found "prometheus"; allowed: otlp or none. Prometheus reads /metrics.',
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
    expect(warnings).toHaveLength(1);
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
  ])('a credential is not shown: %s', (_, environment) => {
    const { warnings } = read(environment);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.join()).not.toContain('s3cret');
  });

  it('to an endpoint for all signals the library adds a path, behind whatever is there: a query is refused', () => {
    expect(endpoints({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel/?key=s3cret' })).toEqual({});
    expect(endpoints({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://otel/logs?key=s3cret' })).toEqual({
      logs: 'http://otel/logs',
    });
  });

  it('keeps the others', () => {
    const { settings } = read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'nowhere' });
    expect(Object.keys(settings?.collectors ?? {})).toEqual(['metrics', 'traces']);
  });
});

describe('the configuration', () => {
  it('has the settings, frozen, and the warnings; neither keeps the exporter from starting', async () => {
    const loaded = await loadConfig({
      flags: [],
      environment: { ...ENDPOINT, HOME: '/nowhere', OTEL_EXPORTER_OTLP_TIMOUT: '1' },
    });
    if (!loaded.ok) throw new Error('it was refused');
    expect(Object.keys(loaded.config.otlp?.collectors ?? {})).toEqual(['metrics', 'logs', 'traces']);
    expect(Object.isFrozen(loaded.config.otlp?.collectors.metrics)).toBe(true);
    expect(loaded.warnings.map(formatProblem).join()).toContain('Did you mean OTEL_EXPORTER_OTLP_TIMEOUT?');
  });
});
