import { context, diag, DiagLogLevel, logs, metrics, trace } from '@opentelemetry/api';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';

/**
 * What the libraries complain about until `end`: variables that they cannot use. Afterwards nobody listens to them: each
 * failed request would be a line, and of those the links tell.
 */
export function listenToComplaints(): { end(): readonly string[] } {
  const heard = new Set<string>();
  const hear = (message: string): unknown => heard.add(message);
  const ignore = (): void => undefined;
  const logger = {
    error: hear,
    warn: hear,
    info: ignore,
    verbose: ignore,
    debug: (message: string): void => {
      // What it repeats may hold a credential.
      if (message.startsWith('ResourceAttributesEnvDetector failed'))
        hear('OTEL_RESOURCE_ATTRIBUTES is no list of name=value pairs, percent-encoded; none of it is used');
    },
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.DEBUG, suppressOverrideMessage: true });
  return {
    end() {
      diag.disable();
      return [...heard];
    },
  };
}

/** Starts the SDK with these parts, and with nothing that it would find or choose by itself. */
export function startSdk(parts: Partial<NodeSDKConfiguration>): { shutdown(): Promise<void> } {
  const sdk = new NodeSDK({
    // What is absent it would make from the environment.
    metricReaders: [],
    logRecordProcessors: [],
    spanProcessors: [],
    ...parts,
    autoDetectResources: false,
    instrumentations: [],
    textMapPropagator: null,
  });
  // With OTEL_LOG_LEVEL it writes to the console, past our redaction.
  diag.disable();
  sdk.start();
  // It registers this unasked. No context of ours outlives a call.
  context.disable();
  return {
    async shutdown() {
      await sdk.shutdown().finally(() => {
        metrics.disable();
        logs.disable();
        trace.disable();
      });
    },
  };
}
