import { exportFailureOf, type ExportFailure, type NetworkReasonOf } from './export-failure.ts';
import { unsentSignal, type OtlpSignal, type OtlpSignalStatus } from './otlp-status.ts';
import type { Scrub } from './target-scrubber.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';

/** Told of each change of a link, and of nothing in between. */
type LinkTelemetry = Pick<Telemetry, 'otlpLinkUp' | 'otlpLinkDown'>;

/** How one signal gets to its collector: counts what becomes of requests and tells when that changes. */
export class SignalLink {
  readonly #endpoint: string;
  readonly #telemetry: LinkTelemetry;
  readonly #networkReasonOf: NetworkReasonOf;
  readonly #scrub: Scrub;
  #status: OtlpSignalStatus;

  constructor(options: {
    readonly signal: OtlpSignal;
    /** For people; without credentials. */
    readonly endpoint: string;
    readonly telemetry: LinkTelemetry;
    readonly networkReasonOf: NetworkReasonOf;
    /** Messages are as the collector wrote them, and it may repeat what it was sent. */
    readonly scrub: Scrub;
  }) {
    this.#endpoint = options.endpoint;
    this.#telemetry = options.telemetry;
    this.#networkReasonOf = options.networkReasonOf;
    this.#scrub = options.scrub;
    this.#status = unsentSignal(options.signal);
  }

  get status(): OtlpSignalStatus {
    return this.#status;
  }

  succeeded(): void {
    const { signal, up, exports } = this.#status;
    this.#status = { ...this.#status, up: true, exports: exports + 1 };
    if (up !== true) this.#telemetry.otlpLinkUp({ signal, endpoint: this.#endpoint });
  }

  failed(error: unknown): ExportFailure {
    const read = exportFailureOf(error, this.#networkReasonOf);
    const failure = { ...read, message: this.#scrub(read.message) };
    const { reason, message } = failure;
    const { signal, up, failures } = this.#status;
    this.#status = {
      ...this.#status,
      up: false,
      failures: { ...failures, [reason]: failures[reason] + 1 },
    };
    if (up !== false) this.#telemetry.otlpLinkDown({ signal, endpoint: this.#endpoint, reason, message });
    return failure;
  }

  dropped(records: number): void {
    const { dropped = 0 } = this.#status;
    this.#status = { ...this.#status, dropped: dropped + records };
  }
}
