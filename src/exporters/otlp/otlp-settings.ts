import type { Secret } from '../../core/index.ts';
import type { OtlpSignal } from './otlp-status.ts';

export const OTLP_PROTOCOLS = ['http/protobuf', 'grpc'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

export const OTLP_COMPRESSIONS = ['none', 'gzip'] as const;
export type OtlpCompression = (typeof OTLP_COMPRESSIONS)[number];

/** Paths of PEM files; absolute. */
export interface OtlpTlsFiles {
  /** Authorities to trust instead of those of Node.js. */
  readonly ca?: string;
  /** Both or none: who we are, for a collector that asks. */
  readonly client?: { readonly certificate: string; readonly key: string };
}

/** Where and how one signal is sent. */
export interface OtlpTarget {
  readonly protocol: OtlpProtocol;
  /** HTTP: the URL that is posted to. gRPC: `http://` or `https://` with host and port, or `unix:` with a path. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly compression: OtlpCompression;
  /** For one request with its repetitions. */
  readonly timeoutMs: number;
  readonly tls: OtlpTlsFiles;
}

/** How logs or spans wait for the collector. */
export interface OtlpQueueLimits {
  /** How long the first one waits for company. */
  readonly delayMs: number;
  /** More than these are not kept; the oldest go first. */
  readonly maxQueueSize: number;
  /** In one request. */
  readonly maxBatchSize: number;
  /** After which a request counts as failed whatever becomes of it. */
  readonly timeoutMs: number;
}

/** Everything that OpenTelemetry's own variables say about sending; there are none without an endpoint. */
export interface OtlpSettings {
  /** A signal without a target is not sent. Never empty. */
  readonly targets: Readonly<Partial<Record<OtlpSignal, OtlpTarget>>>;
  readonly metrics: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly logs: OtlpQueueLimits;
  readonly traces: OtlpQueueLimits;
  /** What the operator says about the resource; goes before what we find out. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
}
