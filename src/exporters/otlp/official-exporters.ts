import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as HttpMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import type { OtlpProtocol } from './otlp-settings.ts';

/** A request after the next waits for nobody: there is a reader or a queue of our own before each. */
const CONCURRENT_REQUESTS = 2;

const EXPORTERS = {
  'http/protobuf': { metrics: HttpMetrics, logs: HttpLogs, traces: HttpTraces },
  grpc: { metrics: GrpcMetrics, logs: GrpcLogs, traces: GrpcTraces },
} as const satisfies Record<OtlpProtocol, unknown>;

/**
 * Makers of the exporters of the OpenTelemetry project. They read endpoint, headers, TLS, time-out and compression from the
 * environment; without an endpoint they would dial localhost, so none is to be made then.
 */
export function officialExporters(protocol: OtlpProtocol, userAgent: string) {
  const { metrics: Metrics, logs: Logs, traces: Traces } = EXPORTERS[protocol];
  const options = { userAgent, concurrencyLimit: CONCURRENT_REQUESTS };
  return {
    // Our counters outlive the process; there is no delta to be told.
    metrics: () => new Metrics({ ...options, temporalityPreference: AggregationTemporality.CUMULATIVE }),
    logs: () => new Logs(options),
    traces: () => new Traces(options),
  };
}
