import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { otlpSettingsOf } from '../../../src/config/otlp-settings-of.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { readConfigFile } from '../../../src/exporters/otlp/config-file.ts';
import { OTLP_PROTOCOLS } from '../../../src/exporters/otlp/otlp-settings.ts';
import { anOtlpExporter } from './an-otlp-exporter.ts';
import { plainAttributes } from './otlp-messages.ts';
import { startReceiver } from './otlp-receiver.ts';

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'otel-config-')), 'otel.yaml');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(join(file, '..'), { recursive: true });
});

const READ = `file_format: "1.0"
resource:
  attributes: [{ name: team, value: "a,b" }, { name: shelf, value: 3, type: int }]
  attributes_list: rack=7
meter_provider:
  readers:
    - periodic:
        interval: 15000
        timeout: 4000
        exporter:
          otlp_http:
            endpoint: https://otel/v1/metrics
            headers: [{ name: authorization, value: "Bearer \${TOKEN}" }]
            headers_list: x-tenant=a
            compression: gzip
            timeout: 700
            tls: { ca_file: /ca.pem, cert_file: /me.pem, key_file: /me.key }
            temporality_preference: cumulative
logger_provider:
  processors:
    - batch:
        schedule_delay: 10
        max_queue_size: 9
        exporter: { otlp_grpc: { endpoint: "http://otel:4317", tls: { insecure: true } } }
`;

describe('a file of declarative configuration', () => {
  it('is read as the variables that say the same', async () => {
    vi.stubEnv('TOKEN', 's3cret');
    await writeFile(file, READ);
    expect(readConfigFile(file)).toEqual({
      refusals: [],
      variables: {
        OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb,shelf=3,rack=7',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_METRIC_EXPORT_INTERVAL: '15000',
        OTEL_METRIC_EXPORT_TIMEOUT: '4000',
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://otel/v1/metrics',
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=a,authorization=Bearer%20s3cret',
        OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '700',
        OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: '/ca.pem',
        OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: '/me.pem',
        OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: '/me.key',
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_BLRP_SCHEDULE_DELAY: '10',
        OTEL_BLRP_MAX_QUEUE_SIZE: '9',
        OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://otel:4317',
        OTEL_EXPORTER_OTLP_LOGS_INSECURE: 'true',
      },
    });
  });

  it('what has no place here is named, and the rest is heeded', async () => {
    await writeFile(
      file,
      `${READ}tracer_provider:
  processors:
    - simple: { exporter: { console: } }
    - batch: { exporter: { otlp_http: { endpoint: "http://second" } } }
  sampler: { trace_id_ratio_based: { ratio: 0.1 } }
`,
    );
    const { settings, warnings } = await otlpSettingsOf({ OTEL_CONFIG_FILE: file }, '/');
    expect(Object.keys(settings?.collectors ?? {})).toEqual(['metrics', 'logs']);
    expect(warnings.map(formatProblem)).toEqual(
      [
        'tracer_provider.processors.0.simple.exporter.console',
        'tracer_provider.processors.1.batch.exporter.otlp_http.endpoint',
        'tracer_provider.sampler.trace_id_ratio_based.ratio',
      ].map((path) => `OTEL_CONFIG_FILE ${file}: ${path} is not heeded`),
    );
  });

  it.each([
    [
      'no endpoint',
      'meter_provider: { readers: [{ periodic: { exporter: { otlp_http: } } }] }',
      /no endpoint is set/,
    ],
    ['another shape', 'meter_provider: 7', /Invalid OpenTelemetry config file.*must be object/],
    ['a format to come', 'x: 1', /Unsupported file_format/, '9.0'],
  ])('with %s nothing is sent, which is told', async (_, text, told, format = '1.0') => {
    await writeFile(file, `file_format: "${format}"\n${text}\n`);
    const { settings, warnings } = await otlpSettingsOf(
      { OTEL_CONFIG_FILE: file, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' },
      '/',
    );
    expect(settings).toBeUndefined();
    expect(warnings.map(formatProblem).join()).toMatch(told);
  });

  it('that is not there is told', async () => {
    const { settings, warnings } = await otlpSettingsOf({ OTEL_CONFIG_FILE: 'nowhere.yaml' }, '/cwd');
    expect(settings).toBeUndefined();
    expect(warnings.map(formatProblem).join()).toContain('/cwd/nowhere.yaml');
  });

  it('that is switched off sends nothing', async () => {
    await writeFile(file, `${READ}disabled: true\n`);
    expect(await otlpSettingsOf({ OTEL_CONFIG_FILE: file }, '/')).toEqual({ warnings: [] });
  });

  it.each(OTLP_PROTOCOLS)(
    'alone decides what is sent over %s, whatever the environment says',
    async (protocol) => {
      const receiver = await startReceiver(protocol);
      const kind = protocol === 'grpc' ? 'otlp_grpc' : 'otlp_http';
      const path = protocol === 'grpc' ? '' : '/v1/metrics';
      await writeFile(
        file,
        `file_format: "1.0"
resource: { attributes: [{ name: service.name, value: eyes }] }
meter_provider:
  readers:
    - periodic:
        exporter: { ${kind}: { endpoint: "${receiver.url}${path}", headers: [{ name: x-tenant, value: of the file }] } }
`,
      );
      const environment = {
        OTEL_CONFIG_FILE: file,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9/v1/metrics',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-other=of the environment',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=environment',
      };
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      const { settings, warnings } = await otlpSettingsOf(environment, '/');
      expect(warnings).toEqual([]);
      if (settings === undefined) throw new Error('nothing is sent');
      expect(JSON.stringify(settings)).not.toContain('of the file');
      const { exporter, told } = await anOtlpExporter(settings);
      await exporter.shutdown();
      await receiver.close();
      expect(told.lines).toEqual(['metrics up']);
      const [first] = receiver.all('metrics');
      expect(first?.headers).toMatchObject({ 'x-tenant': 'of the file' });
      expect(first?.headers).not.toHaveProperty('x-other');
      expect(plainAttributes(first?.request.resourceMetrics?.[0]?.resource?.attributes)['service.name']).toBe(
        'eyes',
      );
      expect(process.env).toMatchObject(environment);
      expect(process.env).not.toHaveProperty('OTEL_METRICS_EXPORTER');
    },
  );
});
