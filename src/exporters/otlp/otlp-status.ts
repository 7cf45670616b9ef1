/** What is sent over OTLP, each to an endpoint of its own if need be. */
export const OTLP_SIGNALS = ['metrics', 'logs', 'traces'] as const;
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** Those whose records wait in a queue; metrics are read anew each time. */
export const OTLP_QUEUED_SIGNALS = ['logs', 'traces'] as const satisfies readonly OtlpSignal[];

/** Why a collector did not take what was sent, bounded for metrics. */
export const OTLP_FAILURE_REASONS = [
  'refused',
  'timeout',
  'dns',
  'tls',
  'http_4xx',
  'http_5xx',
  /** It asks to come back later: HTTP 429, 502, 503 or 504, or as much over gRPC. */
  'busy',
  'closed',
  'auth',
  'protocol',
  'other',
] as const;
export type OtlpFailureReason = (typeof OTLP_FAILURE_REASONS)[number];

/** How one signal is doing, counted since this process started. */
export interface OtlpSignalStatus {
  readonly signal: OtlpSignal;
  /** Whether the collector took the last request; absent until one was answered or given up. */
  readonly up?: boolean;
  /** Requests that the collector took. */
  readonly exports: number;
  readonly failures: Readonly<Record<OtlpFailureReason, number>>;
  /** Records that will never be sent: the queue was full, or the collector refused them for good. Absent for metrics. */
  readonly dropped?: number;
}

/** A signal of which nothing was sent yet. */
export function unsentSignal(signal: OtlpSignal): OtlpSignalStatus {
  return {
    signal,
    exports: 0,
    failures: Object.fromEntries(OTLP_FAILURE_REASONS.map((reason) => [reason, 0])) as Record<
      OtlpFailureReason,
      number
    >,
    ...(signal !== 'metrics' && { dropped: 0 }),
  };
}
