import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { AggregationTemporality, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { OtlpTarget } from './otlp-settings.ts';
import { readTlsMaterial } from './tls-material.ts';
import { withoutOtlpVariables } from './without-otlp-variables.ts';

/*
 * The exporters of the OpenTelemetry project, given everything they would otherwise read from the environment or assume:
 * without an endpoint they would dial localhost. gRPC costs 2 MiB more and is imported only where it is wanted.
 */

/** A request after the next waits for nobody: there is a reader or a queue of our own before each. */
const CONCURRENT_REQUESTS = 2;
const CUMULATIVE = { temporalityPreference: AggregationTemporality.CUMULATIVE };

export async function metricExporter(target: OtlpTarget, userAgent: string): Promise<PushMetricExporter> {
  switch (target.protocol) {
    case 'http/protobuf': {
      const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
      const options = { ...(await httpOptions(target, userAgent)), ...CUMULATIVE };
      return withoutOtlpVariables(() => new OTLPMetricExporter(options));
    }
    case 'grpc': {
      const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
      const options = { ...(await grpcOptions(target, userAgent)), ...CUMULATIVE };
      return withoutOtlpVariables(() => new OTLPMetricExporter(options));
    }
    default:
      return target.protocol satisfies never;
  }
}

export async function logExporter(target: OtlpTarget, userAgent: string): Promise<LogRecordExporter> {
  switch (target.protocol) {
    case 'http/protobuf': {
      const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-proto');
      const options = await httpOptions(target, userAgent);
      return withoutOtlpVariables(() => new OTLPLogExporter(options));
    }
    case 'grpc': {
      const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-grpc');
      const options = await grpcOptions(target, userAgent);
      return withoutOtlpVariables(() => new OTLPLogExporter(options));
    }
    default:
      return target.protocol satisfies never;
  }
}

export async function spanExporter(target: OtlpTarget, userAgent: string): Promise<SpanExporter> {
  switch (target.protocol) {
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      const options = await httpOptions(target, userAgent);
      return withoutOtlpVariables(() => new OTLPTraceExporter(options));
    }
    case 'grpc': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
      const options = await grpcOptions(target, userAgent);
      return withoutOtlpVariables(() => new OTLPTraceExporter(options));
    }
    default:
      return target.protocol satisfies never;
  }
}

function sharedOptions(target: OtlpTarget, userAgent: string) {
  return {
    url: target.endpoint,
    timeoutMillis: target.timeoutMs,
    compression: target.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    concurrencyLimit: CONCURRENT_REQUESTS,
    userAgent,
  };
}

async function httpOptions(target: OtlpTarget, userAgent: string) {
  const { ca, client } = await readTlsMaterial(target.tls);
  return {
    ...sharedOptions(target, userAgent),
    headers: Object.fromEntries(
      Object.entries(target.headers).map(([name, value]) => [name, value.reveal()]),
    ),
    httpAgentOptions: {
      keepAlive: true,
      ...(ca !== undefined && { ca }),
      ...(client !== undefined && { cert: client.certificate, key: client.key }),
    },
  };
}

async function grpcOptions(target: OtlpTarget, userAgent: string) {
  const { credentials, Metadata } = await import('@grpc/grpc-js');
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(target.headers)) metadata.set(name, value.reveal());
  const { ca, client } = await readTlsMaterial(target.tls);
  return {
    ...sharedOptions(target, userAgent),
    metadata,
    credentials: target.endpoint.startsWith('https://')
      ? credentials.createSsl(ca ?? null, client?.key ?? null, client?.certificate ?? null)
      : credentials.createInsecure(),
  };
}
