import type { SourceDocument } from '../document/nodes-document.ts';

/** A sentence for each source that should see and does not. */
export function describeBlindSources(
  sources: readonly Pick<SourceDocument, 'source' | 'enabled' | 'up' | 'lastError'>[],
): readonly string[] {
  return sources
    .filter(({ enabled, up }) => enabled && !up)
    .map(({ source, lastError }) => {
      const why = lastError === null ? 'it has not looked yet' : `${lastError.message} (${lastError.kind})`;
      return `source ${source} cannot see: ${why}`;
    });
}
