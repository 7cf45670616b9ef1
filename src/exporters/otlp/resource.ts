import {
  defaultResource,
  detectResources,
  hostDetector,
  resourceFromAttributes,
  type Resource,
} from '@opentelemetry/resources';

export const SERVICE_NAME = 'openclaw-liveness-exporter';

/** Who sends: `service.*`, `host.*` and `telemetry.sdk.*`; what the operator says about it goes first. */
export async function resourceOf(options: {
  readonly version: string;
  /** The same after every restart: otherwise each would make new series of all metrics. */
  readonly serviceInstanceId: string;
  readonly given: Readonly<Record<string, string>>;
}): Promise<Resource> {
  const resource = defaultResource()
    .merge(detectResources({ detectors: [hostDetector] }))
    .merge(
      resourceFromAttributes({
        'service.name': SERVICE_NAME,
        'service.version': options.version,
        'service.instance.id': options.serviceInstanceId,
      }),
    )
    .merge(resourceFromAttributes(options.given));
  // The machine's id is read from a file.
  await resource.waitForAsyncAttributes?.();
  return resource;
}
