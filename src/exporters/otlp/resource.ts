import {
  defaultResource,
  detectResources,
  hostDetector,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
  type Resource,
} from '@opentelemetry/resources';
import { inEnvironment } from './in-environment.ts';
import type { OtlpSettings } from './otlp-settings.ts';

export const SERVICE_NAME = 'openclaw-liveness-exporter';
/** The version of OpenTelemetry's semantic conventions that our names of their things are of. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';

const BY_VARIABLES = [resourceAttributesEnvDetector, serviceNameEnvDetector];

/** Who sends: `service.*`, `host.*` and `telemetry.sdk.*`; what the operator says about it goes first. */
export async function resourceOf(options: {
  readonly version: string;
  /** The same after every restart: otherwise each would make new series of all metrics. */
  readonly serviceInstanceId: string;
  readonly variables: OtlpSettings['variables'];
}): Promise<Resource> {
  const resource = defaultResource()
    .merge(detectResources({ detectors: [hostDetector] }))
    .merge(
      resourceFromAttributes(
        {
          'service.name': SERVICE_NAME,
          'service.version': options.version,
          'service.instance.id': options.serviceInstanceId,
        },
        { schemaUrl: SCHEMA_URL },
      ),
    )
    .merge(inEnvironment(options.variables, () => detectResources({ detectors: BY_VARIABLES })));
  // The machine's id is read from a file.
  await resource.waitForAsyncAttributes?.();
  return resource;
}
