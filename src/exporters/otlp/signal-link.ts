import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { exportFailureOf, type ExportFailure, type NetworkReasonOf } from './export-failure.ts';
import { unsentSignal, type OtlpSignal, type OtlpSignalStatus } from './otlp-status.ts';
import type { Scrub } from './collector-scrubber.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';

export interface SignalLinkOptions {
  readonly signal: OtlpSignal;
  /** For people; without credentials. */
  readonly endpoint: string;
  /** Told of each change of a link, and of nothing in between. */
  readonly telemetry: Pick<Telemetry, 'otlpLinkUp' | 'otlpLinkDown'>;
  readonly networkReasonOf: NetworkReasonOf;
  /** Messages are as the collector wrote them, and it may repeat what it was sent. */
  readonly scrub: Scrub;
}

/** How one signal gets to its collector: counts what becomes of requests and tells when that changes. */
export class SignalLink {
  readonly #options: SignalLinkOptions;
  #status: OtlpSignalStatus;

  constructor(options: SignalLinkOptions) {
    this.#options = options;
    this.#status = unsentSignal(options.signal);
  }

  get status(): OtlpSignalStatus {
    return this.#status;
  }

  /** A request has ended. @returns why it was not taken */
  answered({ code, error }: ExportResult): ExportFailure | undefined {
    if (code !== ExportResultCode.SUCCESS)
      return this.#failed(error ?? new Error('the collector did not take it'));
    this.#succeeded();
    return undefined;
  }

  #succeeded(): void {
    const { endpoint, telemetry } = this.#options;
    const { signal, up, exports } = this.#status;
    this.#status = { ...this.#status, up: true, exports: exports + 1 };
    if (up !== true) telemetry.otlpLinkUp({ signal, endpoint });
  }

  #failed(error: unknown): ExportFailure {
    const { endpoint, telemetry, networkReasonOf, scrub } = this.#options;
    const read = exportFailureOf(error, networkReasonOf);
    const failure = { ...read, message: scrub(read.message) };
    const { reason, message } = failure;
    const { signal, up, failures } = this.#status;
    this.#status = {
      ...this.#status,
      up: false,
      failures: { ...failures, [reason]: failures[reason] + 1 },
    };
    if (up !== false) telemetry.otlpLinkDown({ signal, endpoint, reason, message });
    return failure;
  }

  dropped(records: number): void {
    const { dropped = 0 } = this.#status;
    this.#status = { ...this.#status, dropped: dropped + records };
  }
}
