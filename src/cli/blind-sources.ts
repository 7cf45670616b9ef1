interface SourceHealth {
  readonly source: string;
  readonly enabled: boolean;
  readonly up: boolean;
  readonly lastError?: { readonly kind: string; readonly message: string } | null | undefined;
}

/** A sentence for each source that should see and does not. */
export function describeBlindSources(sources: readonly SourceHealth[]): readonly string[] {
  return sources
    .filter(({ enabled, up }) => enabled && !up)
    .map(({ source, lastError }) => {
      const isTold = lastError !== null && lastError !== undefined;
      const why = isTold ? `${lastError.message} (${lastError.kind})` : 'it has not looked yet';
      return `source ${source} cannot see: ${why}`;
    });
}
