import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/*
 * Decodes OTLP by the protocol's own definitions: so what is read here was not written by the same code.
 */

export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

export interface DataPoint {
  readonly attributes?: readonly KeyValue[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly asInt?: string;
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly DataPoint[] };
  readonly sum?: {
    readonly dataPoints: readonly DataPoint[];
    readonly aggregationTemporality: string;
    readonly isMonotonic: boolean;
  };
}

export interface LogRecord {
  readonly timeUnixNano: string;
  readonly severityText: string;
  readonly severityNumber: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly eventName?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly status?: { readonly code?: string; readonly message?: string };
}

interface Resource {
  readonly attributes?: readonly KeyValue[];
}

export interface OtlpRequests {
  readonly metrics: {
    readonly resourceMetrics?: readonly {
      readonly resource?: Resource;
      readonly schemaUrl?: string;
      readonly scopeMetrics: readonly {
        readonly schemaUrl?: string;
        readonly scope?: { readonly name: string; readonly version?: string };
        readonly metrics: readonly Metric[];
      }[];
    }[];
  };
  readonly logs: {
    readonly resourceLogs?: readonly {
      readonly resource?: Resource;
      readonly schemaUrl?: string;
      readonly scopeLogs: readonly {
        readonly schemaUrl?: string;
        readonly logRecords: readonly LogRecord[];
      }[];
    }[];
  };
  readonly traces: {
    readonly resourceSpans?: readonly {
      readonly resource?: Resource;
      readonly schemaUrl?: string;
      readonly scopeSpans: readonly {
        readonly schemaUrl?: string;
        readonly spans: readonly Span[];
      }[];
    }[];
  };
}
export type Signal = keyof OtlpRequests;

const DEFINITIONS = fileURLToPath(new URL('../../fixtures/opentelemetry-proto/', import.meta.url));

const SERVICES: Readonly<Record<Signal, string>> = {
  metrics: 'opentelemetry/proto/collector/metrics/v1/metrics_service.proto',
  logs: 'opentelemetry/proto/collector/logs/v1/logs_service.proto',
  traces: 'opentelemetry/proto/collector/trace/v1/trace_service.proto',
};

const REQUESTS: Readonly<Record<Signal, string>> = {
  metrics: 'opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest',
  logs: 'opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest',
  traces: 'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest',
};

const root = new protobuf.Root();
// Their imports count from here, wherever the importing file is.
root.resolvePath = (_importer, path) => DEFINITIONS + path;
root.loadSync(Object.values(SERVICES));

/** @throws when the bytes are no such message */
export function decodeRequest<S extends Signal>(signal: S, bytes: Uint8Array): OtlpRequests[S] {
  const type = root.lookupType(REQUESTS[signal]);
  return type.toObject(type.decode(bytes), {
    longs: String,
    enums: String,
    // Base64.
    bytes: String,
  });
}

/** An id as people write it. */
export function hexId(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('hex');
}

/** Attributes as plain values, to any depth. */
export function plainAttributes(attributes: readonly KeyValue[] | undefined): Record<string, unknown> {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, plainValue(value)]));
}

export function plainValue(value: AnyValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.arrayValue != null) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue != null) return plainAttributes(value.kvlistValue.values);
  if (value.intValue != null) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}
