import { vi } from 'vitest';
import { readOtlpVariables } from '../../../src/config/otlp-variables.ts';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { NOTIFY_TARGETS } from '../../../src/ports/notify-status.ts';
import { REFUSAL_REASONS } from '../../../src/ports/web-status.ts';
import type { ExporterContext } from '../../../src/exporters/metric.ts';
import {
  startOtlpExporter,
  type OtlpExporter,
  type OtlpExporterOptions,
} from '../../../src/exporters/otlp/otlp-exporter.ts';
import type { OtlpProtocol, OtlpSettings } from '../../../src/exporters/otlp/otlp-settings.ts';
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
  notify: new Map(NOTIFY_TARGETS.map((target, index) => [target, { delivered: index, failed: 1 }])),
  otlp: OTLP_SIGNALS.map((signal) => ({ ...unsentSignal(signal), up: true, exports: 7 })),
};

export const INSTANCE_ID = '5b2e8c2e-0000-4000-8000-00000000abcd';

/** Everything to one collector, at once where there is a queue, and metrics only when stopped. */
const VARIABLES = {
  OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=acme',
  OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
  OTEL_METRIC_EXPORT_INTERVAL: '3600000',
  OTEL_METRIC_EXPORT_TIMEOUT: '10000',
  ...Object.fromEntries(
    ['OTEL_BLRP', 'OTEL_BSP'].flatMap((prefix) => [
      [`${prefix}_SCHEDULE_DELAY`, '1'],
      [`${prefix}_MAX_QUEUE_SIZE`, '100'],
      [`${prefix}_MAX_EXPORT_BATCH_SIZE`, '10'],
      [`${prefix}_EXPORT_TIMEOUT`, '5000'],
    ]),
  ),
};

/** What an operator's variables come to; they are set for this process until the next call. */
export function settingsFor(
  url: string,
  protocol: OtlpProtocol,
  more: Readonly<Record<string, string>> = {},
): OtlpSettings {
  vi.unstubAllEnvs();
  const environment: Readonly<Record<string, string>> = {
    ...VARIABLES,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    ...more,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { settings, warnings } = readOtlpVariables(environment);
  if (settings === undefined) throw new Error(`nothing is sent: ${JSON.stringify(warnings)}`);
  return settings;
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
    telemetry: {
      otlpLinkUp: ({ signal }) => told.lines.push(`${signal} up`),
      otlpLinkDown: ({ signal, reason }) => told.lines.push(`${signal} down: ${reason}`),
      otlpCannotSend: ({ signal, message }) => told.lines.push(`${signal} cannot be sent: ${message}`),
      otlpComplained: ({ message }) => told.lines.push(message),
    },
    ...overrides,
  });
  return { exporter, told };
}
