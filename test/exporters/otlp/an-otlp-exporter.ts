import { Secret } from '../../../src/core/model/secret.ts';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { REFUSAL_REASONS } from '../../../src/ports/web-status.ts';
import type { ExporterContext } from '../../../src/exporters/metric.ts';
import {
  startOtlpExporter,
  type OtlpExporter,
  type OtlpExporterOptions,
} from '../../../src/exporters/otlp/otlp-exporter.ts';
import type { OtlpProtocol, OtlpSettings, OtlpTarget } from '../../../src/exporters/otlp/otlp-settings.ts';
import { OTLP_SIGNALS, unsentSignal } from '../../../src/exporters/otlp/otlp-status.ts';
import { networkFailureReason } from '../../../src/sources/network-failure.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';

export const CONTEXT: ExporterContext = {
  version: '1.2.3',
  nodejsVersion: '24.0.0',
  configLastReloadSuccessful: true,
  configLastReloadSuccessMs: 1_795_000_000_000,
  stateWriteFailures: 0,
  web: {
    config: {
      isLastReloadSuccessful: true,
      loadedMs: 1_795_310_000_000,
      certificateNotAfterMs: 1_826_850_000_000,
    },
    refusals: new Map(REFUSAL_REASONS.map((reason, index) => [reason, index])),
  },
  otlp: OTLP_SIGNALS.map((signal) => ({ ...unsentSignal(signal), up: true, exports: 7 })),
};

export const INSTANCE_ID = '5b2e8c2e-0000-4000-8000-00000000abcd';

/** Settings that send everything to one collector, at once where there is a queue, and metrics only when stopped. */
export function settingsFor(
  url: string,
  protocol: OtlpProtocol,
  overrides: Partial<OtlpTarget> = {},
): OtlpSettings {
  const targets = Object.fromEntries(
    OTLP_SIGNALS.map((signal) => [
      signal,
      {
        protocol,
        endpoint: protocol === 'grpc' ? url : `${url}/v1/${signal}`,
        headers: { 'x-tenant': new Secret('acme') },
        compression: 'none',
        timeoutMs: 2_000,
        tls: {},
        ...overrides,
      } satisfies OtlpTarget,
    ]),
  );
  const queue = { delayMs: 1, maxQueueSize: 100, maxBatchSize: 10, timeoutMs: 5_000 };
  return {
    targets,
    metrics: { intervalMs: 3_600_000, timeoutMs: 10_000 },
    logs: queue,
    traces: queue,
    resourceAttributes: { 'deployment.environment.name': 'lab' },
  };
}

/** What an exporter told of its links, in words. */
export interface Told {
  readonly lines: string[];
}

export async function anOtlpExporter(
  settings: OtlpSettings,
  overrides: Partial<OtlpExporterOptions> & { readonly snapshot?: () => Snapshot } = {},
): Promise<{ readonly exporter: OtlpExporter; readonly told: Told }> {
  const told: Told = { lines: [] };
  const exporter = await startOtlpExporter({
    settings,
    version: CONTEXT.version,
    serviceInstanceId: INSTANCE_ID,
    snapshot: aRichSnapshot,
    context: () => CONTEXT,
    isReady: () => true,
    networkReasonOf: networkFailureReason,
    events: {
      linkUp: ({ signal }) => told.lines.push(`${signal} up`),
      linkDown: ({ signal, reason }) => told.lines.push(`${signal} down: ${reason}`),
      cannotSend: (signal, message) => told.lines.push(`${signal} cannot be sent: ${message}`),
    },
    ...overrides,
  });
  return { exporter, told };
}
