import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as HttpMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { AggregationTemporality, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { OtlpProtocol } from './otlp-settings.ts';

/*
 * The exporters of the OpenTelemetry project. They read endpoint, headers, TLS, time-out and compression from the
 * environment; without an endpoint they would dial localhost, so none is made then.
 */

const EXPORTERS = {
  'http/protobuf': { metrics: HttpMetrics, logs: HttpLogs, traces: HttpTraces },
  grpc: { metrics: GrpcMetrics, logs: GrpcLogs, traces: GrpcTraces },
} as const satisfies Record<OtlpProtocol, unknown>;

/** A request after the next waits for nobody: there is a reader or a queue of our own before each. */
const CONCURRENT_REQUESTS = 2;

export function metricExporter(protocol: OtlpProtocol, userAgent: string): PushMetricExporter {
  return new EXPORTERS[protocol].metrics({
    userAgent,
    concurrencyLimit: CONCURRENT_REQUESTS,
    // Our counters outlive the process; there is no delta to be told.
    temporalityPreference: AggregationTemporality.CUMULATIVE,
  });
}

export function logExporter(protocol: OtlpProtocol, userAgent: string): LogRecordExporter {
  return new EXPORTERS[protocol].logs({ userAgent, concurrencyLimit: CONCURRENT_REQUESTS });
}

export function spanExporter(protocol: OtlpProtocol, userAgent: string): SpanExporter {
  return new EXPORTERS[protocol].traces({ userAgent, concurrencyLimit: CONCURRENT_REQUESTS });
}
