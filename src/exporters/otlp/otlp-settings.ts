import type { Secret } from '../../core/index.ts';
import type { OtlpSignal } from './otlp-status.ts';

export const OTLP_PROTOCOLS = ['http/protobuf', 'grpc'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** Where one signal is sent. How, the official exporters read from the environment themselves. */
export interface OtlpCollector {
  readonly protocol: OtlpProtocol;
  /** For people: without what may be a credential. */
  readonly endpoint: string;
  /** What only the collector may be told: the endpoint and the lists of headers, as they were written. */
  readonly secrets: { readonly endpoint: Secret; readonly headers: readonly Secret[] };
}

/** What OpenTelemetry's own variables say, as far as no exporter reads it; there is nothing without an endpoint. */
export interface OtlpSettings {
  /** A signal without a collector is not sent. Never empty. */
  readonly collectors: Readonly<Partial<Record<OtlpSignal, OtlpCollector>>>;
  /** Where a file says it all: the variables that it stands for, which count instead of those of the environment. */
  readonly variables?: Readonly<Record<string, Secret>>;
}
