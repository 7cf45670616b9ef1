import type { NodeSnapshot, RecoveryStep, Transition } from '../core/index.ts';
import type { OtlpExporter, OtlpExporterOptions } from '../exporters/otlp/otlp-exporter.ts';
import { OTLP_SIGNALS, unsentSignal, type OtlpSignalStatus } from '../exporters/otlp/otlp-status.ts';
import { networkFailureReason } from '../sources/network-failure.ts';
import { within } from '../runtime/within.ts';
import { instanceId } from '../state/instance-id.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** A collector that does not answer gets no more of the 5 s within which the exporter stops. */
const FLUSH_DEADLINE_MS = 3_000;

export type OtlpLinkOptions = Omit<OtlpExporterOptions, 'serviceInstanceId' | 'networkReasonOf'> & {
  readonly stateDirectory: string;
  readonly telemetry: Telemetry;
};

/**
 * Sending over OTLP, from the first change of state on. The SDK costs time and memory to load, so that happens beside
 * everything else and only here: without settings there is no link and nothing is loaded.
 */
export class OtlpLink {
  readonly #telemetry: Telemetry;
  readonly #signals: readonly OtlpSignalStatus[];
  readonly #loading: Promise<OtlpExporter | undefined>;
  #exporter: OtlpExporter | undefined;

  constructor(options: OtlpLinkOptions) {
    this.#telemetry = options.telemetry;
    this.#signals = OTLP_SIGNALS.filter((signal) => options.settings.collectors[signal] !== undefined).map(
      unsentSignal,
    );
    this.#loading = this.#load(options);
  }

  status(): readonly OtlpSignalStatus[] {
    return this.#exporter?.status() ?? this.#signals;
  }

  /** As {@link OtlpLink.recovery}. */
  transition(transition: Transition, node: NodeSnapshot): void {
    this.#send((exporter) => exporter.transition(transition, node));
  }

  /** Waits for nothing and never throws; what comes before everything is loaded is sent then. */
  recovery(step: RecoveryStep, node: NodeSnapshot): void {
    this.#send((exporter) => exporter.recovery(step, node));
  }

  /** Sends what waits, for a while. */
  async stop(): Promise<void> {
    const sent = this.#loading.then((exporter) => exporter?.shutdown()).then(() => true);
    if ((await within(FLUSH_DEADLINE_MS, sent)) === undefined)
      this.#telemetry.otlpNotFlushed({ afterMs: FLUSH_DEADLINE_MS });
  }

  #send(send: (exporter: OtlpExporter) => void): void {
    const tried = (exporter: OtlpExporter | undefined): void => {
      try {
        if (exporter !== undefined) send(exporter);
      } catch (error: unknown) {
        this.#telemetry.surprised('OTLP', error);
      }
    };
    if (this.#exporter !== undefined) tried(this.#exporter);
    else void this.#loading.then(tried);
  }

  async #load(options: OtlpLinkOptions): Promise<OtlpExporter | undefined> {
    const { stateDirectory, ...rest } = options;
    try {
      const { startOtlpExporter } = await import('../exporters/otlp/otlp-exporter.ts');
      this.#exporter = await startOtlpExporter({
        ...rest,
        serviceInstanceId: await instanceId(stateDirectory),
        networkReasonOf: networkFailureReason,
      });
      return this.#exporter;
    } catch (error: unknown) {
      options.telemetry.surprised('OTLP', error);
      return undefined;
    }
  }
}
