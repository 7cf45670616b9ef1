import root from 'otlp-proto-root/build/src/generated/root.js';

/*
 * Decodes OTLP with the message types that were generated from the protocol's own definitions, as the official
 * transformer shipped them until it got a writer of its own: so what is read here was not written by the same code.
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
      readonly scopeMetrics: readonly {
        readonly scope?: { readonly name: string; readonly version?: string };
        readonly metrics: readonly Metric[];
      }[];
    }[];
  };
  readonly logs: {
    readonly resourceLogs?: readonly {
      readonly resource?: Resource;
      readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
    }[];
  };
  readonly traces: {
    readonly resourceSpans?: readonly {
      readonly resource?: Resource;
      readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
    }[];
  };
}
export type Signal = keyof OtlpRequests;

interface MessageType {
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): unknown;
}

const TYPE_PATHS: Readonly<Record<Signal, readonly string[]>> = {
  metrics: ['opentelemetry', 'proto', 'collector', 'metrics', 'v1', 'ExportMetricsServiceRequest'],
  logs: ['opentelemetry', 'proto', 'collector', 'logs', 'v1', 'ExportLogsServiceRequest'],
  traces: ['opentelemetry', 'proto', 'collector', 'trace', 'v1', 'ExportTraceServiceRequest'],
};

function typeOf(signal: Signal): MessageType {
  let found: unknown = root;
  for (const name of TYPE_PATHS[signal]) found = (found as Record<string, unknown>)[name];
  return found as MessageType;
}

/** @throws when the bytes are no such message */
export function decodeRequest<S extends Signal>(signal: S, bytes: Uint8Array): OtlpRequests[S] {
  const type = typeOf(signal);
  return type.toObject(type.decode(bytes), {
    longs: String,
    enums: String,
    // Base64.
    bytes: String,
  }) as OtlpRequests[S];
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
